import { type Entry, type IdRange, type Sum, splitRange } from "./pair-hour.ts";

/** One side of an hour, here or at the peer. */
export interface HourSide {
  /** In the order of the ranges. */
  sums(ranges: readonly IdRange[]): Promise<readonly Sum[]>;
  /** In the order of the ids. */
  entries(ranges: readonly IdRange[]): Promise<readonly Entry[]>;
}

/** What two logs hold of the ranges in which they differ. */
export interface Narrowed {
  readonly here: readonly Entry[];
  readonly there: readonly Entry[];
  /** Differing exchanges, at least, in ranges that were not looked into. */
  readonly unresolved: number;
}

/** Ranges in one question. */
const mostRanges = 256;
/** Differing ranges that are followed: of more differences than these the rest is counted. */
const mostFollowed = 64;
/** Ranges with no more exchanges are listed. */
const smallEnough = 64;
/** More entries are not listed in one answer. */
export const mostEntries = 4096;
/** Each question divides what differs by four at least: more would mean a peer that leads us on. */
const mostQuestions = 12;

interface Difference {
  readonly range: IdRange;
  readonly most: number;
  readonly least: number;
}

/**
 * From a difference to the exchanges, in a few questions to each side: ranges that agree are left, those that differ
 * are divided until they are small, and listed.
 * @param whole the range in which the sides differ
 */
export async function narrow(whole: IdRange, here: HourSide, there: HourSide): Promise<Narrowed> {
  const small: Difference[] = [];
  let unresolved = 0;
  let large = await differences([whole], here, there);
  if (large.every(isSmall)) small.push(...large.splice(0));
  for (let question = 1; large.length > 0 && question < mostQuestions; question++) {
    const followed = large.slice(0, Math.max(0, mostFollowed - small.length));
    unresolved += leastOf(large.slice(followed.length));
    const parts = followed.flatMap(({ range }) =>
      splitRange(range, Math.floor(mostRanges / followed.length)),
    );
    const found = parts.length === 0 ? [] : await differences(parts, here, there);
    small.push(...found.filter(isSmall));
    large = found.filter((one) => !isSmall(one));
  }
  unresolved += leastOf(large) + leastOf(small.slice(mostFollowed));
  const ranges = small.slice(0, mostFollowed).map(({ range }) => range);
  const { here: own, there: others } = await list(ranges, here, there);
  return { here: own, there: others, unresolved };
}

function isSmall({ most, range }: Difference): boolean {
  return most <= smallEnough || splitRange(range, 2).length < 2;
}

/** How many exchanges differ at least in ranges of which only the sums are known. */
function leastOf(differences: readonly Difference[]): number {
  return differences.reduce((sum, { least }) => sum + least, 0);
}

async function differences(
  ranges: readonly IdRange[],
  here: HourSide,
  there: HourSide,
): Promise<Difference[]> {
  const [own, others] = await Promise.all([here.sums(ranges), there.sums(ranges)]);
  return ranges.flatMap((range, i) => {
    const [one, other] = [own[i]!, others[i]!];
    if (one.count === other.count && one.root === other.root) return [];
    const least = Math.max(1, Math.abs(one.count - other.count));
    return [{ range, most: Math.max(one.count, other.count), least }];
  });
}

/** A list that is full may have been cut: what lies behind the shorter of the two is not compared. */
async function list(
  ranges: readonly IdRange[],
  here: HourSide,
  there: HourSide,
): Promise<Omit<Narrowed, "unresolved">> {
  if (ranges.length === 0) return { here: [], there: [] };
  const ordered = ranges.toSorted((a, b) => (a.from < b.from ? -1 : 1));
  const [own, others] = await Promise.all([here.entries(ordered), there.entries(ordered)]);
  const ends = [own, others]
    .filter(({ length }) => length >= mostEntries)
    .map((entries) => entries.at(-1)!.id);
  const end = ends.sort()[0];
  if (end === undefined) return { here: own, there: others };
  const upTo = ({ id }: Entry) => id <= end;
  return { here: own.filter(upTo), there: others.filter(upTo) };
}
