import { isUuidV7, uuidV7Time } from "../../core/uuid.ts";
import type { IndexableRecord, LogReader, Span } from "../message-store.ts";

/** Some records of one writer, of which the first is the next to come. */
interface Head {
  readonly rest: AsyncIterator<readonly IndexableRecord[]>;
  records: readonly IndexableRecord[];
  at: number;
}

/**
 * The records of several writers in the order of their times, some at a time, each writer's in its own order. Nodes of
 * a cluster write at once, and one closes what another left open: requests come before their answers, and segments hold
 * one time each. A writer's id tells when it began, so that those of later times are not touched before.
 */
export async function* recordsByTime(
  reader: Pick<LogReader, "indexable">,
  spans: readonly Span[],
): AsyncGenerator<readonly IndexableRecord[]> {
  const waiting = spans.toSorted((a, b) => beginningOf(a) - beginningOf(b));
  const heads: Head[] = [];
  for (;;) {
    heads.sort((a, b) => timeOf(a) - timeOf(b));
    const [first, second] = heads;
    const next = waiting[0];
    if (next !== undefined && (first === undefined || beginningOf(next) <= timeOf(first))) {
      waiting.shift();
      const rest = reader.indexable(next)[Symbol.asyncIterator]();
      heads.push({ rest, records: [], at: 0 });
      await refill(heads, heads.length - 1);
      continue;
    }
    if (first === undefined) return;
    const others = [second === undefined ? [] : timeOf(second), next === undefined ? [] : beginningOf(next)];
    yield take(first, Math.min(Number.POSITIVE_INFINITY, ...others.flat()));
    if (first.at === first.records.length) await refill(heads, 0);
  }
}

/** The next record, and those behind it that come no later than the given time. */
function take(head: Head, until: number): readonly IndexableRecord[] {
  const from = head.at++;
  while (head.at < head.records.length && timeOf(head) <= until) head.at++;
  return head.records.slice(from, head.at);
}

/** Reads on, or takes a head away that has no more. */
async function refill(heads: Head[], at: number): Promise<void> {
  const head = heads[at]!;
  const { done, value } = await head.rest.next();
  if (done === true) heads.splice(at, 1);
  else Object.assign(head, { records: value, at: 0 });
}

function timeOf({ records, at }: Head): number {
  return records[at]!.time;
}

function beginningOf({ writer }: Span): number {
  return isUuidV7(writer) ? uuidV7Time(writer) : 0;
}
