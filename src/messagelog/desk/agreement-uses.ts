import { type LogSearch, mostRowsOnPage } from "../search/log-search.ts";
import type { SearchRow } from "../search/search-row.ts";

/** More uses of an agreement than these are not told. */
const mostToldUses = mostRowsOnPage;
/** So many more are found, that as many are left when those that a restriction hides are taken out. */
const pagesFound = 3;

export interface AgreementUsesQuestion {
  /** Each with this server's part in its exchanges. */
  readonly agreements: readonly { readonly id: string; readonly role: SearchRow["role"] }[];
  /** Milliseconds; `until` is outside. */
  readonly since: number;
  readonly until: number;
}

/** What tells whether an exchange may be counted. */
export type AgreementUseRow = Pick<SearchRow, "exchangeId" | "consumer" | "service" | "purpose" | "time">;

/** How many uses are told. A number that stopped at the most and were less for those left out would tell of them. */
export function toldUses(
  found: readonly AgreementUseRow[],
  isShown: (row: AgreementUseRow) => boolean,
): number {
  return Math.min(found.filter(isShown).length, mostToldUses);
}

/** The newest exchanges by each agreement, some more than are told: by the index, a page or a few each. */
export async function findAgreementUses(
  search: Pick<LogSearch, "page">,
  { agreements, since, until }: AgreementUsesQuestion,
  giveWay: () => Promise<unknown>,
): Promise<readonly (readonly AgreementUseRow[])[]> {
  const uses: AgreementUseRow[][] = [];
  for (const { id: agreement, role } of agreements) {
    const query = { agreement, role, since, until };
    const found: AgreementUseRow[] = [];
    let cursor: string | null | undefined;
    for (let page = 0; page < pagesFound && cursor !== null; page++) {
      const next = await search.page({ query, order: "newest", limit: mostToldUses, cursor });
      for (const { exchangeId, consumer, service, purpose, time } of next.rows)
        found.push({ exchangeId, consumer, service, purpose, time });
      cursor = next.cursor;
      await giveWay();
    }
    uses.push(found);
  }
  return uses;
}
