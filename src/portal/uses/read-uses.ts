import { sha256Base64Url } from "../../core/bytes.ts";
import type { ClientId } from "../../core/ids.ts";
import { usesPath, type Whose } from "../acting/acting.ts";
import type { Directory } from "../gateways/directory.ts";
import { eachAtOnce } from "../gateways/each-at-once.ts";
import { type Gap, gapOf } from "../gateways/gap.ts";
import type { GatewayClient } from "../gateways/gateway-client.ts";
import { type Group, readUsageAnswer, type Text, type Use } from "./usage-answer.ts";

type Told = (Use | Group) & { readonly toldBy: ClientId };

/** An entry of the list, who told it, and how many before it are of the same exchange: others may tell otherwise of it. */
export type Entry = Told & { readonly account: number };

interface Source {
  readonly subsystem: ClientId;
  readonly name: string;
  /** Entries that were told and not yet taken over into the list, newest first. */
  readonly waiting: Told[];
  /** Digests of all that it told. */
  readonly told: Set<string>;
  /** Where it goes on: undefined at the beginning, null at the end. */
  cursor: string | null | undefined;
}

/** Days, both included. */
export interface Period {
  readonly periodStart: string;
  readonly periodEnd: string;
}

const entriesAtOnce = 50;
/** Of a page that others follow: whoever tells them one by one would have the person wait for ever. */
const leastOnPage = 10;
/** Of one reading; whoever wants more takes another year. */
const mostEntries = 2000;

/**
 * One person's list of uses, merged from all subsystems of the instance, newest first. It grows by the page: a subsystem
 * is asked again only when all that it told has been shown.
 */
export class UsesReading {
  readonly period: Period | null;
  readonly #client: GatewayClient;
  readonly #whose: Whose;
  readonly #sources: readonly Source[];
  readonly #entries: Entry[] = [];
  readonly #seen = new Set<string>();
  readonly #accounts = new Map<string, number>();
  readonly #gaps = new Map<ClientId, Gap>();
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(
    client: GatewayClient,
    whose: Whose,
    period: Period | null,
    sources: readonly Source[],
  ) {
    this.#client = client;
    this.#whose = whose;
    this.period = period;
    this.#sources = sources;
  }

  /** @throws NoDirectory */
  static async begin(
    client: GatewayClient,
    directory: Directory,
    whose: Whose,
    period: Period | null,
  ): Promise<UsesReading> {
    const sources = (await directory.subsystems()).map(({ id, name }) => {
      return { subsystem: id, name, waiting: [], told: new Set<string>(), cursor: undefined };
    });
    return new UsesReading(client, whose, period, sources);
  }

  /** The list as far as it was read. */
  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** Who has not answered, or not as agreed. */
  get gaps(): readonly Gap[] {
    return [...this.#gaps.values()];
  }

  /** Whether there may be more than `entries`. */
  get goesOn(): boolean {
    return this.#sources.some((source) => source.waiting.length > 0 || hasMore(source));
  }

  /** Whether it stopped because nobody can look through that many. */
  get isFull(): boolean {
    return this.#entries.length >= mostEntries && this.goesOn;
  }

  /** Who received data, in the entries so far: names by member, each once. */
  get receivers(): ReadonlyMap<string, Text> {
    return new Map(this.#entries.map(({ to }) => [to.member, to.name]));
  }

  /** Reads on until `enough` entries fit, or there are no more. One at a time, whoever asks. */
  readOn(enough: number, fits: (entry: Entry) => boolean): Promise<void> {
    const turn = this.#turn.then(() => this.#read(enough, fits));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #read(enough: number, fits: (entry: Entry) => boolean): Promise<void> {
    let count = this.#entries.filter(fits).length;
    while (count < enough && this.#entries.length < mostEntries) {
      await this.#fill();
      const next = this.#newest();
      if (next === undefined) return;
      next.waiting.shift();
      const entry = next.entry;
      // Several may tell the same of an exchange; who tells something else does not take the place of the others.
      const { toldBy: _, ...told } = entry;
      const name = sha256Base64Url(JSON.stringify(entry.kind === "use" ? told : entry));
      if (this.#seen.has(name)) continue;
      this.#seen.add(name);
      const listed = { ...entry, account: this.#accountOf(entry) };
      this.#entries.push(listed);
      if (fits(listed)) count++;
    }
  }

  #accountOf(entry: Told): number {
    if (entry.kind === "group") return 0;
    const account = this.#accounts.get(entry.exchange) ?? 0;
    this.#accounts.set(entry.exchange, account + 1);
    return account;
  }

  #newest(): { readonly waiting: Told[]; readonly entry: Told } | undefined {
    let newest: { readonly waiting: Told[]; readonly entry: Told } | undefined;
    for (const { waiting } of this.#sources) {
      const entry = waiting[0];
      if (entry !== undefined && (newest === undefined || placeOf(entry) > placeOf(newest.entry)))
        newest = { waiting, entry };
    }
    return newest;
  }

  /** Until each source that may have more has something to compare. */
  async #fill(): Promise<void> {
    const empty = this.#sources.filter((source) => source.waiting.length === 0 && hasMore(source));
    await eachAtOnce(empty, (source) => this.#ask(source));
  }

  async #ask(source: Source): Promise<void> {
    const { subsystem, name, cursor } = source;
    const { userId } = this.#whose;
    const path = usesPath(this.#whose, {
      limit: String(entriesAtOnce),
      ...this.period,
      ...(typeof cursor === "string" && { cursor }),
    });
    const answer = await this.#client.ask({ provider: subsystem, service: "sealway.usage", path, userId });
    const told =
      answer.kind === "answer" && answer.status === 200 ? readUsageAnswer(answer.value) : undefined;
    const entries = told === undefined ? [] : this.#newOf(source, told.entries);
    source.waiting.push(...entries);
    const mayGoOn = entries.length >= leastOnPage && told?.cursor !== cursor;
    source.cursor = mayGoOn ? (told?.cursor ?? null) : null;
    const isWhole = told !== undefined && entries.length === told.entries.length;
    if (!isWhole || (told.cursor !== null && !mayGoOn))
      this.#gaps.set(subsystem, gapOf({ id: subsystem, name }, answer));
  }

  /** What a subsystem has not told before: one that tells the same again and again would be asked for ever. */
  #newOf({ subsystem, told }: Source, entries: readonly (Use | Group)[]): Told[] {
    return entries.flatMap((entry) => {
      const name = sha256Base64Url(JSON.stringify(entry));
      if (told.has(name)) return [];
      told.add(name);
      return [{ ...entry, toldBy: subsystem }];
    });
  }
}

function hasMore({ cursor }: Source): boolean {
  return cursor !== null;
}

/** Where an entry stands in the list; a month stands behind all of its days. */
function placeOf(entry: Told): string {
  return entry.kind === "use" ? entry.time : entry.month;
}
