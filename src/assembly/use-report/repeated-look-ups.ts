import { isUuidV7 } from "../../core/uuid.ts";
import { parseExchange } from "../../message/exchange-document.ts";
import type { LogReader } from "../../messagelog/message-store.ts";
import type { SearchRow } from "../../messagelog/search/search-row.ts";
import { parseSearchTags } from "../../messagelog/search-tags.ts";

/** Identical look-ups while the answer before was fresh. */
export interface RepeatedLookUps {
  readonly maxAgeSeconds: number;
  readonly count: number;
  /** Exchange ids of some of them, each with the look-up that it repeats. */
  readonly examples: readonly { readonly first: string; readonly again: string }[];
}

const mostExamples = 5;
/** Persons, and questions about one, that are remembered at once: above this the oldest are forgotten. */
const mostRemembered = 500_000;
const mostOfOnePerson = 16;

interface LookUp {
  readonly time: number;
  readonly exchangeId: string;
}

/**
 * Finds repetitions among the look-ups of one agreement, given oldest first. Persons are compared by their search tags,
 * whose keys change each quarter: a repetition over the turn of a quarter is not seen, and nobody is named. What is
 * counted was repeated; in a log with very many persons some may be missed.
 */
export class RepetitionFinder {
  readonly #log: Pick<LogReader, "find">;
  readonly #maxAge: number;
  /** By search tag: different questions about the person, newest first. */
  readonly #recent = new Map<string, readonly LookUp[]>();
  readonly #examples: { readonly first: string; readonly again: string }[] = [];
  #count = 0;
  #named = 0;

  constructor(log: Pick<LogReader, "find">, maxAgeSeconds: number) {
    this.#log = log;
    this.#maxAge = maxAgeSeconds * 1000;
  }

  async take({ time, exchangeId, outcome, tags }: SearchRow): Promise<void> {
    if (tags.length === 0) return;
    this.#named++;
    if (outcome !== "answered") return;
    const first = await this.#repeated(tags, time, exchangeId);
    if (first !== undefined) {
      this.#count++;
      if (this.#examples.length < mostExamples)
        this.#examples.push({ first: first.exchangeId, again: exchangeId });
    }
    for (const tag of tags) this.#remember(tag, { time, exchangeId }, first);
  }

  /** @returns null when no look-up names persons, so that nothing can be compared */
  result(): RepeatedLookUps | null {
    if (this.#named === 0) return null;
    return { maxAgeSeconds: this.#maxAge / 1000, count: this.#count, examples: this.#examples };
  }

  /** The look-up that is repeated: only what has a person in common with one that is still fresh is read. */
  async #repeated(tags: readonly string[], time: number, exchangeId: string): Promise<LookUp | undefined> {
    const known = new Set(tags.flatMap((tag) => this.#recent.get(tag) ?? []));
    for (const first of known) {
      if (time - first.time < this.#maxAge && (await this.#isSame(first.exchangeId, exchangeId)))
        return first;
    }
    return undefined;
  }

  /** @param repeated what the look-up takes the place of */
  #remember(tag: string, lookUp: LookUp, repeated: LookUp | undefined): void {
    const others = (this.#recent.get(tag) ?? []).filter(
      (one) => one !== repeated && lookUp.time - one.time < this.#maxAge,
    );
    // Deleted first: the order of a map is that of insertion, and the oldest goes.
    this.#recent.delete(tag);
    this.#recent.set(tag, [lookUp, ...others].slice(0, mostOfOnePerson));
    if (this.#recent.size <= mostRemembered) return;
    const [oldest] = this.#recent.keys();
    if (oldest !== undefined) this.#recent.delete(oldest);
  }

  async #isSame(one: string, other: string): Promise<boolean> {
    const [a, b] = [await this.#questionOf(one), await this.#questionOf(other)];
    return a !== undefined && a === b;
  }

  /** Endpoint and persons asked about. */
  async #questionOf(exchangeId: string): Promise<string | undefined> {
    if (!isUuidV7(exchangeId)) return undefined;
    const request = (await this.#log.find(exchangeId)).find(({ type }) => type === "request");
    if (request === undefined) return undefined;
    const { endpoint } = parseExchange(request.exchange);
    const tags = parseSearchTags(request.tags).map(({ role, tag }) => `${role} ${tag}`);
    return tags.length === 0 ? undefined : JSON.stringify([endpoint, tags.sort()]);
  }
}
