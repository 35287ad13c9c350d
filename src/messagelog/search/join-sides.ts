import type { FoundRow, LogSearch } from "./log-search.ts";
import { compareIn, type RowOrder } from "./row-source.ts";
import { matchesRow, type SearchQuery } from "./search-query.ts";
import { positionOf, type SearchRow } from "./search-row.ts";

/** One exchange of a list, with its other side when that is at hand. */
export interface JoinedRow {
  readonly row: FoundRow;
  readonly other: { readonly row: SearchRow; readonly log: keyof SideSources } | undefined;
}

export interface SideSources {
  /** The log that was searched: a server may be both sides of an exchange. */
  readonly own: LogSearch;
  /** The log of another server. */
  readonly beside: LogSearch | undefined;
}

/**
 * Puts the two sides of each exchange together. Where both sides of an exchange were found, it is listed once: where
 * the first of them stands.
 */
export async function joinSides(
  rows: readonly FoundRow[],
  query: SearchQuery,
  order: RowOrder,
  { own, beside }: SideSources,
): Promise<JoinedRow[]> {
  const ids = rows.map(({ exchangeId }) => exchangeId);
  const [here, there] = await Promise.all([own.sidesOf(ids), beside?.sidesOf(ids)]);
  const joined: JoinedRow[] = [];
  for (const row of rows) {
    const ours = otherSide(row, here);
    if (ours !== undefined && isListedThere(row, ours, query, order)) continue;
    const theirs = ours ?? otherSide(row, there);
    const log = ours === undefined ? "beside" : "own";
    joined.push({ row, other: theirs === undefined ? undefined : { row: theirs, log } });
  }
  return joined;
}

/** Whether the exchange stands in the list by its other side already. Only the list knows a status that is sought. */
function isListedThere(row: SearchRow, side: SearchRow, query: SearchQuery, order: RowOrder): boolean {
  const isFound = query.status === undefined && matchesRow(side, query);
  return isFound && compareIn(order, positionOf(side), positionOf(row)) < 0;
}

/** Ids are chosen by consumers: the other side has the same consumer's server, too. */
function otherSide(
  row: SearchRow,
  sides: ReadonlyMap<string, readonly SearchRow[]> | undefined,
): SearchRow | undefined {
  return sides?.get(row.exchangeId)?.find(({ role, server }) => role !== row.role && server === row.server);
}
