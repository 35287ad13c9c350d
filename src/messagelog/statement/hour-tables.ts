import { setImmediate as giveWay } from "node:timers/promises";
import { sha256Base64Url } from "../../core/bytes.ts";
import { monotonic } from "../../core/clock.ts";
import { SealwayError } from "../../core/errors.ts";
import { memberOf } from "../../core/ids.ts";
import { uuidV7Time } from "../../core/uuid.ts";
import { type ExchangeDocument, parseExchange } from "../../message/exchange-document.ts";
import { recordsBetween } from "../desk/records-between.ts";
import type { LogReader, StoredRecord } from "../message-store.ts";
import { mostEntries } from "./narrow.ts";
import {
  type Entry,
  hourMs,
  type IdRange,
  type Pair,
  type PairHour,
  pairName,
  type RangeQuestion,
  type Sum,
} from "./pair-hour.ts";
import { sumOf } from "./statement-tree.ts";

/** The service whose exchanges do not count: each would make the next hour's statement, for ever. */
export const statementService = "sealway.statement";

/** A consumer's clock may be ahead of the record's, and an answer may come an hour later, milliseconds. */
const before = 10 * 60_000;
const after = 75 * 60_000;

/** A table is made anew when it is older, milliseconds: answers may have come late. */
const freshFor = 60_000;
/** So many hours are at hand. */
const mostHours = 2;
/** What a log holds for one pair in one hour, and how much of it was no more than begun. */
export interface PairSum extends Pair, Sum {
  /** Answered or not. */
  readonly exchanges: number;
}

interface Table extends Pair {
  readonly entries: Map<string, Entry>;
  sorted?: readonly Entry[];
}

interface Hour {
  readonly made: number;
  readonly tables: Promise<ReadonlyMap<string, Table>>;
}

/** The exchanges of an hour by pair, as one log holds them: about 300 bytes of memory for each. */
export class HourTables {
  readonly #log: LogReader;
  readonly #hours = new Map<number, Hour>();

  constructor(log: LogReader) {
    this.#log = log;
  }

  /** Every pair that had an exchange. @param from of the hour */
  async sums(from: number): Promise<PairSum[]> {
    const tables = [...(await this.#tables(from)).values()];
    return tables.map((table) => {
      const { member, server, peer, peerServer } = table;
      const entries = sorted(table);
      return { member, server, peer, peerServer, exchanges: entries.length, ...sumOf(entries) };
    });
  }

  /** The sums of ranges of ids, in their order. */
  async ranges(question: RangeQuestion): Promise<Sum[]> {
    const entries = await this.#entries(question);
    return question.ranges.map((range) => sumOf(within(entries, range)));
  }

  /** The entries in ranges of ids, up to `mostEntries`. */
  async entries(question: RangeQuestion): Promise<Entry[]> {
    const entries = await this.#entries(question);
    return question.ranges.flatMap((range) => within(entries, range)).slice(0, mostEntries);
  }

  async #entries(hour: PairHour): Promise<readonly Entry[]> {
    const table = (await this.#tables(hour.from)).get(pairName(hour));
    return table === undefined ? [] : sorted(table);
  }

  #tables(from: number): Hour["tables"] {
    const known = this.#hours.get(from);
    if (known !== undefined && monotonic() - known.made < freshFor) return known.tables;
    this.#hours.delete(from);
    if (this.#hours.size >= mostHours) this.#hours.delete(this.#hours.keys().next().value!);
    const hour = { made: monotonic(), tables: readHour(this.#log, from) };
    hour.tables.catch(() => this.#hours.delete(from));
    this.#hours.set(from, hour);
    return hour.tables;
  }
}

function sorted(table: Table): readonly Entry[] {
  table.sorted ??= [...table.entries.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  return table.sorted;
}

function within(entries: readonly Entry[], { from, to }: IdRange): readonly Entry[] {
  return entries.slice(position(entries, from), position(entries, to));
}

/** How many entries stand before an id. */
function position(entries: readonly Entry[], hex: string): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (entries[middle]!.id.replaceAll("-", "") < hex) low = middle + 1;
    else high = middle;
  }
  return low;
}

async function readHour(log: LogReader, from: number): Promise<ReadonlyMap<string, Table>> {
  const tables = new Map<string, Table>();
  for await (const records of recordsBetween(log, from - before, from + hourMs + after)) {
    for (const record of records) {
      const time = uuidV7Time(record.exchangeId);
      if (time >= from && time < from + hourMs) note(tables, record);
    }
    await giveWay();
  }
  return tables;
}

function note(tables: Map<string, Table>, record: StoredRecord): void {
  const document = readDocument(record);
  if (document === undefined || document.service.id.endsWith(`/${statementService}`)) return;
  const pair = pairOf(document, record.role);
  const isOwnWord = document.signerRole === "client";
  // A conclusion of the consumer's own does not name the other server: its request, recorded before it, does.
  const table = isOwnWord ? holding(tables, record.exchangeId) : tableOf(tables, pair);
  if (table === undefined) return;
  const known = table.entries.get(record.exchangeId);
  const { exchangeId: id, role } = record;
  const entry = known ?? { id, role, request: null, answer: null, concluded: false };
  const digest = sha256Base64Url(record.signature);
  const learned =
    record.type === "request" ? { request: digest } : isOwnWord ? { concluded: true } : { answer: digest };
  table.entries.set(record.exchangeId, { ...entry, ...learned });
}

/** A record that cannot be read any more is not held. */
function readDocument({ exchange }: StoredRecord): ExchangeDocument | undefined {
  try {
    return parseExchange(exchange);
  } catch (error) {
    if (error instanceof SealwayError) return undefined;
    throw error;
  }
}

/** The two sides of a message that passed between them, as the side with this role sees them. */
export function pairOf(
  { type, client, service, from, to }: ExchangeDocument,
  role: StoredRecord["role"],
): Pair {
  const consumer = { member: memberOf(client), server: type === "request" ? from : to };
  const provider = { member: memberOf(service.id), server: type === "request" ? to : from };
  const [own, other] = role === "consumer" ? [consumer, provider] : [provider, consumer];
  return { ...own, peer: other.member, peerServer: other.server };
}

/** Both halves of one log cannot differ: there is no table where a server asks itself. */
function tableOf(tables: Map<string, Table>, pair: Pair): Table | undefined {
  if (pair.server === pair.peerServer) return undefined;
  const name = pairName(pair);
  let table = tables.get(name);
  if (table === undefined) {
    table = { ...pair, entries: new Map() };
    tables.set(name, table);
  }
  return table;
}

function holding(tables: ReadonlyMap<string, Table>, exchangeId: string): Table | undefined {
  for (const table of tables.values()) if (table.entries.has(exchangeId)) return table;
  return undefined;
}
