import type { LogReader } from "../message-store.ts";
import type { LogSearch } from "../search/log-search.ts";
import type { SearchQuery } from "../search/search-query.ts";
import type { SearchRow } from "../search/search-row.ts";
import { findByQueryId, mostOfOneQueryId, type QueryIdQuestion } from "./find-parts.ts";

/** So many records beyond the index are looked through; one that is further behind is being built, and left alone. */
const mostBehind = 50_000;
/** A page may end early: so many are read. */
const mostPages = 8;

/**
 * As `findByQueryId`, by the search index, which knows exchanges of any age: the newest ones, oldest first. Where the
 * index is not there yet, or cannot be read, the records of the question's window are walked through.
 */
export async function findByIndex(
  search: LogSearch,
  log: LogReader,
  question: QueryIdQuestion,
  giveWay: () => Promise<unknown>,
): Promise<string[]> {
  try {
    if ((await search.behind()) <= mostBehind) return await ask(search, question);
  } catch {
    // What ails the index the server's log tells; the log itself has all that is asked for.
  }
  return findByQueryId(log, question, giveWay);
}

async function ask(search: LogSearch, { queryId, subsystem }: QueryIdQuestion): Promise<string[]> {
  const sides: readonly SearchQuery[] = [
    { queryId, role: "consumer", consumer: subsystem },
    { queryId, role: "provider", provider: subsystem },
  ];
  const rows: SearchRow[] = [];
  for (const query of sides) rows.push(...(await newest(search, query)));
  rows.sort((a, b) => a.time - b.time || (a.exchangeId < b.exchangeId ? -1 : 1));
  const ids = [...new Set(rows.map(({ exchangeId }) => exchangeId))];
  return ids.slice(-mostOfOneQueryId);
}

async function newest(search: LogSearch, query: SearchQuery): Promise<SearchRow[]> {
  const rows: SearchRow[] = [];
  let cursor: string | undefined;
  for (let pages = 0; pages < mostPages && rows.length < mostOfOneQueryId; pages++) {
    const limit = mostOfOneQueryId - rows.length;
    const page = await search.page({ query, order: "newest", limit, cursor });
    rows.push(...page.rows);
    if (page.cursor === null) break;
    cursor = page.cursor;
  }
  return rows;
}
