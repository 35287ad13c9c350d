import { mkdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { openArchiveReader } from "../messagelog/archive/archive-reader.ts";
import { copyBodies } from "../messagelog/archive/archived-bodies.ts";
import { restoreSqliteLog } from "../store/sqlite/restore-log.ts";
import { syncDirectory } from "../trust/atomic-file.ts";

/** What was restored. */
export interface Restored {
  readonly records: number;
  readonly bodies: number;
}

/**
 * Makes a log of an archive, for reading, in a directory that does not exist yet: `log` and `bodies`, as a server's
 * state directory has them. What the archive's erasures say is gone is not written. The directory gets its name when
 * all in it is durable.
 * @throws FaultyFile, UnreadableManifest, MalformedLine for the archive; Error of the file system or of SQLite
 */
export async function restoreArchive(archive: string, directory: string): Promise<Restored> {
  const working = `${directory}.unfinished`;
  await rm(working, { recursive: true, force: true });
  await mkdir(working, { mode: 0o700 });
  try {
    const log = await openArchiveReader(archive);
    const records = await restoreSqliteLog(log, join(working, "log"));
    const bodies = await copyBodies(archive, log, join(working, "bodies"));
    log.close();
    // Fails when there is something in the directory, whatever came there since.
    await rename(working, directory);
    await syncDirectory(dirname(directory));
    return { records, bodies };
  } catch (error) {
    await rm(working, { recursive: true, force: true });
    throw error;
  }
}
