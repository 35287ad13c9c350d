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
/** Look-ups that are remembered at once: above this the oldest are forgotten, and their repetitions missed. */
const mostRemembered = 500_000;

interface LookUp {
  readonly time: number;
  readonly exchangeId: string;
}

/**
 * Finds repetitions among the look-ups of one agreement, given oldest first. Persons are compared by their search tags,
 * whose keys change each quarter: a repetition over the turn of a quarter is not seen, and nobody is named.
 */
export class RepetitionFinder {
  readonly #log: Pick<LogReader, "find">;
  readonly #maxAge: number;
  readonly #last = new Map<string, LookUp>();
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
    // Only what has a person in common with a look-up that is still fresh is read.
    const candidates = tags
      .flatMap((tag) => this.#last.get(tag) ?? [])
      .filter((last) => time - last.time < this.#maxAge);
    for (const first of new Set(candidates)) {
      if (!(await this.#isSame(first.exchangeId, exchangeId))) continue;
      this.#count++;
      if (this.#examples.length < mostExamples)
        this.#examples.push({ first: first.exchangeId, again: exchangeId });
      break;
    }
    for (const tag of tags) this.#remember(tag, { time, exchangeId });
  }

  /** @returns null when no look-up names persons, so that nothing can be compared */
  result(): RepeatedLookUps | null {
    if (this.#named === 0) return null;
    return { maxAgeSeconds: this.#maxAge / 1000, count: this.#count, examples: this.#examples };
  }

  #remember(tag: string, lookUp: LookUp): void {
    // Deleted first: the order of a map is that of insertion, and the oldest goes.
    this.#last.delete(tag);
    this.#last.set(tag, lookUp);
    if (this.#last.size <= mostRemembered) return;
    const [oldest] = this.#last.keys();
    if (oldest !== undefined) this.#last.delete(oldest);
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
