import { chmod, open } from "node:fs/promises";
import { openForReading } from "./database.ts";

/** Told of pages: copied, and in all. */
export type CopyProgress = (copied: number, all: number) => void;

/**
 * Copies a database as it is at one moment, beside whoever writes it (SQLite's online backup); durable when it resolves.
 * Deleted rows are not in it: who writes overwrites them (`secure_delete`).
 * @param to a file that is not there
 * @throws Error of SQLite or of the file system
 */
export async function copyDatabase(from: string, to: string, progress: CopyProgress): Promise<void> {
  const database = openForReading(from);
  try {
    // One snapshot for all steps: without it each commit of the writer would have the copy begin anew.
    database.exec("BEGIN");
    database.prepare("SELECT count(*) FROM sqlite_schema").get();
    await database.backup(to, {
      progress: ({ totalPages, remainingPages }) => {
        progress(totalPages - remainingPages, totalPages);
        return pagesAtOnce;
      },
    });
  } finally {
    database.close();
  }
  await chmod(to, 0o600);
  const copy = await open(to, "r+");
  await copy.sync();
  await copy.close();
}

const pagesAtOnce = 256;
