import { providerOf, type ServiceId } from "../../core/ids.ts";
import type { Outcome, SearchRow } from "./search-row.ts";

/** One search tag of the person sought, and the time in which its key was in use. */
export interface SoughtTag {
  /** As `shortTag` makes it. */
  readonly tag: string;
  /** Milliseconds; `until` is outside. */
  readonly since: number;
  readonly until: number;
}

/** What is sought: every member that is given must hold. */
export interface SearchQuery {
  /** Whose records: whoever asks may know of no others. */
  readonly members?: ReadonlySet<string> | undefined;
  readonly exchangeId?: string | undefined;
  readonly queryId?: string | undefined;
  /** A subsystem or a member; a member stands for all its subsystems. */
  readonly consumer?: string | undefined;
  readonly provider?: string | undefined;
  readonly service?: string | undefined;
  /** An id, or `id#revision`. */
  readonly purpose?: string | undefined;
  readonly agreement?: string | undefined;
  /** The commitment, base64url. */
  readonly permission?: string | undefined;
  /** Any of them; none finds nothing. */
  readonly tags?: readonly SoughtTag[] | undefined;
  readonly role?: SearchRow["role"] | undefined;
  readonly outcome?: Outcome | undefined;
  readonly verdict?: string | undefined;
  readonly code?: string | undefined;
  /** Of the answer: `404`, or `4xx`. It stands in encrypted heads: they are opened one by one. */
  readonly status?: string | undefined;
  /** Milliseconds since the epoch; `until` is outside. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  /** Duration in milliseconds, both ends included. */
  readonly atLeast?: number | undefined;
  readonly atMost?: number | undefined;
}

/** A field with few values, which a segment keeps as a column of codes. */
export interface FieldFilter {
  readonly field: CodedField;
  /** Whether a value of the field is what the query seeks. */
  readonly accepts: (value: string | null) => boolean;
}

export const codedFields = [
  ...(["role", "outcome", "verdict", "code", "consumer", "service", "purpose", "agreement"] as const),
  "member",
] as const;
export type CodedField = (typeof codedFields)[number];

type Accepts = (value: string | null, wanted: string) => boolean;

const isEqual: Accepts = (value, wanted) => value === wanted;
const isOfMember: Accepts = (value, wanted) => value === wanted || value?.startsWith(`${wanted}/`) === true;
const isRevision: Accepts = (value, wanted) => {
  return value === wanted || value?.slice(0, value.lastIndexOf("#")) === wanted;
};
const isProvidedBy: Accepts = (value, wanted) => {
  return value !== null && isOfMember(providerOf(value as ServiceId), wanted);
};

/** How each member of a query is compared, and with which field. */
const comparisons = [
  ["role", "role", isEqual],
  ["outcome", "outcome", isEqual],
  ["verdict", "verdict", isEqual],
  ["code", "code", isEqual],
  ["consumer", "consumer", isOfMember],
  ["service", "service", isEqual],
  ["provider", "service", isProvidedBy],
  ["purpose", "purpose", isRevision],
  ["agreement", "agreement", isRevision],
] as const satisfies readonly (readonly [keyof SearchQuery, CodedField, Accepts])[];

export function fieldFilters(query: SearchQuery): FieldFilter[] {
  const { members } = query;
  const filters: FieldFilter[] = comparisons.flatMap(([member, field, compare]) => {
    const wanted = query[member];
    return wanted === undefined ? [] : [{ field, accepts: (value) => compare(value, wanted) }];
  });
  if (members !== undefined)
    filters.push({ field: "member", accepts: (value) => value !== null && members.has(value) });
  return filters;
}

/** Whether a row is what the query seeks, as far as the index knows: a status is not judged here. */
export function matchesRow(
  row: SearchRow,
  query: SearchQuery,
  filters: readonly FieldFilter[] = fieldFilters(query),
): boolean {
  const { exchangeId, queryId, permission, tags } = query;
  return (
    (exchangeId === undefined || row.exchangeId === exchangeId) &&
    (queryId === undefined || row.queryId === queryId) &&
    (permission === undefined || row.permission === permission) &&
    (tags === undefined || tags.some(({ tag }) => row.tags.includes(tag))) &&
    isWithin(row.time, query) &&
    hasDuration(row.duration, query) &&
    filters.every(({ field, accepts }) => accepts(row[field]))
  );
}

function isWithin(time: number, { since, until }: SearchQuery): boolean {
  return (since === undefined || time >= since) && (until === undefined || time < until);
}

function hasDuration(duration: number | null, { atLeast, atMost }: SearchQuery): boolean {
  if (atLeast === undefined && atMost === undefined) return true;
  return duration !== null && duration >= (atLeast ?? 0) && duration <= (atMost ?? Number.MAX_SAFE_INTEGER);
}
