/** Columns of text under their headings, numbers to the right. */
export function formatTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [headings, ...rows];
  const widths = headings.map((_, i) => Math.max(...lines.map((line) => line[i]!.length)));
  const isText = headings.map((_, i) => rows.some((row) => /^[a-z(]/i.test(row[i]!)));
  return lines
    .map((line) => {
      const cells = line.map((cell, i) => (isText[i] ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)));
      return cells.join("  ").trimEnd();
    })
    .join("\n");
}
