import type { Database } from "./database.ts";
import type { FrameReader } from "./frame.ts";

/*
 * The encrypted content of single records is the one thing in the log that is ever overwritten. What was there is
 * overwritten on disk (`secure_delete`), and does not stay in the write-ahead log.
 */

const one = "key = (SELECT ordinal FROM writers WHERE id = ?) * 4294967296 + ?";

/** @returns how many of the records in the frame had content */
export function eraseContent(database: Database, frame: FrameReader): number {
  const records = JSON.parse(frame.text()) as [writer: string, number: number][];
  const erase = database.prepare(
    `UPDATE records SET head = x'', body = x'', body_file = '' WHERE length(head) > 0 AND ${one}`,
  );
  return records.reduce((erased, [writer, number]) => erased + erase.run(writer, number).changes, 0);
}

/** @returns 1, or 0 when the record had no content any more */
export function replaceContent(database: Database, frame: FrameReader): number {
  const [writer, number] = [frame.text(), frame.double()];
  const content = [frame.field(), frame.field(), frame.field(), frame.field(), frame.text()];
  return database
    .prepare(
      `UPDATE records SET key_id = ?, head = ?, body_key_id = ?, body = ?, body_file = ?
       WHERE length(head) > 0 AND ${one}`,
    )
    .run(...content, writer, number).changes;
}

/**
 * Takes everything out of the write-ahead log and cuts it to nothing, unless a reader needs it at this moment.
 * @returns whether that was done
 */
export function clearWal(database: Database): boolean {
  database.pragma("busy_timeout = 0");
  const [{ busy }] = database.pragma("wal_checkpoint(TRUNCATE)") as [{ busy: number }];
  database.pragma("busy_timeout = 5000");
  return busy === 0;
}
