import { canonicalJson, type Json } from "../../core/canonical-json.ts";
import type { PatternJudge } from "../pattern/judge-pattern.ts";
import type { JsonType } from "./json-schema.ts";

/** How one keyword on a single value is compared. */
export interface ScalarRule {
  /** Values of other types are not touched by the keyword. */
  readonly of: JsonType;
  /** Whether every value that fits `narrow` fits `wide`; `narrow` is undefined where the keyword is absent. */
  readonly implies: (narrow: Json | undefined, wide: Json) => boolean;
  /** Whether a value of that type fits; false where that cannot be told. */
  readonly fits: (value: never, wide: never, patterns: PatternJudge) => boolean;
}

const atLeast = (narrow: Json | undefined, wide: Json) =>
  typeof narrow === "number" && narrow >= (wide as number);
const atMost = (narrow: Json | undefined, wide: Json) =>
  typeof narrow === "number" && narrow <= (wide as number);
const same = (narrow: Json | undefined, wide: Json) =>
  narrow !== undefined && canonicalJson(narrow) === canonicalJson(wide);

/** Length in characters, as JSON Schema counts (RFC 8259 §1). */
const characters = (text: string) => [...text].length;

/** Keywords whose meaning depends on no other one. Bounds of numbers stand in `number-bounds.ts`. */
// biome-ignore format: a table is read by its columns
export const scalarRules: Readonly<Record<string, ScalarRule>> = {
  minLength:     { of: "string", implies: (n, w) => w === 0 || atLeast(n, w), fits: (v: string, w: number) => characters(v) >= w },
  maxLength:     { of: "string", implies: atMost, fits: (v: string, w: number) => characters(v) <= w },
  pattern:       { of: "string", implies: same,   fits: matches },
  format:        { of: "string", implies: same,   fits: () => false },
  multipleOf:    { of: "number", implies: dividedBy, fits: (v: number, w: number) => Number.isSafeInteger(v / w) },
  minItems:      { of: "array",  implies: (n, w) => w === 0 || atLeast(n, w), fits: (v: Json[], w: number) => v.length >= w },
  maxItems:      { of: "array",  implies: atMost, fits: (v: Json[], w: number) => v.length <= w },
  uniqueItems:   { of: "array",  implies: (n, w) => w === false || n === true, fits: () => false },
  maxProperties: { of: "object", implies: atMost, fits: (v: object, w: number) => Object.keys(v).length <= w },
};

/** Both are anybody's: no text is sought in for long, and what is no pattern fits nothing. */
function matches(text: string, pattern: string, patterns: PatternJudge): boolean {
  return patterns.judge(pattern, text.length).kind === "safe" && new RegExp(pattern, "u").test(text);
}

/** Integers only: `0.3 / 0.1` is not 3 in binary. */
function dividedBy(narrow: Json | undefined, wide: Json): boolean {
  if (same(narrow, wide)) return true;
  return Number.isInteger(narrow) && Number.isInteger(wide) && (narrow as number) % (wide as number) === 0;
}
