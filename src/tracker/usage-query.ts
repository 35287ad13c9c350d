import { startOfDay } from "../core/day.ts";
import { SealwayError } from "../core/errors.ts";
import { type ListPlace, parsePlace } from "./list-place.ts";
import type { ListPage } from "./use-list.ts";

/** What a call asks for beside the person, who is read where the service's description locates persons. */
export interface UsageQuery {
  readonly userCode: string;
  /** Null for a person's own list. */
  readonly representative: string | null;
  /** Id of the service that knows of the representative's power. */
  readonly source: string | null;
  /** Milliseconds; `until` is not included. */
  readonly since: number | null;
  readonly until: number | null;
  readonly page: ListPage;
}

/** `represented`: somebody else's list, with who acts for that person. */
export type UsageForm = "findUsage" | "usages" | "represented";

const namesOf: Readonly<Record<UsageForm, readonly string[]>> = {
  findUsage: ["userCode", "periodStart", "periodEnd", "offset", "limit"],
  usages: ["userCode", "periodStart", "periodEnd", "cursor", "limit"],
  represented: ["userCode", "representative", "source", "periodStart", "periodEnd", "cursor", "limit"],
};

/** Entries on a page, at most and unless told. Ours tell more of each. */
const mostOnPage: Readonly<Record<UsageForm, number>> = { findUsage: 1000, usages: 200, represented: 200 };
const usualOnPage: Readonly<Record<UsageForm, number>> = { findUsage: 1000, usages: 50, represented: 50 };
const largestOffset = 2 ** 31 - 1;

/**
 * Reads the query of a list (anybody's).
 * @throws SealwayError `missing_parameter`, `invalid_parameter`: without the value, which may be a person's
 */
export function parseUsageQuery(query: string, form: UsageForm): UsageQuery {
  const given = singleParameters(query, namesOf[form]);
  const userCode = given.get("userCode");
  if (userCode === undefined) throw new SealwayError("missing_parameter", "userCode is missing");
  const since = timeIn(given, "periodStart")?.first ?? null;
  const until = timeIn(given, "periodEnd")?.behind ?? null;
  if (since !== null && until !== null && since >= until)
    throw new SealwayError("invalid_parameter", "periodEnd is before periodStart");
  const limit = integerIn(given, "limit", 1, mostOnPage[form]) ?? usualOnPage[form];
  return {
    ...{ userCode, since, until },
    representative: given.get("representative") ?? null,
    source: given.get("source") ?? null,
    page: { limit, from: startIn(given) },
  };
}

function singleParameters(query: string, names: readonly string[]): ReadonlyMap<string, string> {
  const given = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    if (!names.includes(name))
      throw new SealwayError("invalid_parameter", `the query has other parameters than ${names.join(", ")}`);
    if (given.has(name)) throw new SealwayError("invalid_parameter", `${name} occurs more than once`);
    given.set(name, value);
  }
  return given;
}

function startIn(given: ReadonlyMap<string, string>): { offset: number } | { after: ListPlace } {
  const cursor = given.get("cursor");
  return cursor === undefined
    ? { offset: integerIn(given, "offset", 0, largestOffset) ?? 0 }
    : { after: parsePlace(cursor) };
}

function integerIn(
  given: ReadonlyMap<string, string>,
  name: string,
  least: number,
  most: number,
): number | undefined {
  const text = given.get(name);
  if (text === undefined) return undefined;
  const value = /^[0-9]{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new SealwayError("invalid_parameter", `${name} is not an integer from ${least} to ${most}`);
}

/** A date (all of that day), or a time of RFC 3339, which is in UTC unless it says something else. */
const moment = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2}:\d{2})(\.\d{1,3})?(Z|[+-]\d{2}:\d{2})?)?$/;

/** The first millisecond that is meant and the first one behind it. */
function timeIn(
  given: ReadonlyMap<string, string>,
  name: string,
): { readonly first: number; readonly behind: number } | undefined {
  const text = given.get(name);
  if (text === undefined) return undefined;
  const [, day, time, fraction, zone = "Z"] = moment.exec(text) ?? [];
  const start = startOfDay(day ?? "");
  const first = time === undefined ? start : Date.parse(`${day}T${time}${fraction ?? ""}${zone}`);
  if (start === undefined || first === undefined || Number.isNaN(first))
    throw new SealwayError("invalid_parameter", `${name} is neither a date nor a time (RFC 3339)`);
  const length = time === undefined ? 86_400_000 : fraction === undefined ? 1000 : 1;
  return { first, behind: first + length };
}
