import type { Json } from "../core/canonical-json.ts";
import { ConfigurationError } from "../core/configuration-file.ts";
import type { Question } from "./form-check.ts";

const mostQuestions = 10_000;

/**
 * A list of questions in JSON: texts, or objects with `text` and perhaps `name` and `element`.
 * @param file its name, for messages
 * @throws ConfigurationError naming every element that is no question
 */
export function readQuestionList(file: string, list: readonly Json[]): readonly Question[] {
  const faults = list.flatMap((value, i) => (isQuestion(value) ? [] : [i]));
  if (faults.length > 0 || list.length > mostQuestions) {
    const remedy = 'Write a text, or {"text": …, "name": …}.';
    const problem = faults.length > 0 ? "it is no question" : `more than ${mostQuestions} questions`;
    const places = faults.length > 0 ? faults.slice(0, 50).map((i) => `/${i}`) : ["file"];
    throw new ConfigurationError(
      file,
      places.map((place) => ({ place, problem, remedy })),
    );
  }
  return list.map((value, i) => ({
    place: `/${i}`,
    ...(typeof value === "string" ? { text: value } : pick(value)),
  }));
}

function isQuestion(value: Json): boolean {
  if (typeof value === "string") return true;
  const { text, name, element } = pick(value);
  return (
    typeof text === "string" &&
    [name, element].every((each) => each === undefined || typeof each === "string")
  );
}

function pick(value: Json): Pick<Question, "text" | "name" | "element"> {
  if (typeof value !== "object" || value === null) return {};
  const { text, name, element } = value as Readonly<Record<string, string | undefined>>;
  return { text, name, element };
}

/**
 * A list of questions as spreadsheets save it (RFC 4180; comma or semicolon): the columns `text`, and perhaps `name` and
 * `element`, if the first line names them; else text and name, in this order.
 * @param file its name, for messages
 * @throws ConfigurationError for a quotation that does not end, and for too many lines
 */
export function parseQuestionTable(file: string, text: string): readonly Question[] {
  const rows = parseRows(file, text.replace(/^\ufeff/, ""));
  const first = rows[0]?.cells.map((cell) => cell.trim().toLowerCase()) ?? [];
  const named = first.includes("text");
  const columns = named ? first : ["text", "name"];
  return rows.slice(named ? 1 : 0).flatMap(({ line, cells }): Question[] => {
    const cell = (column: string) => cells[columns.indexOf(column)]?.trim() || undefined;
    const question = { text: cell("text"), name: cell("name"), element: cell("element") };
    if (question.text === undefined && question.name === undefined) return [];
    return [{ place: `line ${line}`, ...question }];
  });
}

function parseRows(file: string, text: string): { readonly line: number; readonly cells: string[] }[] {
  const separator = /^[^\n,"]*;/.test(text) ? ";" : ",";
  const cell = new RegExp(`(?:"((?:[^"]|"")*)"|([^"${separator}\\r\\n]*))(${separator}|\\r?\\n|$)`, "y");
  const rows: { line: number; cells: string[] }[] = [];
  let row = { line: 1, cells: [] as string[] };
  let line = 1;
  while (cell.lastIndex < text.length) {
    const match = cell.exec(text);
    if (match === null || rows.length > mostQuestions) {
      const problem =
        match === null ? "a quotation that is not closed or not alone in its cell" : "too many lines";
      throw new ConfigurationError(file, [
        { place: `line ${line}`, problem, remedy: "Save it as CSV anew." },
      ]);
    }
    row.cells.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? "");
    line += match[0].split("\n").length - 1;
    if (match[3] === separator) continue;
    rows.push(row);
    row = { line, cells: [] };
  }
  if (row.cells.length > 0) rows.push(row);
  return rows;
}
