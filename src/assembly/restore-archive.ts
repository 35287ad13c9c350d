import { mkdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { openArchiveReader } from "../messagelog/archive/archive-reader.ts";
import { copyBodies } from "../messagelog/archive/archived-bodies.ts";
import type { LogReader } from "../messagelog/message-store.ts";
import type { PostgresPlace } from "../store/postgres/place.ts";
import { type RestoredLog, restorePostgresLog } from "../store/postgres/restore-log.ts";
import { restoreSqliteLog } from "../store/sqlite/restore-log.ts";
import { syncDirectory } from "../trust/atomic-file.ts";
import { logDirectory } from "./log-store.ts";

/** Where a log is made. */
export interface RestoreTarget {
  readonly stateDirectory: string;
  readonly postgresql?: PostgresPlace | undefined;
}

/** What was restored. */
export interface Restored {
  readonly records: number;
  readonly bodies: number;
}

/**
 * Makes a log of an archive, for reading: in `postgresql`, which has none yet, else below `stateDirectory`, which does
 * not exist yet. Large bodies come to lie in `stateDirectory` as a server has them. What the archive's erasures say is
 * gone is not written. Directory and database show what was restored when all of it is durable.
 * @throws FaultyFile, UnreadableManifest, MalformedLine for the archive; SealwayError `log_unavailable` for the database;
 *   Error of the file system or of SQLite
 */
export async function restoreArchive(archive: string, target: RestoreTarget): Promise<Restored> {
  const { stateDirectory } = target;
  const working = `${stateDirectory}.unfinished`;
  await rm(working, { recursive: true, force: true });
  await mkdir(working, { mode: 0o700 });
  let restored: RestoredLog | undefined;
  try {
    const log = await openArchiveReader(archive);
    restored = await restoreLog(log, { ...target, stateDirectory: working });
    const bodies = await copyBodies(archive, log, join(working, "bodies"));
    log.close();
    // Fails when there is something in the directory, whatever came there since.
    await rename(working, stateDirectory);
    await syncDirectory(dirname(stateDirectory));
    await publish(restored, stateDirectory);
    return { records: restored.records, bodies };
  } catch (error) {
    await rm(working, { recursive: true, force: true });
    throw error;
  } finally {
    await restored?.close();
  }
}

async function publish(restored: RestoredLog, stateDirectory: string): Promise<void> {
  try {
    await restored.publish();
  } catch (error) {
    await rm(stateDirectory, { recursive: true, force: true });
    throw error;
  }
}

async function restoreLog(
  log: LogReader,
  { postgresql, stateDirectory }: RestoreTarget,
): Promise<RestoredLog> {
  if (postgresql !== undefined) return restorePostgresLog(log, postgresql);
  const records = await restoreSqliteLog(log, logDirectory(stateDirectory));
  return { records, publish: async () => {}, close: async () => {} };
}
