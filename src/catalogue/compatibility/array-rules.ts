import { isSchema, type Schema } from "./json-schema.ts";
import {
  below,
  type Comparison,
  type KeywordRule,
  type Keywords,
  mayBe,
  none,
  type Place,
} from "./keyword-rule.ts";
import type { SchemaDifference } from "./schema-difference.ts";

export const arrayRules: Readonly<Record<string, KeywordRule>> = {
  prefixItems: (place, comparison) =>
    mayBe(place, "array")
      ? prefixOf(place.wide).flatMap((schema, i) => compareElement(place, i, schema, comparison))
      : none,

  items: (place, comparison) => {
    if (!mayBe(place, "array")) return none;
    const schema = place.wide.items as Schema;
    const from = prefixOf(place.wide).length;
    const to = Math.max(from, ...place.narrow.map((narrow) => prefixOf(narrow).length));
    // One further than the longest prefix stands for all that follow.
    const indices = Array.from({ length: to - from + 1 }, (_, i) => from + i);
    return indices.flatMap((i) => compareElement(place, i, schema, comparison));
  },
};

function compareElement(
  place: Place,
  index: number,
  wide: Schema,
  comparison: Comparison,
): readonly SchemaDifference[] {
  const schemas = place.narrow.flatMap((schema) => schemasOf(schema, index));
  return schemas.includes(false) ? none : comparison.compare(schemas, wide, below(place.at, "*"));
}

function schemasOf(schema: Keywords, index: number): readonly Schema[] {
  const own = prefixOf(schema)[index] ?? schema.items;
  return isSchema(own) ? [own] : [];
}

function prefixOf({ prefixItems }: Keywords): readonly Schema[] {
  return Array.isArray(prefixItems) ? (prefixItems as Schema[]) : [];
}
