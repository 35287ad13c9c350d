import type { Json } from "../core/canonical-json.ts";
import { ConfigurationError, type ConfigurationFault } from "../core/configuration-file.ts";
import { parseDocument } from "./openapi/parse-document.ts";

/** In how many of a member's cases an element was asked of the person all the same. */
export interface CountedCases {
  readonly element: string;
  /** Dates (ISO 8601), both included. */
  readonly from: string;
  readonly to: string;
  readonly cases: number;
  readonly collected: number;
}

const columns = ["element", "from", "to", "cases", "collected"] as const;
const mostRows = 1000;

/**
 * Counts of cases: CSV (comma or semicolon) whose first line is `element,from,to,cases,collected`, or a list of objects
 * with these members in JSON.
 * @param file its name, for messages; one that ends with `.csv` is a table
 * @param bytes anybody's
 * @throws ConfigurationError naming the places
 */
export function readCaseCounts(file: string, bytes: Buffer): readonly CountedCases[] {
  const rows = file.endsWith(".csv") ? parseTable(file, bytes.toString("utf8")) : parseList(file, bytes);
  if (rows.length === 0 || rows.length > mostRows)
    throw refused(file, [{ place: "file", problem: `it has ${rows.length} counts, not 1 to ${mostRows}` }]);
  const faults = rows.flatMap(({ place, value }) => {
    const problem = problemOf(value);
    return problem === undefined ? [] : [{ place, problem }];
  });
  if (faults.length > 0) throw refused(file, faults.slice(0, 50));
  return rows.map(({ value }) => {
    const { element, from, to, cases, collected } = value as unknown as CountedCases;
    return { element, from, to, cases, collected };
  });
}

type Row = { readonly place: string; readonly value: { readonly [name: string]: Json } };

function parseTable(file: string, text: string): Row[] {
  const lines = text.replace(/^\ufeff/, "").split(/\r?\n/);
  const separator = lines[0]?.includes(";") ? ";" : ",";
  const names = lines[0]?.split(separator).map((name) => name.trim().toLowerCase()) ?? [];
  if (names.length !== columns.length || !columns.every((name) => names.includes(name)))
    throw refused(file, [{ place: "line 1", problem: `the columns are not ${columns.join(", ")}` }]);
  return lines.flatMap((line, i): Row[] => {
    if (i === 0 || line.trim() === "") return [];
    const cells = line.split(separator).map((cell) => cell.trim());
    const entries = names.map((name, at): [string, Json] => [name, readCell(name, cells[at] ?? "")]);
    return [
      { place: `line ${i + 1}`, value: cells.length === names.length ? Object.fromEntries(entries) : {} },
    ];
  });
}

function readCell(name: string, cell: string): Json {
  return (name === "cases" || name === "collected") && /^\d{1,15}$/.test(cell) ? Number(cell) : cell;
}

function parseList(file: string, bytes: Buffer): Row[] {
  const list = parseDocument(file, bytes);
  if (!Array.isArray(list)) throw refused(file, [{ place: "/", problem: "it is no list" }]);
  return list.map((value: Json, i) => ({ place: `/${i}`, value: Object(value) as Row["value"] }));
}

function problemOf({ element, from, to, cases, collected }: Row["value"]): string | undefined {
  if (
    typeof element !== "string" ||
    !/^[a-z][A-Za-z0-9]{0,49}(?:\.[a-z][A-Za-z0-9]{0,49}){0,9}$/.test(element)
  )
    return "element is no data element";
  if (!isDate(from) || !isDate(to) || from > to)
    return "from and to are no two dates in order, as 2026-01-31";
  if (!isCount(cases) || !isCount(collected) || collected > cases)
    return "cases and collected are no two numbers, the second not larger than the first";
  return undefined;
}

function isDate(value: Json | undefined): value is string {
  return typeof value === "string" && /^\d{4}-\d\d-\d\d$/.test(value) && !Number.isNaN(Date.parse(value));
}

function isCount(value: Json | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function refused(file: string, faults: readonly Omit<ConfigurationFault, "remedy">[]): ConfigurationError {
  const remedy = "See `sealway services case-counts --help`.";
  return new ConfigurationError(
    file,
    faults.map((fault) => ({ ...fault, remedy })),
  );
}
