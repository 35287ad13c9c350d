import { type HourSide, mostEntries } from "../statement/narrow.ts";
import { type Entry, type IdRange, splitRange } from "../statement/pair-hour.ts";

/** What of an hour this log lacks and the other one has. */
export interface LostEntries {
  /** As the other side lists them, by id. */
  readonly entries: ReadonlyMap<string, Entry>;
  /** Parts of the hour that were not looked into: it said that there is more than anybody would ask for. */
  readonly unresolved: number;
  /** To each side. */
  readonly questions: number;
}

/** More exchanges of one hour between two members are counted, not listed. */
const mostLost = 100_000;
/** Questions to each side: a peer that invents differences must come to an end. A hundred thousand losses take sixty. */
const mostQuestions = 400;
/** After more questions about an hour in which nothing was lost, what differs is the peer's own invention. */
const mostIdleQuestions = 40;
/** Ranges with no more exchanges are listed. */
const smallEnough = mostEntries / 4;
/** Large ranges are divided, and so many at once: that makes the most ranges that a question has. */
const parts = 16;

interface Different {
  readonly range: IdRange;
  /** Exchanges on the side that says it has more. */
  readonly count: number;
}

/**
 * Names every exchange in a range that the other side has and this one has not, or not so. Other than `narrow`, it
 * expects whole hours to be gone: ranges that differ are divided until they can be listed, depth first.
 */
export async function lostEntries(whole: IdRange, here: HourSide, there: HourSide): Promise<LostEntries> {
  const entries = new Map<string, Entry>();
  const pending = await different([whole], here, there);
  let asked = 1;
  for (; pending.length > 0 && asked < mostQuestions && entries.size < mostLost; asked++) {
    const small = takeSmall(pending);
    if (small.length > 0) {
      const [own, others] = await Promise.all([here.entries(small), there.entries(small)]);
      for (const entry of lacking(own, others)) entries.set(entry.id, entry);
    } else {
      const large = pending.splice(-parts).flatMap(({ range }) => splitRange(range, parts));
      pending.push(...(await different(large, here, there)));
    }
  }
  return { entries, unresolved: pending.length, questions: asked };
}

/** Whether the peer had many questions asked, each of which both logs keep, without saying all that it has. */
export function isCostly({ entries, questions, unresolved }: LostEntries): boolean {
  return unresolved > 0 || (entries.size === 0 && questions > mostIdleQuestions);
}

async function different(ranges: readonly IdRange[], here: HourSide, there: HourSide): Promise<Different[]> {
  const [own, others] = await Promise.all([here.sums(ranges), there.sums(ranges)]);
  return ranges.flatMap((range, i) => {
    const [one, other] = [own[i]!, others[i]!];
    if (one.count === other.count && one.root === other.root) return [];
    return [{ range, count: Math.max(one.count, other.count) }];
  });
}

/** Takes what may be listed in one answer from the end, in the order of the ids. */
function takeSmall(pending: Different[]): IdRange[] {
  const taken: IdRange[] = [];
  let total = 0;
  for (let last = pending.at(-1); last !== undefined; last = pending.at(-1)) {
    const isSmall = last.count <= smallEnough || splitRange(last.range, 2).length < 2;
    total += last.count;
    if (!isSmall || total > mostEntries || taken.length >= parts * parts) break;
    taken.push(last.range);
    pending.pop();
  }
  return taken.sort((a, b) => (a.from < b.from ? -1 : 1));
}

/** Of the other side's entries those that prove something that this side does not hold. */
export function lacking(here: readonly Entry[], there: readonly Entry[]): Entry[] {
  const own = new Map(here.map((entry) => [entry.id, entry]));
  return there.filter(({ id, role, request, answer }) => {
    const mine = own.get(id);
    // A request without an answer that the consumer alone has: nobody here may ever have seen it.
    if (mine === undefined) return role === "provider" || answer !== null;
    const differs = (theirs: string | null, ours: string | null) => theirs !== null && theirs !== ours;
    return differs(request, mine.request) || differs(answer, mine.answer);
  });
}
