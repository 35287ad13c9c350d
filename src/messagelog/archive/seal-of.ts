import type { LogReader, RecordSeal } from "../message-store.ts";

/** For a log in which a batch is no further away than what it says of itself. */
export async function sealOf(
  log: Pick<LogReader, "batchOf">,
  writer: string,
  number: number,
): Promise<RecordSeal | undefined> {
  const batch = await log.batchOf(writer, number);
  const span = batch?.spans.find((one) => one.writer === writer && one.first <= number && number <= one.last);
  return batch && span && { batch: batch.number, time: batch.genTime, span };
}
