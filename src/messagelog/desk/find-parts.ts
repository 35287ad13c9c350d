import { type ClientId, memberOf, providerOf } from "../../core/ids.ts";
import { isUuidV7 } from "../../core/uuid.ts";
import { type ExchangeDocument, parseExchange } from "../../message/exchange-document.ts";
import type { GuardEntry, MessageRecord } from "../message-record.ts";
import type { LogReader, StoredRecord } from "../message-store.ts";
import { recordsBetween } from "./records-between.ts";

/** One side of an exchange that a log holds: both, where one server serves both subsystems; more, where an id is used again. */
export interface ExchangePart {
  readonly role: GuardEntry["role"];
  readonly client: ClientId;
  /** When its first message was recorded, milliseconds. */
  readonly time: number;
  /** The subsystem asked. */
  readonly provider: ClientId;
  readonly service: ExchangeDocument["service"];
  readonly endpoint: ExchangeDocument["endpoint"];
  /** Id of the purpose. */
  readonly purpose: string | null;
  /** The earlier exchange that it is about. */
  readonly about: ExchangeDocument["about"];
  /** What became of it: how the answer is called, or `open` without one. */
  readonly state: Exclude<MessageRecord["type"], "request"> | "open";
  /** Which code ended it, when none of the service's answers did. */
  readonly code: string | null;
}

/** What a log holds of an exchange; nothing for an unknown id, and for a text that is none. */
export async function findParts(log: LogReader, exchangeId: string): Promise<ExchangePart[]> {
  if (!isUuidV7(exchangeId)) return [];
  const records = await log.find(exchangeId);
  // An id is the choice of the consumer's server: whoever knows another's may use it again, for an exchange of its own.
  const exchanges = Map.groupBy(records, ({ role, exchange }) => `${role} ${parseExchange(exchange).client}`);
  return [...exchanges.values()].map(partOf);
}

function partOf(records: readonly StoredRecord[]): ExchangePart {
  const { role, exchange, time } = records[0]!;
  const { client, service, endpoint, purpose, about } = parseExchange(exchange);
  const last = records.findLast(({ type }) => type !== "request");
  const answer = last === undefined ? undefined : parseExchange(last.exchange);
  return {
    role,
    client,
    time,
    provider: providerOf(service.id),
    ...{ service, endpoint, purpose: purpose?.id ?? null, about },
    state: last === undefined ? "open" : (last.type as Exclude<MessageRecord["type"], "request">),
    code: answer?.fault?.code ?? answer?.decision?.code ?? null,
  };
}

/** The subsystem on this log's side. */
export function ownSubsystem({ role, client, provider }: ExchangePart): ClientId {
  return role === "consumer" ? client : provider;
}

/** The subsystem on the other side. */
export function peerSubsystem({ role, client, provider }: ExchangePart): ClientId {
  return role === "consumer" ? provider : client;
}

export interface QueryIdQuestion {
  readonly subsystem: ClientId;
  /** An X-Road-Id that may stand in clear; any other one stands in encrypted heads alone and is not found. */
  readonly queryId: string;
  /** Milliseconds, `from` included. */
  readonly from: number;
  readonly to: number;
}

/** More exchanges than these of one query id are not told. */
export const mostOfOneQueryId = 32;

/** The subsystem's own exchanges of a query id in a window of time, oldest first; a walk over all its records. */
export async function findByQueryId(
  log: LogReader,
  { subsystem, queryId, from, to }: QueryIdQuestion,
  giveWay: () => Promise<unknown>,
): Promise<string[]> {
  const found = new Set<string>();
  const member = memberOf(subsystem);
  const mark = Buffer.from(`"queryId":${JSON.stringify(queryId)}`, "latin1");
  for await (const records of recordsBetween(log, from, to)) {
    for (const record of records) {
      if (record.member !== member || !record.exchange.includes(mark)) continue;
      if (isOwn(parseExchange(record.exchange), record.role, subsystem)) found.add(record.exchangeId);
    }
    if (found.size >= mostOfOneQueryId) break;
    await giveWay();
  }
  return [...found].slice(0, mostOfOneQueryId);
}

function isOwn({ client, service }: ExchangeDocument, role: string, subsystem: ClientId): boolean {
  return (role === "consumer" ? client : providerOf(service.id)) === subsystem;
}
