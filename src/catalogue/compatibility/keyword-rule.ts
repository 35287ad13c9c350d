import type { Json } from "../../core/canonical-json.ts";
import { pointerToken } from "../../core/json-pointer.ts";
import type { PatternJudge } from "../pattern/judge-pattern.ts";
import type { JsonType, Schema } from "./json-schema.ts";
import type { SchemaDifference, UnknownProperties } from "./schema-difference.ts";

/** A schema that is not a mere boolean. */
export type Keywords = Exclude<Schema, boolean>;

/** One place of an instance, where all of `narrow` holds and one schema of the other side is looked at. */
export interface Place {
  /** JSON pointer; `*` stands for any name or index. */
  readonly at: string;
  readonly narrow: readonly Keywords[];
  /** The values that are possible at all, where `enum` or `const` lists them. */
  readonly values: readonly Json[] | undefined;
  /** Which types `narrow` leaves. A number is an integer or a fraction. */
  readonly types: ReadonlySet<ValueType>;
  readonly wide: Keywords;
}

/** The types without overlap. */
export type ValueType = Exclude<JsonType, "number"> | "fraction";

/** What a rule may ask of the whole comparison. */
export interface Comparison {
  readonly unknownProperties: UnknownProperties;
  /** Why a value at `at` that fits all of `narrow` may not fit `wide`; nothing when it always does. */
  compare(narrow: readonly Schema[], wide: Schema, at: string): readonly SchemaDifference[];
  /** The types that a schema of the other side leaves. */
  typesOfWide(schema: Schema): ReadonlySet<ValueType>;
  /** For patterns that are run on values of the other schema: both are anybody's. */
  readonly patterns: PatternJudge;
  /** Whether both read the same, what their references name included. */
  same(narrow: Json | undefined, wide: Json | undefined): boolean;
}

/** Compares one keyword of `wide` with everything that `narrow` says. */
export type KeywordRule = (place: Place, comparison: Comparison) => readonly SchemaDifference[];

/** No difference. */
export const none: readonly SchemaDifference[] = [];

/** One difference at a place. */
export function differs(
  { at }: Pick<Place, "at">,
  keyword: string,
  detail: string,
): readonly SchemaDifference[] {
  return [{ at, keyword, detail }];
}

/** Whether values of a type may occur at all. */
export function mayBe({ types }: Place, type: JsonType): boolean {
  return type === "number" ? types.has("integer") || types.has("fraction") : types.has(type);
}

/** @param token a name or index, or `*` */
export function below(at: string, token: string): string {
  return `${at}/${pointerToken(token)}`;
}
