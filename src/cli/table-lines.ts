import { paint } from "./paint.ts";

/**
 * A table for people: a line each, columns aligned, heads bold on a terminal. Control characters are replaced: much of
 * what is shown comes from others.
 * @returns a line that says so when there are no rows
 */
export function tableLines(heads: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return ["none"];
  const plain = rows.map((row) => row.map((cell) => cell.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, "\uFFFD")));
  const widths = heads.map((head, i) => Math.max(head.length, ...plain.map((row) => (row[i] ?? "").length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join("  ")
      .trimEnd();
  return [paint(line(heads), "bold"), ...plain.map(line)];
}

/** `tableLines` as a text to print. */
export function printedTable(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  return `${tableLines(heads, rows).join("\n")}\n`;
}
