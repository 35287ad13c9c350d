import type { LogReader, RecordName, StoredRecord } from "../messagelog/message-store.ts";

/** Undefined for one that is gone: its time was over, or the log is damaged. */
export async function recordAt(
  log: Pick<LogReader, "records">,
  name: RecordName | null,
): Promise<StoredRecord | undefined> {
  if (name === null) return undefined;
  const { writer, number } = name;
  for await (const [record] of log.records({ writer, first: number, last: number })) return record;
  return undefined;
}
