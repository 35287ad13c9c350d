import type { LogReader, StoredRecord, Tip } from "../message-store.ts";

/** A record's time may differ from the moment of its commit by clocks and queues, milliseconds. */
const slack = 10 * 60_000;

/** Records that are read to find the first one behind a number: a log from which some were deleted has gaps. */
const probe = 8;

/**
 * Records of all writers with a time in a window, some hundred at a time, each writer's in its order. Found by
 * bisection, since the log has no index: what was recorded more than ten minutes away from its own time is missed.
 * @param from milliseconds, included
 * @param to milliseconds, not included
 */
export async function* recordsBetween(
  log: LogReader,
  from: number,
  to: number,
): AsyncGenerator<readonly StoredRecord[]> {
  for (const tip of await log.writers()) {
    const first = await firstSince(log, tip, from - slack);
    for await (const records of log.records({ writer: tip.writer, first, last: tip.number })) {
      const inside = records.filter(({ time }) => time >= from && time < to);
      if (inside.length > 0) yield inside;
      if (records.every(({ time }) => time >= to + slack)) break;
    }
  }
}

/** The first number whose record has the time or a later one; one beyond the end when there is none. */
async function firstSince(log: LogReader, { writer, number }: Tip, time: number): Promise<number> {
  let low = 1;
  let high = number + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const found = await recordAt(log, writer, middle, high);
    if (found === undefined || found.time >= time) high = middle;
    else low = found.number + 1;
  }
  return low;
}

/** The record of this number, or the next one there is below the end. */
async function recordAt(
  log: LogReader,
  writer: string,
  number: number,
  end: number,
): Promise<StoredRecord | undefined> {
  for (let first = number; first < end; first += probe) {
    const last = Math.min(end, first + probe) - 1;
    for await (const [record] of log.records({ writer, first, last })) return record;
  }
  return undefined;
}
