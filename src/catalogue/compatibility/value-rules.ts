import { canonicalJson, type Json } from "../../core/canonical-json.ts";
import { type JsonType, typesOf } from "./json-schema.ts";
import {
  differs,
  type KeywordRule,
  type Keywords,
  mayBe,
  none,
  type Place,
  type ValueType,
} from "./keyword-rule.ts";
import { type Bound, boundImplies, lowerBound, upperBound } from "./number-bounds.ts";
import { type ScalarRule, scalarRules } from "./scalar-rules.ts";

const greater = (a: number, b: number) => a > b;
const less = (a: number, b: number) => a < b;

export const valueRules: Readonly<Record<string, KeywordRule>> = {
  type: (place) => {
    const allowed = typesNamed(place.wide);
    const more = [...place.types].filter((type) => !allowed.has(type));
    if (more.length === 0) return none;
    return differs(place, "type", `it may be ${more.join(" or ")}, which is not allowed`);
  },
  enum: (place) => listed(place, "enum", place.wide.enum as Json[]),
  const: (place) => listed(place, "const", [place.wide.const as Json]),
  minimum: bounded("minimum", lowerBound, greater),
  exclusiveMinimum: bounded("exclusiveMinimum", lowerBound, greater),
  maximum: bounded("maximum", upperBound, less),
  exclusiveMaximum: bounded("exclusiveMaximum", upperBound, less),
  ...Object.fromEntries(
    Object.entries(scalarRules).map(([keyword, rule]) => [keyword, scalar(keyword, rule)]),
  ),
};

/** The types that a schema's `type` leaves. */
export function typesNamed({ type }: Keywords): ReadonlySet<ValueType> {
  const names = type === undefined ? everyType : ([type].flat() as JsonType[]);
  return new Set(
    names.flatMap((name): ValueType[] => (name === "number" ? ["integer", "fraction"] : [name as ValueType])),
  );
}

/** The type of a value. */
export function typeOf(value: Json): ValueType {
  const [type] = typesOf(value);
  return type === "number" ? "fraction" : type!;
}

const everyType: readonly JsonType[] = ["null", "boolean", "object", "array", "number", "string"];

function listed(place: Place, keyword: string, allowed: readonly Json[]) {
  const texts = new Set(allowed.map(canonicalJson));
  if (place.values === undefined) return differs(place, keyword, "values outside the list are possible");
  const more = place.values.map(canonicalJson).filter((text) => !texts.has(text));
  return more.length === 0 ? none : differs(place, keyword, `${more.join(", ")} is not in the list`);
}

function bounded(
  keyword: string,
  boundOf: (schemas: readonly Keywords[]) => Bound | undefined,
  beyond: (a: number, b: number) => boolean,
): KeywordRule {
  return (place) => {
    if (!mayBe(place, "number")) return none;
    const wide = boundOf([{ [keyword]: place.wide[keyword]! }])!;
    const fits = (value: number) => beyond(value, wide.value) || (value === wide.value && !wide.exclusive);
    const numbers = place.values?.filter((value) => typeof value === "number");
    if (numbers?.every(fits) || boundImplies(boundOf(place.narrow), wide, beyond)) return none;
    return differs(place, keyword, `numbers beyond ${wide.value} are possible`);
  };
}

function scalar(keyword: string, { of, implies, fits }: ScalarRule): KeywordRule {
  return (place, { patterns }) => {
    const limit = place.wide[keyword]!;
    if (!mayBe(place, of) || implies(undefined, limit)) return none;
    if (place.narrow.some((schema) => schema[keyword] !== undefined && implies(schema[keyword], limit)))
      return none;
    const values = place.values?.filter((value) => typesOf(value).includes(of));
    if (values?.every((value) => fits(value as never, limit as never, patterns))) return none;
    return differs(place, keyword, `values that break ${keyword} ${JSON.stringify(limit)} are possible`);
  };
}
