import { type LogSearch, mostRowsOnPage } from "../search/log-search.ts";
import type { SearchRow } from "../search/search-row.ts";

/** More uses of an agreement than these are not told. */
export const mostToldUses = mostRowsOnPage;

export interface AgreementUsesQuestion {
  /** Each with this server's part in its exchanges. */
  readonly agreements: readonly { readonly id: string; readonly role: SearchRow["role"] }[];
  /** Milliseconds; `until` is outside. */
  readonly since: number;
  readonly until: number;
}

/** What tells whether an exchange may be counted. */
export type AgreementUseRow = Pick<SearchRow, "exchangeId" | "consumer" | "service" | "purpose" | "time">;

/** The newest exchanges by each agreement, up to `mostToldUses`: by the index, a page each. */
export async function findAgreementUses(
  search: LogSearch,
  { agreements, since, until }: AgreementUsesQuestion,
  giveWay: () => Promise<unknown>,
): Promise<readonly (readonly AgreementUseRow[])[]> {
  const uses: AgreementUseRow[][] = [];
  for (const { id: agreement, role } of agreements) {
    const query = { agreement, role, since, until };
    const { rows } = await search.page({ query, order: "newest", limit: mostToldUses });
    uses.push(
      rows.map(({ exchangeId, consumer, service, purpose, time }) => {
        return { exchangeId, consumer, service, purpose, time };
      }),
    );
    await giveWay();
  }
  return uses;
}
