import type { LogReader } from "../../messagelog/message-store.ts";
import { type LogSearch, mostRowsOnPage } from "../../messagelog/search/log-search.ts";
import type { SearchQuery } from "../../messagelog/search/search-query.ts";
import type { SearchRow } from "../../messagelog/search/search-row.ts";
import { type RepeatedLookUps, RepetitionFinder } from "./repeated-look-ups.ts";

/** Milliseconds since the epoch; `until` is outside. */
export interface UsePeriod {
  readonly since: number;
  readonly until: number;
}

/** What was done with an agreement in a period, as this log has it. */
export interface CountedUses {
  readonly exchanges: number;
  readonly answered: number;
  readonly lastUse: number | null;
  /** null: the service states no freshness, or its look-ups name nobody. */
  readonly repeated: RepeatedLookUps | null;
}

/** When the log begins, milliseconds; undefined for a log without records. */
export async function beginningOf(search: LogSearch): Promise<number | undefined> {
  return (await search.page({ query: {}, order: "oldest", limit: 1 })).rows[0]?.time;
}

/** @param maxAgeSeconds of the service's answers; undefined when it does not say */
export async function countUses(
  { search, log }: { readonly search: LogSearch; readonly log: Pick<LogReader, "find"> },
  query: SearchQuery,
  maxAgeSeconds: number | undefined,
): Promise<CountedUses> {
  const finder = maxAgeSeconds === undefined ? undefined : new RepetitionFinder(log, maxAgeSeconds);
  let [exchanges, answered] = [0, 0];
  let lastUse: number | null = null;
  for await (const row of rowsOf(search, query)) {
    exchanges++;
    if (row.outcome === "answered") answered++;
    lastUse = row.time;
    await finder?.take(row);
  }
  return { exchanges, answered, lastUse, repeated: finder?.result() ?? null };
}

/** Oldest first. */
async function* rowsOf(search: LogSearch, query: SearchQuery): AsyncGenerator<SearchRow> {
  let cursor: string | undefined;
  do {
    const page = await search.page({ query, order: "oldest", limit: mostRowsOnPage, cursor });
    yield* page.rows;
    cursor = page.cursor ?? undefined;
  } while (cursor !== undefined);
}
