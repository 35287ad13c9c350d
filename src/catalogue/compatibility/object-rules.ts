import { isSchema, type Schema } from "./json-schema.ts";
import {
  below,
  type Comparison,
  differs,
  type KeywordRule,
  type Keywords,
  mayBe,
  none,
  type Place,
} from "./keyword-rule.ts";
import type { SchemaDifference } from "./schema-difference.ts";

function onObjects(rule: KeywordRule): KeywordRule {
  return (place, comparison) => (mayBe(place, "object") ? rule(place, comparison) : none);
}

/** What is said of names: where patterns of names stand beside it, it is compared only when nothing changed. */
function onNames(rule: KeywordRule): KeywordRule {
  return onObjects((place, comparison) => {
    const patterns = place.narrow.some(({ patternProperties }) => patternProperties !== undefined);
    return (patterns ? sameShape : rule)(place, comparison);
  });
}

export const objectRules: Readonly<Record<string, KeywordRule>> = {
  required: onObjects((place) => {
    const always = new Set(place.narrow.flatMap(namesRequired));
    return namesRequired(place.wide)
      .filter((name) => !always.has(name))
      .flatMap((name) =>
        differs({ at: below(place.at, name) }, "required", "it is required, and may be absent"),
      );
  }),

  properties: onNames((place, comparison) =>
    Object.entries(propertiesOf(place.wide)).flatMap(([name, schema]) =>
      compareProperty(place, name, schema, comparison),
    ),
  ),

  additionalProperties: onNames((place, comparison) => {
    const additional = place.wide.additionalProperties as Schema;
    const known = propertiesOf(place.wide);
    // An object without any field is a field itself: nothing in it is cut.
    const cuts = comparison.unknownProperties === "cut" && Object.keys(known).length > 0;
    if (additional === false && cuts) return none;
    const declared = new Set(place.narrow.flatMap((schema) => Object.keys(propertiesOf(schema))));
    const named = [...declared].filter((name) => !Object.hasOwn(known, name));
    return [
      ...named.flatMap((name) => compareProperty(place, name, additional, comparison)),
      ...compareUndeclared(place, additional, comparison),
    ];
  }),

  patternProperties: onObjects(sameShape),

  minProperties: onObjects((place, { unknownProperties }) => {
    const least = place.wide.minProperties as number;
    const known = propertiesOf(place.wide);
    const required = new Set(place.narrow.flatMap(namesRequired));
    const cut = unknownProperties === "cut";
    const sure = [...required].filter((name) => !cut || Object.hasOwn(known, name)).length;
    const stated = cut
      ? 0
      : Math.max(0, ...place.narrow.map(({ minProperties }) => Number(minProperties ?? 0)));
    if (Math.max(sure, stated) >= least) return none;
    return differs(place, "minProperties", `fewer than ${least} properties are possible`);
  }),
};

function compareProperty(
  place: Place,
  name: string,
  wide: Schema,
  comparison: Comparison,
): readonly SchemaDifference[] {
  const schemas = place.narrow.flatMap((schema) => schemasOf(schema, name));
  const at = below(place.at, name);
  if (schemas.includes(false)) return none;
  if (wide === false) return differs({ at }, "additionalProperties", "it is not allowed any more");
  return comparison.compare(schemas, wide, at);
}

/** Names that none of `narrow` declares. */
function compareUndeclared(place: Place, wide: Schema, comparison: Comparison): readonly SchemaDifference[] {
  const schemas = place.narrow.flatMap(({ additionalProperties }) => asSchemas(additionalProperties));
  if (schemas.includes(false)) return none;
  if (wide === false)
    return differs(place, "additionalProperties", "names that are not declared are refused");
  return comparison.compare(schemas, wide, below(place.at, "*"));
}

/** What a schema says of the property, without patterns. */
function schemasOf(schema: Keywords, name: string): readonly Schema[] {
  const properties = propertiesOf(schema);
  return Object.hasOwn(properties, name) ? [properties[name]!] : asSchemas(schema.additionalProperties);
}

const shape = ["properties", "patternProperties", "additionalProperties"];

function sameShape(place: Place, comparison: Comparison): readonly SchemaDifference[] {
  const unchanged = place.narrow.some((schema) =>
    shape.every((keyword) => comparison.same(schema[keyword], place.wide[keyword])),
  );
  if (unchanged) return none;
  return differs(place, "patternProperties", "objects with patternProperties can only stay as they are");
}

function propertiesOf({ properties }: Keywords): Readonly<Record<string, Schema>> {
  return (properties ?? {}) as Readonly<Record<string, Schema>>;
}

function namesRequired({ required }: Keywords): readonly string[] {
  return Array.isArray(required) ? (required as string[]) : [];
}

function asSchemas(value: Keywords[string] | undefined): readonly Schema[] {
  return isSchema(value) ? [value] : [];
}
