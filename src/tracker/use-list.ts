import { sha256Base64Url } from "../core/bytes.ts";
import { type ClientId, type MemberId, memberOf } from "../core/ids.ts";
import type { OutlinedRow } from "../messagelog/search/outline.ts";
import { appearanceOf, type ListingRule, type Viewer } from "./disclosure-rule.ts";
import { isShown } from "./is-shown.ts";
import { comparePlaces, type ListPlace } from "./list-place.ts";

/*
 * A person's list, made of rows of the log. Whatever the viewer is not shown is gone before anything else is looked at:
 * numbers, order, pages and cursors are those of a log that never had it.
 */

/** What is judged of each use. */
export interface ListTerms {
  readonly viewer: Viewer;
  /** Milliseconds. */
  readonly now: number;
  /** The rules of the purpose for which it was. */
  rulesOf(row: OutlinedRow): readonly ListingRule[];
}

export type ListEntry =
  | {
      readonly kind: "use";
      readonly place: ListPlace;
      readonly row: OutlinedRow;
      readonly unit: "told" | "hidden";
    }
  | {
      readonly kind: "group";
      readonly place: ListPlace;
      /** `2026-03`, UTC. */
      readonly month: string;
      readonly receiver: MemberId;
      readonly count: number;
    };

/** Which part of a list is wanted: so many entries behind so many others, or behind a place. */
export interface ListPage {
  readonly limit: number;
  readonly from: { readonly offset: number } | { readonly after: ListPlace };
}

/** The entries that a viewer is shown, newest first. @param rows of one person, in any order */
export function listUses(rows: readonly OutlinedRow[], terms: ListTerms): ListEntry[] {
  const uses: ListEntry[] = [];
  const counted: OutlinedRow[] = [];
  for (const row of rows) {
    if (!isShown(row)) continue;
    const appearance = appearanceOf(terms.rulesOf(row), terms.viewer, terms.now - row.time);
    if (appearance === "absent") continue;
    if (appearance === "counted") counted.push(row);
    else {
      const unit = appearance === "whole" ? "told" : "hidden";
      uses.push({ kind: "use", place: placeOf(row), row, unit });
    }
  }
  return [...uses, ...groupsOf(counted)].sort((a, b) => comparePlaces(a.place, b.place));
}

/** One page of a list, and whether anything comes behind it. */
export function pageOf(
  entries: readonly ListEntry[],
  { limit, from }: ListPage,
): { readonly entries: readonly ListEntry[]; readonly next: ListPlace | null } {
  const start = "offset" in from ? from.offset : firstBehind(entries, from.after);
  const page = entries.slice(start, start + limit);
  const isLast = start + page.length >= entries.length;
  return { entries: page, next: isLast ? null : (page.at(-1)?.place ?? null) };
}

function firstBehind(entries: readonly ListEntry[], place: ListPlace): number {
  const found = entries.findIndex((entry) => comparePlaces(entry.place, place) > 0);
  return found < 0 ? entries.length : found;
}

/** Two rows of one moment are told apart by what no two rows share; the rest of the row is read then only. */
function placeOf(row: OutlinedRow): ListPlace {
  return {
    time: row.time,
    get tie() {
      const { exchangeId, server } = row.whole();
      return `${exchangeId} ${sha256Base64Url(server ?? "").slice(0, 8)}`;
    },
  };
}

/** Those of a month and receiver together, where the month begins. */
function groupsOf(rows: readonly OutlinedRow[]): ListEntry[] {
  const groups = new Map<string, { month: string; receiver: MemberId; count: number }>();
  for (const { time, consumer } of rows) {
    if (consumer === null) continue;
    const month = new Date(time).toISOString().slice(0, 7);
    const receiver = memberOf(consumer as ClientId);
    const key = `${month} ${receiver}`;
    const group = groups.get(key) ?? { month, receiver, count: 0 };
    group.count++;
    groups.set(key, group);
  }
  return [...groups.values()].map((group) => {
    const place = { time: Date.parse(`${group.month}-01T00:00:00Z`), tie: sha256Base64Url(group.receiver) };
    return { kind: "group", place, ...group };
  });
}
