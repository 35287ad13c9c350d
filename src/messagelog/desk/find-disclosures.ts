import type { ClientId, ExchangeId } from "../../core/ids.ts";
import { type ExchangeDocument, parseExchange } from "../../message/exchange-document.ts";
import type { LogReader } from "../message-store.ts";
import { type LogSearch, mostRowsOnPage } from "../search/log-search.ts";
import type { SoughtTag } from "../search/search-query.ts";
import type { SearchRow } from "../search/search-row.ts";

/** By which exchanges of a service a person's data was disclosed. */
export interface DisclosureQuestion {
  readonly service: string;
  /** This server's part in them. */
  readonly role: SearchRow["role"];
  readonly tags: readonly SoughtTag[];
  /** Milliseconds; `until` is outside. */
  readonly since: number;
  readonly until: number;
}

/** What the clear part of the records tells of one of them. */
export interface FoundDisclosure {
  readonly exchangeId: ExchangeId;
  readonly client: ClientId;
  /** Of the description, base64url; null where it is not known. */
  readonly sha256: string | null;
  readonly endpoint: ExchangeDocument["endpoint"];
  /** Id of the purpose. */
  readonly purpose: string | null;
  /** When the request was recorded, milliseconds. */
  readonly time: number;
  /** JSON pointers of what was cut from the answer. */
  readonly removed: readonly string[];
}

/** The newest first. */
export interface FoundDisclosures {
  readonly found: readonly FoundDisclosure[];
  /** There are more of them than are told. */
  readonly isCutOff: boolean;
}

/** More disclosures are not told at once. */
const mostDisclosures = 10_000;

/** The answered exchanges of a service that name a person. */
export async function findDisclosures(
  search: LogSearch,
  log: Pick<LogReader, "find">,
  { service, role, tags, since, until }: DisclosureQuestion,
  giveWay: () => Promise<unknown>,
): Promise<FoundDisclosures> {
  const query = { service, role, tags, since, until, outcome: "answered" } as const;
  const found: FoundDisclosure[] = [];
  let cursor: string | null | undefined;
  do {
    const page = await search.page({
      ...{ query, order: "newest", limit: mostRowsOnPage },
      ...(cursor && { cursor }),
    });
    for (const { exchangeId } of page.rows) {
      const disclosure = await disclosureIn(log, exchangeId, role);
      if (disclosure !== undefined) found.push(disclosure);
    }
    ({ cursor } = page);
    await giveWay();
  } while (cursor !== null && found.length < mostDisclosures);
  return { found, isCutOff: cursor !== null };
}

async function disclosureIn(
  log: Pick<LogReader, "find">,
  exchangeId: string,
  role: SearchRow["role"],
): Promise<FoundDisclosure | undefined> {
  const records = (await log.find(exchangeId)).filter((record) => record.role === role);
  const request = records.find(({ type }) => type === "request");
  const answer = records.findLast(({ type }) => type === "response");
  if (request === undefined || answer === undefined) return undefined;
  const { client, endpoint, purpose, service } = parseExchange(request.exchange);
  const { decision } = parseExchange(answer.exchange);
  const removed = decision?.fieldsRemoved ?? [];
  const said = { client, sha256: service.sha256, endpoint, purpose: purpose?.id ?? null, removed };
  return { exchangeId: exchangeId as ExchangeId, time: request.time, ...said };
}
