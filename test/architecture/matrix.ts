import type { Import } from "./read-sources.ts";

/** Which import of a room another room allows itself; see the legend of the matrix. */
type Permission = "x" | "i" | "t" | "d" | ".";

/** Who may import whom; rows import columns. A room is a folder of `src`, or a file that stands alone in it. */
export interface Matrix {
  readonly rooms: readonly string[];
  permission(importer: string, imported: string): Permission;
}

/** Reads the table as it stands in the test: a heading of rooms, then a row of marks for each. */
export function parseMatrix(table: string): Matrix {
  const [heading, ...rows] = table
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/));
  const columns = heading!;
  const marks = new Map<string, Permission>();
  for (const [importer, ...cells] of rows) {
    if (cells.length !== columns.length) throw new Error(`the row of ${importer} has ${cells.length} marks`);
    for (const [i, cell] of cells.entries()) {
      if (!/^[xitd.]$/.test(cell)) throw new Error(`"${cell}" in the row of ${importer} is no mark`);
      marks.set(`${importer} ${columns[i]}`, cell as Permission);
    }
  }
  return {
    rooms: rows.map(([importer]) => importer!),
    permission: (importer, imported) => marks.get(`${importer} ${imported}`) ?? ".",
  };
}

/** `core` of `src/core/ids.ts`; `gateway` of `src/gateway.ts`; undefined outside `src`. */
export function roomOf(path: string): string | undefined {
  return /^src\/([^/.]+)(?:\/|\.[a-z]+$)/.exec(path)?.[1];
}

/** Whether a permission covers an import. */
export function covers(permission: Permission, found: Import, interfaceFiles: readonly string[]): boolean {
  switch (permission) {
    case "x":
      return true;
    case "i":
      return interfaceFiles.includes(found.target!);
    case "t":
      return found.kind === "type";
    case "d":
      return found.kind === "dynamic";
    case ".":
      return false;
  }
}
