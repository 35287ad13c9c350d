import { canonicalJson, type Json } from "../../core/canonical-json.ts";
import { PatternJudge } from "../pattern/judge-pattern.ts";
import { arrayRules } from "./array-rules.ts";
import { conjunctsOf, resolveReference, type Schema } from "./json-schema.ts";
import {
  type Comparison,
  differs,
  type KeywordRule,
  type Keywords,
  none,
  type Place,
  type ValueType,
} from "./keyword-rule.ts";
import { namesSpokenOf } from "./names-spoken-of.ts";
import { objectRules } from "./object-rules.ts";
import type { SchemaDifference, UnknownProperties } from "./schema-difference.ts";
import { typeOf, typesNamed, valueRules } from "./value-rules.ts";

/**
 * Why a value that fits `narrow` may not fit `wide` (JSON Schema 2020-12). Nothing is returned only where it was
 * proven that every such value fits; what cannot be proven is told as a difference, never passed over. Patterns are
 * not run: two are the same or they differ.
 * @param unknownProperties what becomes of properties that `wide` does not know
 */
export function schemaDifferences(
  narrow: Schema,
  wide: Schema,
  unknownProperties: UnknownProperties,
): readonly SchemaDifference[] {
  return new Proof(narrow, wide, unknownProperties).compare([narrow], wide, "");
}

interface Split {
  readonly branches: readonly Schema[];
  readonly rest: Keywords;
}

/** Comparisons of one pair of places; beyond it the schemas are too entangled to be compared. */
const mostComparisons = 20_000;

class Proof implements Comparison {
  readonly unknownProperties: UnknownProperties;
  readonly patterns = new PatternJudge();
  readonly #narrow: Schema;
  readonly #wide: Schema;
  readonly #ids = new Map<Schema, number>();
  /** What is being compared, and where: recursive schemas come back to a pair at a deeper place. */
  readonly #running = new Map<string, string>();
  readonly #splits = new Map<Keywords, Split>();
  #comparisons = 0;

  constructor(narrow: Schema, wide: Schema, unknownProperties: UnknownProperties) {
    this.#narrow = narrow;
    this.#wide = wide;
    this.unknownProperties = unknownProperties;
  }

  compare(narrow: readonly Schema[], wide: Schema, at: string): readonly SchemaDifference[] {
    const key = `${[...new Set(narrow.map((schema) => this.#id(schema)))].sort().join(" ")} : ${this.#id(wide)}`;
    const running = this.#running.get(key);
    // What holds at all places above holds here as well, unless it is this very place that asks.
    if (running !== undefined) return running === at ? differs({ at }, "$ref", "it refers to itself") : none;
    if (++this.#comparisons > mostComparisons)
      return differs({ at }, "$ref", "the schemas are too entangled");
    this.#running.set(key, at);
    try {
      return this.#compareConjuncts(narrow, wide, at);
    } finally {
      this.#running.delete(key);
    }
  }

  typesOfWide(schema: Schema): ReadonlySet<ValueType> {
    const schemas = conjunctsOf({ schema, root: this.#wide }) ?? [];
    return typesLeft(schemas.filter((conjunct) => typeof conjunct === "object"));
  }

  same(narrow: Json | undefined, wide: Json | undefined): boolean {
    return this.#same(narrow, wide, new Set());
  }

  #compareConjuncts(narrow: readonly Schema[], wide: Schema, at: string): readonly SchemaDifference[] {
    const ours = narrow.map((schema) => conjunctsOf({ schema, root: this.#narrow }));
    const theirs = conjunctsOf({ schema: wide, root: this.#wide });
    if (theirs === undefined || ours.includes(undefined)) {
      return differs({ at }, "$ref", "a reference leads out of the document, nowhere or in a circle");
    }
    const all = ours.flatMap((schemas) => schemas!);
    if (all.includes(false)) return none;
    const keywords = all.filter((schema) => typeof schema === "object");
    return theirs.flatMap((schema) => {
      if (schema === true) return none;
      if (schema === false) return differs({ at }, "false", "nothing is allowed here");
      return this.#compareSchema(keywords, schema, at);
    });
  }

  #compareSchema(narrow: readonly Keywords[], wide: Keywords, at: string): readonly SchemaDifference[] {
    const place = placeOf(narrow, wide, at);
    if (place.types.size === 0) return none;
    const differences = Object.keys(wide).flatMap((keyword) => {
      if (annotations.has(keyword)) return none;
      return (Object.hasOwn(rules, keyword) ? rules[keyword]! : unchanged([keyword]))(place, this);
    });
    return differences.length === 0 ? none : (this.#byBranches(place) ?? differences);
  }

  /** What does not follow from the whole may follow from each of its alternatives. */
  #byBranches({ narrow, wide, at }: Place): readonly SchemaDifference[] | undefined {
    for (const schema of narrow) {
      const split = this.#split(schema);
      if (split === undefined) continue;
      const others = [...narrow.filter((other) => other !== schema), split.rest];
      return split.branches.flatMap((branch) => this.compare([...others, branch], wide, at));
    }
    return undefined;
  }

  /** The alternatives of a schema, and what it says beside them; the same object each time. */
  #split(schema: Keywords): Split | undefined {
    const known = this.#splits.get(schema);
    if (known !== undefined) return known;
    const word = ["anyOf", "oneOf"].find((name) => Array.isArray(schema[name]));
    if (word === undefined) return undefined;
    const { [word]: branches, ...rest } = schema;
    const split = { branches: branches as readonly Schema[], rest };
    this.#splits.set(schema, split);
    return split;
  }

  #same(narrow: Json | undefined, wide: Json | undefined, seen: Set<string>): boolean {
    if (narrow === undefined || wide === undefined) return narrow === wide;
    const text = canonicalJson(wide);
    if (canonicalJson(narrow) !== text) return false;
    if (seen.has(text)) return true;
    seen.add(text);
    return [...text.matchAll(/"\$ref":("(?:[^"\\]|\\.)*")/g)].every(([, quoted]) => {
      const reference = JSON.parse(quoted!) as string;
      const [ours, theirs] = [this.#narrow, this.#wide].map((root) => resolveReference(reference, root));
      return ours !== undefined && theirs !== undefined && this.#same(ours, theirs, seen);
    });
  }

  #id(schema: Schema): number {
    let id = this.#ids.get(schema);
    if (id === undefined) {
      id = this.#ids.size;
      this.#ids.set(schema, id);
    }
    return id;
  }
}

function placeOf(narrow: readonly Keywords[], wide: Keywords, at: string): Place {
  const lists = narrow.flatMap((schema) => [
    ...(Array.isArray(schema.enum) ? [schema.enum as readonly Json[]] : []),
    ...(schema.const === undefined ? [] : [[schema.const]]),
  ]);
  const allowed = typesLeft(narrow);
  const texts = lists.map((list) => new Set(list.map(canonicalJson)));
  const values = lists[0]?.filter(
    (value) => allowed.has(typeOf(value)) && texts.every((list) => list.has(canonicalJson(value))),
  );
  return { at, narrow, wide, values, types: values === undefined ? allowed : new Set(values.map(typeOf)) };
}

function typesLeft(schemas: readonly Keywords[]): ReadonlySet<ValueType> {
  const sets = schemas.map(typesNamed);
  return new Set([...typesNamed({})].filter((type) => sets.every((types) => types.has(type))));
}

/** For keywords that are compared as they stand, together with those that change their meaning. */
function unchanged(keywords: readonly string[]): KeywordRule {
  return (place, comparison) => {
    const kept = place.narrow.some((schema) =>
      keywords.every((keyword) => comparison.same(schema[keyword], place.wide[keyword])),
    );
    if (!kept) return differs(place, keywords[0]!, "it can only stay as it is, with what belongs to it");
    const cut = keywords.flatMap((keyword) => namesCut(place, keyword, comparison));
    return cut.length === 0 ? none : differs(place, keywords[0]!, `it speaks of ${cut[0]}, which is cut`);
  };
}

/** Members that a keyword speaks of and that are cut, since `properties` beside it does not know them. */
function namesCut({ wide }: Place, keyword: string, { unknownProperties }: Comparison): readonly string[] {
  const { properties } = wide;
  if (unknownProperties === "refused" || typeof properties !== "object") return [];
  return [...namesSpokenOf(keyword, wide[keyword])].filter(
    (name) => !Object.hasOwn(properties as object, name),
  );
}

const anyOf: KeywordRule = (place, comparison) => {
  const branches = place.wide.anyOf as readonly Schema[];
  return branches.some((branch) => comparison.compare(place.narrow, branch, place.at).length === 0)
    ? none
    : unchanged(["anyOf"])(place, comparison);
};

/** Alternatives that share no type exclude each other, so that one that fits is the only one. */
const oneOf: KeywordRule = (place, comparison) => {
  const branches = place.wide.oneOf as readonly Schema[];
  const types = branches.map((branch) => comparison.typesOfWide(branch));
  const apart = types.every((own, i) =>
    types.slice(i + 1).every((other) => ![...own].some((type) => other.has(type))),
  );
  const fits =
    apart && branches.some((branch) => comparison.compare(place.narrow, branch, place.at).length === 0);
  return fits ? none : unchanged(["oneOf"])(place, comparison);
};

const contains = unchanged(["contains", "minContains", "maxContains"]);
/** What was evaluated depends on every keyword beside it. */
const unevaluated: KeywordRule = (place, comparison) =>
  place.narrow.some((schema) => comparison.same(schema, place.wide))
    ? none
    : differs(place, "unevaluatedProperties", "a schema with unevaluated… can only stay as it is");

const rules: Readonly<Record<string, KeywordRule>> = {
  ...valueRules,
  ...objectRules,
  ...arrayRules,
  ...{ anyOf, oneOf, contains, minContains: contains, maxContains: contains },
  if: unchanged(["if", "then", "else"]),
  ...{ unevaluatedProperties: unevaluated, unevaluatedItems: unevaluated },
};

/** They refuse no value; references and `allOf` were followed before, `then` and `else` stand with their `if`. */
const annotations: ReadonlySet<string> = new Set([
  ...["$schema", "$id", "$defs", "$comment", "$anchor", "$ref", "allOf", "definitions", "then", "else"],
  ...["title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly"],
  ...["contentEncoding", "contentMediaType", "contentSchema", "x-sealway-element", "x-sealway-use"],
]);
