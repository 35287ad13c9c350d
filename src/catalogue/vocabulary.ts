import base from "../../schemas/vocabulary/v1/vocabulary.json" with { type: "json" };
import schema from "../../schemas/vocabulary/v1/vocabulary.schema.json" with { type: "json" };
import { SealwayError } from "../core/errors.ts";
import { ownSchema } from "../core/own-schema.ts";
import { parseStrictJson } from "../core/strict-json.ts";
import { type IdentifierRule, plainRule, spell } from "./identifier-rule.ts";
import { PatternJudge } from "./pattern/judge-pattern.ts";

/** Texts by language (BCP 47); `en` is there. */
export type Text = { readonly en: string } & { readonly [language: string]: string };

/** A concept of the shared vocabulary, such as `person.residence.address`. */
export interface DataElement {
  readonly id: string;
  readonly title: Text;
  readonly description: Text;
  /** The same concept in a public vocabulary. */
  readonly uri?: string;
  /** For a yes/no element: of which element it tells only whether something holds. */
  readonly answers?: string;
}

/** A way of naming persons or organisations. */
export interface IdentifierScheme {
  readonly id: string;
  readonly title: Text;
  readonly normalisation: IdentifierRule;
  /** What a normalised identifier looks like. */
  readonly pattern: string;
}

interface VocabularyDocument {
  readonly v: 1;
  readonly elements: readonly DataElement[];
  readonly schemes: readonly IdentifierScheme[];
}

/** Longest identifier, UTF-16 code units. */
const mostIdentifier = 1024;
/** Vocabularies come from the authority: few, and mostly the same. */
const patterns = new PatternJudge();

const validate = ownSchema<VocabularyDocument>(schema);

/** The elements and schemes of an instance: the shared ones and its own. */
export class Vocabulary {
  readonly #elements: ReadonlyMap<string, DataElement>;
  readonly #schemes: ReadonlyMap<string, IdentifierScheme>;
  readonly #forms = new Map<string, RegExp>();

  constructor(documents: readonly VocabularyDocument[]) {
    this.#elements = unique(documents.flatMap(({ elements }) => elements));
    this.#schemes = unique(documents.flatMap(({ schemes }) => schemes));
    for (const { id, pattern } of this.#schemes.values()) {
      const verdict = patterns.judge(pattern, mostIdentifier);
      if (verdict.kind !== "safe")
        throw refused(`the pattern of ${id} is ${verdict.kind}: ${verdict.detail}`);
      this.#forms.set(id, new RegExp(pattern, "u"));
    }
    for (const { id, answers } of this.#elements.values()) {
      if (answers !== undefined && !this.#elements.has(answers))
        throw refused(`${id} answers ${answers}, which is not defined`);
    }
  }

  element(id: string): DataElement | undefined {
    return this.#elements.get(id);
  }

  scheme(id: string): IdentifierScheme | undefined {
    return this.#schemes.get(id);
  }

  get elements(): Iterable<DataElement> {
    return this.#elements.values();
  }

  /** By which schemes normalise. */
  get identifierRules(): Readonly<Record<string, IdentifierRule>> {
    return Object.fromEntries([...this.#schemes.values()].map((one) => [one.id, one.normalisation]));
  }

  /**
   * The one spelling of an identifier, by the rule of its scheme; in a scheme that is unknown here by the plain one.
   * @param value anybody's
   * @returns undefined for what is no identifier, or none of the scheme
   */
  normalise(scheme: string, value: string): string | undefined {
    const text = spell(this.#schemes.get(scheme)?.normalisation ?? plainRule, value);
    if (text === undefined || this.#forms.get(scheme)?.test(text) === false) return undefined;
    return text;
  }
}

/** Whether whoever holds `held` holds `wanted`: the element itself, or one below it. */
export function covers(held: string, wanted: string): boolean {
  return wanted === held || wanted.startsWith(`${held}.`);
}

/**
 * The shared vocabulary, and what an instance adds.
 * @param additions documents of `schemas/vocabulary/v1`, as published by the authority
 * @throws SealwayError `bad_request` for one that is malformed or defines a name anew
 */
export function loadVocabulary(additions: readonly Buffer[] = []): Vocabulary {
  return new Vocabulary([
    checked(base),
    ...additions.map((bytes) => checked(parseStrictJson(bytes, "bad_request"))),
  ]);
}

/** The vocabulary of a configuration; read once for as long as the same is published. */
export class VocabularyInUse {
  #sha256 = "";
  #vocabulary = loadVocabulary();

  /** The last one that could be read; the shared one before there was any. */
  get vocabulary(): Vocabulary {
    return this.#vocabulary;
  }

  /**
   * @param published documents with their digests, in the configuration's order
   * @throws SealwayError `bad_request` for one that is malformed; the vocabulary before it stays in use
   */
  renew(published: readonly { readonly sha256: string; readonly bytes: Buffer }[]): Vocabulary {
    const sha256 = published.map((document) => document.sha256).join();
    if (sha256 !== this.#sha256) {
      this.#vocabulary = loadVocabulary(published.map(({ bytes }) => bytes));
      this.#sha256 = sha256;
    }
    return this.#vocabulary;
  }
}

function checked(document: unknown): VocabularyDocument {
  if (validate(document)) return document;
  const error = validate.errors?.[0];
  throw refused(`${error?.instancePath || "/"} ${error?.message}`);
}

/** A second definition of a name would let a description mean two things. */
function unique<Entry extends { readonly id: string }>(
  entries: readonly Entry[],
): ReadonlyMap<string, Entry> {
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  if (byId.size === entries.length) return byId;
  const twice = entries.find((entry) => byId.get(entry.id) !== entry);
  throw refused(`${twice?.id} is defined twice`);
}

function refused(detail: string): SealwayError {
  return new SealwayError("bad_request", `vocabulary: ${detail}`);
}
