import { copyFile, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { LogReader } from "../message-store.ts";
import { readArchiveFolder, readManifest, verifyDigest } from "./archive-folder.ts";
import { fileName } from "./segment-manifest.ts";

/**
 * Copies the files of large bodies out of an archive, still encrypted, to where a log has them. Those of records whose
 * content was erased are left where they are.
 * @param log the archive, read with its erasures
 * @returns how many
 * @throws FaultyFile; Error of the file system
 */
export async function copyBodies(path: string, log: LogReader, target: string): Promise<number> {
  const wanted = new Set<string>();
  for (const { writer, number } of await log.writers()) {
    for await (const records of log.records({ writer, first: 1, last: number })) {
      for (const { body } of records) if (body !== undefined && body.file !== "") wanted.add(body.file);
    }
  }
  let count = 0;
  for (const folder of (await readArchiveFolder(path)).segments) {
    for (const file of (await readManifest(folder)).files) {
      if (file.kind !== "body" || !wanted.has(file.body)) continue;
      const copy = join(target, file.body);
      await mkdir(dirname(copy), { recursive: true, mode: 0o700 });
      await verifyDigest(folder.path, file);
      await copyFile(join(folder.path, fileName(file)), copy);
      count++;
    }
  }
  return count;
}
