import type { Entry, Period } from "./read-uses.ts";

/** What somebody chose to see of the list. */
export interface UsesView {
  /** `2026`; empty for all. */
  readonly year: string;
  /** Years to choose from, newest first. */
  readonly years: readonly number[];
  /** Member that received data; empty for all. */
  readonly receiver: string;
  readonly count: number;
  readonly isNarrow: boolean;
  readonly fits: (entry: Entry) => boolean;
  /** This list with more entries: a path of the portal. */
  readonly morePath: string;
}

const atOnce = 25;
const most = 2000;
/** How far back the years go: longer than logs are searchable. */
const yearsBack = 10;

/**
 * Reads what somebody chose.
 * @param query an attacker's choice; what cannot be chosen is as if it were not there
 * @param now milliseconds since the epoch
 */
export function readUsesView(query: URLSearchParams, now: number): UsesView {
  const thisYear = new Date(now).getUTCFullYear();
  const years = Array.from({ length: yearsBack }, (_, i) => thisYear - i);
  const year = years.map(String).find((one) => one === query.get("year")) ?? "";
  const asked = query.get("receiver") ?? "";
  const receiver = asked.length <= 1024 ? asked : "";
  const wanted = /^\d{1,4}$/.test(query.get("count") ?? "") ? Number(query.get("count")) : atOnce;
  const count = Math.min(Math.max(wanted, atOnce), most);
  const next = new URLSearchParams({ year, receiver, count: String(count + atOnce) });
  return {
    ...{ year, years, receiver, count },
    isNarrow: year !== "" || receiver !== "",
    fits: ({ to }) => receiver === "" || to.member === receiver,
    morePath: `/uses?${next}`,
  };
}

/** The period of a year; null for all there is. */
export function periodOf({ year }: UsesView): Period | null {
  if (year === "") return null;
  return { periodStart: `${year}-01-01`, periodEnd: `${year}-12-31` };
}
