import type { RecordsQuestion } from "../../admin/records-desk.ts";
import type { Json } from "../../core/canonical-json.ts";
import { describeQuery } from "../../messagelog/search/describe-query.ts";
import type { FoundRow } from "../../messagelog/search/log-search.ts";
import { type Result, resultOf } from "../../messagelog/search/result.ts";
import type { SearchQuery } from "../../messagelog/search/search-query.ts";
import type { OpenedSearch } from "../open-search.ts";

/** Of what was asked, as much is recorded: a person has a search tag for each key that there was. */
const mostAsked = 500;

/** What is sought, as the index takes it. */
export async function queryOf(
  opened: OpenedSearch,
  { filters, person }: Pick<RecordsQuestion, "filters" | "person">,
): Promise<SearchQuery> {
  const { faster, since, slower, until, ...same } = filters;
  const times = {
    since: since === undefined ? undefined : Date.parse(since),
    until: until === undefined ? undefined : Date.parse(until),
    atLeast: slower === undefined ? undefined : Number(slower),
    atMost: faster === undefined ? undefined : Number(faster),
  };
  const tags = person && (await opened.tagsOf(person, times.since));
  return { ...(same as SearchQuery), ...times, tags };
}

/** What was asked, for the log. */
export function askedOf(query: SearchQuery): string[] {
  const asked = describeQuery(query);
  const more = asked.length > mostAsked ? [`${asked.length - mostAsked} more`] : [];
  return [...asked.slice(0, mostAsked), ...more];
}

/** A result without the query id: that is the consumer's own words, and may name somebody. */
export async function shownResult(row: FoundRow, { states }: OpenedSearch): Promise<Result> {
  const result = await resultOf({ row, other: undefined }, { own: states, beside: undefined });
  return { ...result, queryId: null };
}

/** As the API tells it. */
export async function toldResult(row: FoundRow, opened: OpenedSearch): Promise<Json> {
  const { queryId: _, other: __, ...told } = await shownResult(row, opened);
  return told as unknown as Json;
}
