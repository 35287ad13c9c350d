import type { LogReader, RecordName, StoredHead } from "../message-store.ts";

/** As `LogReader.heads`, one record after another. */
export async function headsOf(
  reader: Pick<LogReader, "records">,
  names: readonly RecordName[],
): Promise<readonly StoredHead[]> {
  const heads: StoredHead[] = [];
  for (const { writer, number } of names) {
    for await (const records of reader.records({ writer, first: number, last: number }))
      heads.push(...records);
  }
  return heads;
}
