import type { Schema } from "./json-schema.ts";

/** One end of the numbers that schemas allow together. */
export interface Bound {
  readonly value: number;
  readonly exclusive: boolean;
}

/** The greatest lower bound that any of the schemas sets. */
export function lowerBound(conjuncts: readonly Schema[]): Bound | undefined {
  return tightest(conjuncts, "minimum", "exclusiveMinimum", (a, b) => a > b);
}

/** The least upper bound that any of the schemas sets. */
export function upperBound(conjuncts: readonly Schema[]): Bound | undefined {
  return tightest(conjuncts, "maximum", "exclusiveMaximum", (a, b) => a < b);
}

/** Whether what lies beyond `narrow` lies beyond `wide`, too. @param beyond of the values: greater for lower ends */
export function boundImplies(
  narrow: Bound | undefined,
  wide: Bound,
  beyond: (a: number, b: number) => boolean,
): boolean {
  if (narrow === undefined) return false;
  if (narrow.value === wide.value) return narrow.exclusive || !wide.exclusive;
  return beyond(narrow.value, wide.value);
}

function tightest(
  conjuncts: readonly Schema[],
  inclusive: string,
  exclusive: string,
  tighter: (a: number, b: number) => boolean,
): Bound | undefined {
  let found: Bound | undefined;
  for (const schema of conjuncts) {
    if (typeof schema === "boolean") continue;
    for (const keyword of [inclusive, exclusive]) {
      const value = schema[keyword];
      if (typeof value !== "number") continue;
      const bound = { value, exclusive: keyword === exclusive };
      const replaces =
        found === undefined ||
        tighter(value, found.value) ||
        (value === found.value && bound.exclusive && !found.exclusive);
      if (replaces) found = bound;
    }
  }
  return found;
}
