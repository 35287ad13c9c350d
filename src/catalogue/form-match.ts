import { formSynonyms } from "./form-synonyms.ts";
import { type Phrase, phraseOf } from "./form-words.ts";
import type { DataElement, Vocabulary } from "./vocabulary.ts";

/** How sure it is that a question asks for an element. */
export type Confidence =
  /** The form says so itself. */
  | "exact"
  /** Its words are those of the element, and no other. */
  | "likely"
  /** They are among its words. */
  | "possible";

export interface ElementMatch {
  readonly element: string;
  readonly confidence: Confidence;
}

/** What a form says of one of its fields. */
export interface Asked {
  /** Data element that the form names. */
  readonly element?: string | undefined;
  /** Its name, and the names of what it stands in. */
  readonly name?: string | undefined;
  readonly above?: readonly string[];
  /** Its title, or the question. */
  readonly text?: string | undefined;
}

interface KnownPhrase extends Phrase {
  readonly element: string;
  /** All words that belong to the element: an address may stand in a residence. */
  readonly surroundings: ReadonlySet<string>;
}

/** Words that say little alone: half a match is none where nothing else fits. */
const weak = new Set(
  "name number type statu date address title code country city town region kind amount period activity degree account identifier land ort place".split(
    " ",
  ),
);

/** Finds the data element that a field asks for, by its words in the vocabulary's languages and the table of synonyms. */
export class ElementFinder {
  readonly #vocabulary: Vocabulary;
  readonly #phrases: readonly KnownPhrase[];

  constructor(vocabulary: Vocabulary) {
    this.#vocabulary = vocabulary;
    this.#phrases = [...vocabulary.elements].flatMap(phrasesOf);
  }

  /** @returns undefined when nothing is recognised, which is not the same as nothing being held */
  find({ element, name = "", above = [], text = "" }: Asked): ElementMatch | undefined {
    if (element !== undefined && this.#vocabulary.element(element) !== undefined)
      return { element, confidence: "exact" };
    const around = phraseOf(above.join(" "));
    const readings = [phraseOf(text), phraseOf(name)].map((own) => this.#best(own, around));
    return readings.flat().sort((one, other) => other.rank - one.rank)[0];
  }

  #best(own: Phrase, around: Phrase): readonly (ElementMatch & { readonly rank: number })[] {
    return this.#phrases.flatMap((known) => {
      const confidence = compareRuns(own, known) ?? compareWords(own, around, known);
      if (confidence === undefined) return [];
      const length = known.run === "" ? known.words.size : known.run.length;
      return { element: known.element, confidence, rank: (confidence === "likely" ? 1000 : 0) + length };
    });
  }
}

function phrasesOf({ id, title }: DataElement): readonly KnownPhrase[] {
  const spelled = id.replaceAll(".", " ");
  const texts = [...Object.values(title), ...(formSynonyms[id] ?? []), spelled];
  const surroundings = phraseOf([spelled, title.en].join(" ")).words;
  return texts
    .map((text): KnownPhrase => ({ ...phraseOf(text), element: id, surroundings }))
    .filter(({ words, run }) => words.size > 0 || run !== "");
}

function compareRuns(own: Phrase, known: KnownPhrase): Confidence | undefined {
  if (known.run === "") return undefined;
  if (own.run === known.run) return "likely";
  // One character is part of too many words.
  return known.run.length > 1 && own.run.includes(known.run) ? "possible" : undefined;
}

function compareWords(own: Phrase, around: Phrase, known: KnownPhrase): Confidence | undefined {
  if (known.words.size === 0 || own.words.size === 0) return undefined;
  for (const word of known.words) if (!own.words.has(word) && !around.words.has(word)) return undefined;
  const shared = [...own.words].filter((word) => known.words.has(word));
  if (shared.length === 0) return undefined;
  const foreign = [...around.words].some((word) => !known.words.has(word) && !known.surroundings.has(word));
  if (shared.length === own.words.size) return foreign ? "possible" : "likely";
  const telling = shared.some((word) => !weak.has(word)) || shared.length > 1;
  return telling && shared.length * 2 >= own.words.size ? "possible" : undefined;
}
