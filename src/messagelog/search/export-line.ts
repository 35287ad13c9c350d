import type { Result } from "./result.ts";

/** How an export is written. */
export interface ExportFormat {
  /** What stands before the first line. */
  readonly heading: string;
  line(result: Result): string;
}

type Cell = string | number | null | undefined;

/** Each column of the CSV, in order; the other side's have its role before their names. */
const columns: readonly (readonly [name: string, cell: (result: Result) => Cell])[] = [
  ["exchangeId", ({ exchangeId }) => exchangeId],
  ["queryId", ({ queryId }) => queryId],
  ["role", ({ role }) => role],
  ["time", ({ time }) => time],
  ["durationMs", ({ durationMs }) => durationMs],
  ["consumer", ({ consumer }) => consumer],
  ["provider", ({ provider }) => provider],
  ["service", ({ service }) => service],
  ["purpose", ({ purpose }) => purpose],
  ["agreement", ({ agreement }) => agreement],
  ["decision", ({ decision }) => decision],
  ["code", ({ code }) => code],
  ["outcome", ({ outcome }) => outcome],
  ["status", ({ status }) => status],
  ["requestBatch", ({ request }) => request?.sealed?.batch],
  ["requestTimeStamp", ({ request }) => request?.sealed?.time],
  ["answerBatch", ({ answer }) => answer?.sealed?.batch],
  ["answerTimeStamp", ({ answer }) => answer?.sealed?.time],
  ["otherRole", ({ other }) => other?.role],
  ["otherTime", ({ other }) => other?.time],
  ["otherDurationMs", ({ other }) => other?.durationMs],
  ["otherOutcome", ({ other }) => other?.outcome],
];

export const exportFormats: Readonly<Record<"csv" | "jsonl", ExportFormat>> = {
  csv: {
    heading: csvLine(columns.map(([name]) => name)),
    line: (result) => csvLine(columns.map(([, cell]) => cell(result))),
  },
  jsonl: { heading: "", line: (result) => `${JSON.stringify(result)}\n` },
};

/**
 * One record of RFC 4180. Query ids and names come from other people: a cell that a spreadsheet would take for a
 * formula gets an apostrophe before it.
 */
function csvLine(cells: readonly Cell[]): string {
  return `${cells.map(csvCell).join(",")}\r\n`;
}

function csvCell(cell: Cell): string {
  if (cell === null || cell === undefined) return "";
  const text = typeof cell === "string" && /^[=+\-@\t\r\n]/.test(cell) ? `'${cell}` : String(cell);
  return /[",\r\n]/.test(text) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text;
}
