import type { ClientId } from "../../core/ids.ts";
import type { Directory } from "../gateways/directory.ts";
import { eachAtOnce } from "../gateways/each-at-once.ts";
import { type Gap, gapOf } from "../gateways/gap.ts";
import type { GatewayClient } from "../gateways/gateway-client.ts";
import { type Group, readUsageAnswer, type Text, type Use } from "./usage-answer.ts";

/** An entry of the list, and who told it. */
export type Entry = (Use | Group) & { readonly toldBy: ClientId };

interface Source {
  readonly subsystem: ClientId;
  readonly name: string;
  /** Entries that were told and not yet taken over into the list, newest first. */
  readonly waiting: Entry[];
  /** Where it goes on: undefined at the beginning, null at the end. */
  cursor: string | null | undefined;
}

/** Days, both included. */
export interface Period {
  readonly periodStart: string;
  readonly periodEnd: string;
}

const entriesAtOnce = 50;
/** Of one reading; whoever wants more takes another year. */
const mostEntries = 2000;

/**
 * One person's list of uses, merged from all subsystems of the instance, newest first. It grows by the page: a subsystem
 * is asked again only when all that it told has been shown.
 */
export class UsesReading {
  readonly period: Period | null;
  readonly #client: GatewayClient;
  readonly #userId: string;
  readonly #sources: readonly Source[];
  readonly #entries: Entry[] = [];
  readonly #seen = new Set<string>();
  readonly #gaps = new Map<ClientId, Gap>();
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(
    client: GatewayClient,
    userId: string,
    period: Period | null,
    sources: readonly Source[],
  ) {
    this.#client = client;
    this.#userId = userId;
    this.period = period;
    this.#sources = sources;
  }

  /** @throws NoDirectory */
  static async begin(
    client: GatewayClient,
    directory: Directory,
    userId: string,
    period: Period | null,
  ): Promise<UsesReading> {
    const sources = (await directory.subsystems()).map(({ id, name }) => {
      return { subsystem: id, name, waiting: [], cursor: undefined };
    });
    return new UsesReading(client, userId, period, sources);
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
      // Both sides of an exchange may tell of it.
      const name =
        entry.kind === "use" ? entry.exchange : `${entry.toldBy} ${entry.month} ${entry.to.member}`;
      if (this.#seen.has(name)) continue;
      this.#seen.add(name);
      this.#entries.push(entry);
      if (fits(entry)) count++;
    }
  }

  #newest(): { readonly waiting: Entry[]; readonly entry: Entry } | undefined {
    let newest: { readonly waiting: Entry[]; readonly entry: Entry } | undefined;
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
    const query = new URLSearchParams({
      userCode: this.#userId,
      limit: String(entriesAtOnce),
      ...this.period,
    });
    if (typeof cursor === "string") query.set("cursor", cursor);
    const question = { provider: subsystem, service: "sealway.usage", path: `/v1/usages?${query}` };
    const answer = await this.#client.ask({ ...question, userId: this.#userId });
    const told =
      answer.kind === "answer" && answer.status === 200 ? readUsageAnswer(answer.value) : undefined;
    if (told === undefined) {
      source.cursor = null;
      this.#gaps.set(subsystem, gapOf({ id: subsystem, name }, answer));
      return;
    }
    source.waiting.push(...told.entries.map((entry) => ({ ...entry, toldBy: subsystem })));
    // A page without entries that promises more would be asked for ever.
    source.cursor = told.entries.length === 0 || told.cursor === cursor ? null : told.cursor;
  }
}

function hasMore({ cursor }: Source): boolean {
  return cursor !== null;
}

/** Where an entry stands in the list; a month stands behind all of its days. */
function placeOf(entry: Entry): string {
  return entry.kind === "use" ? entry.time : entry.month;
}
