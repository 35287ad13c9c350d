import { type HourSide, narrow } from "../statement/narrow.ts";
import { type Entry, type IdRange, splitRange } from "../statement/pair-hour.ts";

/** What of an hour this log lacks and the other one has. */
export interface LostEntries {
  /** As the other side lists them, by id. */
  readonly entries: ReadonlyMap<string, Entry>;
  /** Parts of the hour that were not looked into: it said that there is more than anybody would ask for. */
  readonly unresolved: number;
}

/** More exchanges of one hour between two members are counted, not listed. */
const mostLost = 100_000;
/** Ranges that are narrowed: a peer that invents differences must come to an end. */
const mostNarrowed = 4_000;
const parts = 16;

/**
 * Names every exchange in a range that the other side has and this one has not, or not so: a whole hour may be gone, and
 * differences that are too many to be followed are divided until they are not.
 */
export async function lostEntries(whole: IdRange, here: HourSide, there: HourSide): Promise<LostEntries> {
  const entries = new Map<string, Entry>();
  const pending: IdRange[] = [whole];
  for (let narrowed = 0; pending.length > 0; narrowed++) {
    if (narrowed >= mostNarrowed || entries.size >= mostLost) break;
    const range = pending.pop()!;
    const found = await narrow(range, here, there);
    const divided = found.unresolved > 0 ? splitRange(range, parts) : [];
    if (divided.length > 1) {
      pending.push(...divided.reverse());
      continue;
    }
    for (const entry of lacking(found.here, found.there)) entries.set(entry.id, entry);
  }
  return { entries, unresolved: pending.length };
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
