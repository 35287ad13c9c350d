import { SealwayError } from "../core/errors.ts";
import type { DescriptionDocument } from "./description-document.ts";
import { type Field, fieldsOf } from "./fields-of.ts";
import { describedMedia } from "./gate/described-media.ts";
import { wordsOf } from "./search-words.ts";
import type { Text, Vocabulary } from "./vocabulary.ts";

/** What a word counts in the place where it stands. */
const weights = {
  name: 16,
  title: 12,
  element: 6,
  subject: 5,
  description: 3,
  endpoint: 2,
  field: 2,
} as const;
type Place = keyof typeof weights;

const mostQueryLength = 200;
const mostQueryWords = 16;
/** The beginning of a word counts less than the word; one letter would begin too many. */
const prefixShare = 0.5;
const shortestPrefix = 2;

export interface SearchHit {
  /** As it was added. */
  readonly document: DescriptionDocument;
  readonly score: number;
}

export interface SearchPage {
  readonly hits: readonly SearchHit[];
  /** Where the next page begins; null at the end. */
  readonly cursor: string | null;
  readonly total: number;
}

export interface SearchQuestion {
  /** A person's: words in any language; a service is found that has them all. */
  readonly text: string;
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly isVisible: (document: DescriptionDocument) => boolean;
}

/**
 * Full text of service descriptions in memory. What a hit counts depends on its own description and the query alone, so
 * that nobody learns from an order that something hidden is there.
 */
export class SearchIndex {
  readonly #vocabulary: Vocabulary;
  readonly #documents: DescriptionDocument[] = [];
  /** By word: number of a document and what the word counts in it, in turn. */
  readonly #postings = new Map<string, number[]>();
  readonly #elements = new Map<string, readonly string[]>();
  /** All words in order, since the last document was added. */
  #sorted: readonly string[] | undefined;

  constructor(vocabulary: Vocabulary) {
    this.#vocabulary = vocabulary;
  }

  add(document: DescriptionDocument): void {
    const number = this.#documents.push(document) - 1;
    const counts = new Map<string, number>();
    const take = (place: Place, words: readonly string[]) => {
      for (const word of words) counts.set(word, Math.max(counts.get(word) ?? 0, weights[place]));
    };
    const fields = describedMedia(document).flatMap(({ media }) => fieldsOf(media.schema));
    for (const [place, texts] of textsOf(document, fields)) {
      for (const text of texts) take(place, wordsOf(text));
    }
    for (const element of elementsOf(document, fields)) take("element", this.#wordsOfElement(element));
    for (const [word, count] of counts) {
      const postings = this.#postings.get(word);
      if (postings === undefined) this.#postings.set(word, [number, count]);
      else postings.push(number, count);
    }
    this.#sorted = undefined;
  }

  /** @throws SealwayError `bad_request` for a query without words or one that is too long, and for a bad cursor */
  search({ text, limit, cursor, isVisible }: SearchQuestion): SearchPage {
    const words = [...new Set(text.length > mostQueryLength ? [] : wordsOf(text))];
    if (words.length === 0 || words.length > mostQueryWords)
      throw new SealwayError(
        "bad_request",
        `a query has 1 to ${mostQueryWords} words in ${mostQueryLength} characters`,
      );
    const scores = words.map((word) => this.#scoresOf(word)).reduce(both);
    const hits = [...scores]
      .map(([number, score]) => ({ document: this.#documents[number]!, score }))
      .filter(({ document }) => isVisible(document))
      .sort(compareHits);
    const after = cursor === undefined ? undefined : parseCursor(cursor);
    const rest = after === undefined ? hits : hits.filter((hit) => compareHits(after, hit) < 0);
    const page = rest.slice(0, limit);
    return {
      hits: page,
      cursor: rest.length > page.length ? serializeCursor(page.at(-1)!) : null,
      total: hits.length,
    };
  }

  #scoresOf(word: string): Map<number, number> {
    const scores = new Map<number, number>();
    for (const [found, share] of this.#beginningWith(word)) {
      const postings = this.#postings.get(found)!;
      for (let i = 0; i < postings.length; i += 2) {
        const number = postings[i] as number;
        scores.set(number, Math.max(scores.get(number) ?? 0, share * (postings[i + 1] as number)));
      }
    }
    return scores;
  }

  *#beginningWith(word: string): Generator<readonly [found: string, share: number]> {
    if (this.#postings.has(word)) yield [word, 1];
    if (word.length < shortestPrefix) return;
    this.#sorted ??= [...this.#postings.keys()].sort();
    for (let i = firstFrom(this.#sorted, word); this.#sorted[i]?.startsWith(word); i++) {
      if (this.#sorted[i] !== word) yield [this.#sorted[i] as string, prefixShare];
    }
  }

  #wordsOfElement(id: string): readonly string[] {
    const known = this.#elements.get(id);
    if (known !== undefined) return known;
    const words = wordsOf([id, ...Object.values(this.#vocabulary.element(id)?.title ?? {})].join(" "));
    this.#elements.set(id, words);
    return words;
  }
}

function* textsOf(
  document: DescriptionDocument,
  fields: readonly Field[],
): Generator<readonly [Place, readonly string[]]> {
  const { id, title, description, domain, procedure, responsibleAuthority, source } = document;
  yield ["name", [decodeURIComponent(id.slice(id.lastIndexOf("/") + 1))]];
  yield ["title", textIn(title)];
  yield ["description", [...textIn(description), decodeURIComponent(id)]];
  const { audience = [], lifeEvents = [], purposes = [] } = document;
  yield [
    "subject",
    [domain, procedure, responsibleAuthority, source?.register].filter((text) => text !== undefined),
  ];
  yield ["subject", [...audience, ...lifeEvents, ...purposes.flatMap((purpose) => textIn(purpose.title))]];
  for (const { path, summary, parameters = {} } of document.endpoints) {
    yield ["endpoint", [path, ...textIn(summary), ...Object.keys(parameters)]];
    yield ["field", Object.values(parameters).flatMap((parameter) => textIn(parameter.description))];
  }
  for (const { pointer, title: name = "", description: more = "" } of fields)
    yield ["field", [pointer.slice(pointer.lastIndexOf("/") + 1), name, more]];
}

function elementsOf(
  { source, purposes = [], endpoints }: DescriptionDocument,
  fields: readonly Field[],
): ReadonlySet<string> {
  return new Set([
    ...(source?.elements ?? []),
    ...purposes.flatMap(({ elements }) => elements),
    ...endpoints.flatMap(({ parameters = {} }) =>
      Object.values(parameters).flatMap(({ element }) => element ?? []),
    ),
    ...fields.flatMap(({ element }) => element ?? []),
  ]);
}

function textIn(text: Text | undefined): readonly string[] {
  return text === undefined ? [] : Object.values(text);
}

function both(one: Map<number, number>, other: Map<number, number>): Map<number, number> {
  const sum = new Map<number, number>();
  for (const [number, score] of one) {
    const more = other.get(number);
    if (more !== undefined) sum.set(number, score + more);
  }
  return sum;
}

type Ranked = { readonly score: number; readonly document: Pick<DescriptionDocument, "id"> };

function compareHits(a: Ranked, b: Ranked): number {
  return b.score - a.score || (a.document.id < b.document.id ? -1 : a.document.id > b.document.id ? 1 : 0);
}

/** A cursor is the place of the last hit, so that pages stay in order when services come and go. */
function serializeCursor({ score, document }: Ranked): string {
  return Buffer.from(`${score} ${document.id}`).toString("base64url");
}

function parseCursor(cursor: string): Ranked {
  const match = /^(\d{1,4}(?:\.5)?) (\S{1,1024})$/.exec(Buffer.from(cursor, "base64url").toString("utf8"));
  if (match === null) throw new SealwayError("bad_request", "cursor is the `cursor` of an earlier page");
  return { score: Number(match[1]), document: { id: match[2] as DescriptionDocument["id"] } };
}

/** The first place whose word is not before the given one. */
function firstFrom(words: readonly string[], word: string): number {
  let [low, high] = [0, words.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((words[middle] as string) < word) low = middle + 1;
    else high = middle;
  }
  return low;
}
