import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { isSegment } from "../messagelog/archive/archive-folder.ts";

/** What there is to verify. */
export type VerifyKind =
  | { readonly kind: "package" }
  /** `packages`: their paths. */
  | { readonly kind: "folder"; readonly packages: readonly string[] }
  | { readonly kind: "archive" | "segment" };

/** By what lies at the path: a file, a folder of packages, a segment, or an archive. @throws Error of the file system */
export async function verifyKindOf(path: string): Promise<VerifyKind> {
  if (!(await stat(path)).isDirectory()) return { kind: "package" };
  if (await isSegment(path)) return { kind: "segment" };
  const names = await readdir(path);
  const packages = names.filter((name) => name.endsWith(".zip")).sort();
  const isFolder = packages.length > 0 && !names.some((name) => /^\d{8,}-[0-9a-f]{64}$/.test(name));
  return isFolder
    ? { kind: "folder", packages: packages.map((name) => join(path, name)) }
    : { kind: "archive" };
}
