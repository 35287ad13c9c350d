import fc from "fast-check";
import type { Schema } from "../../../src/catalogue/compatibility/json-schema.ts";
import type { Json } from "../../../src/core/canonical-json.ts";

type Keywords = Exclude<Schema, boolean>;

const names = ["a", "b", "c"];
const texts = ["", "x", "xy", "xyz", "AB", "12"];
const scalars: readonly Json[] = [null, true, false, 0, 1, 2, 2.5, 10, ...texts];
const patterns = ["^[A-Z]+$", "^x", "^[0-9]*$"];
const small = fc.integer({ min: 0, max: 3 });

const { schema } = fc.letrec<{ schema: Schema }>((tie) => {
  const sub = tie("schema");
  const some = (record: Record<string, fc.Arbitrary<unknown>>) =>
    fc.record(record, { requiredKeys: [] }) as fc.Arbitrary<Keywords>;
  const string = some({
    type: fc.constant("string"),
    ...{ minLength: small, maxLength: small, pattern: fc.constantFrom(...patterns) },
  });
  const number = some({
    type: fc.constantFrom("number", "integer", ["integer", "null"]),
    ...{ minimum: small, maximum: fc.integer({ min: 1, max: 12 }), exclusiveMinimum: small },
    ...{ exclusiveMaximum: fc.integer({ min: 1, max: 12 }), multipleOf: fc.constantFrom(1, 2, 4, 0.5) },
  });
  const object = some({
    type: fc.constantFrom("object", ["object", "null"]),
    properties: fc.dictionary(fc.constantFrom(...names), sub, { maxKeys: 3 }),
    required: fc.uniqueArray(fc.constantFrom(...names), { maxLength: 2 }),
    additionalProperties: fc.oneof(fc.constant(false), fc.constant(false), sub),
    ...{ minProperties: small, maxProperties: small },
    dependentRequired: fc.constantFrom({ a: ["b"] }, { b: ["c"] }),
    patternProperties: fc.constantFrom<unknown>(undefined, undefined, { "^a": { type: "string" } }),
  });
  const array = some({
    type: fc.constant("array"),
    ...{ items: sub, prefixItems: fc.array(sub, { minLength: 1, maxLength: 2 }) },
    ...{
      minItems: small,
      maxItems: small,
      uniqueItems: fc.boolean(),
      contains: fc.constantFrom(true, { type: "string" }),
    },
    ...{ minContains: fc.constantFrom(0, 1, 2) },
  });
  const listed = fc.uniqueArray(fc.constantFrom(...scalars), { minLength: 1, maxLength: 4 });
  const single = fc.oneof(
    listed.map((values): Keywords => ({ enum: values })),
    fc.constantFrom(...scalars).map((value): Keywords => ({ const: value })),
    fc.constantFrom<Keywords>(
      { not: { type: "string" } },
      { $ref: "#/$defs/text" },
      { $ref: "#/$defs/tree" },
    ),
  );
  const branches = fc.array(sub, { minLength: 1, maxLength: 3 });
  const combined = fc.oneof(
    branches.map((anyOf): Keywords => ({ anyOf: anyOf as never })),
    branches.map((oneOf): Keywords => ({ oneOf: oneOf as never })),
    branches.map((allOf): Keywords => ({ allOf: allOf as never })),
    fc
      .tuple(sub, sub)
      .map(
        (pair): Keywords =>
          Object.fromEntries(pair.map((value, i) => [i === 0 ? "if" : "then", value as never])),
      ),
  );
  return {
    schema: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.oneof(fc.boolean(), string, number, single) as fc.Arbitrary<Schema>,
      fc.oneof(object, object, array, combined) as fc.Arbitrary<Schema>,
    ),
  };
});

const definitions = {
  text: { type: "string", maxLength: 2 },
  tree: {
    type: "object",
    properties: { a: { $ref: "#/$defs/tree" }, b: { type: "integer" } },
    additionalProperties: false,
  },
} as const;

/** Absent keywords are absent, not undefined. */
function withoutAbsent(value: unknown): never {
  return JSON.parse(JSON.stringify(value)) as never;
}

/** Whole documents with definitions: every keyword that is compared, and some that are only kept. */
export const arbitrarySchema: fc.Arbitrary<Keywords> = schema.map((value) =>
  withoutAbsent(
    typeof value === "boolean" ? { allOf: [value], $defs: definitions } : { ...value, $defs: definitions },
  ),
);

/** Schema and a neighbour of it: one keyword somewhere replaced, dropped or added; what developers do. */
export const neighbours: fc.Arbitrary<readonly [Keywords, Keywords]> = fc
  .tuple(arbitrarySchema, arbitrarySchema, fc.nat(), fc.boolean())
  .map(([one, other, at, swap]) => {
    const changed = JSON.parse(JSON.stringify(one)) as Record<string, Json>;
    const places = placesOf(changed);
    const place = places[at % places.length]!;
    const donor = Object.entries(other).filter(([keyword]) => keyword !== "$defs");
    const [keyword, value] = donor[at % Math.max(1, donor.length)] ?? ["title", "x"];
    if (at % 3 === 0) delete place[keyword];
    else place[keyword] = value;
    return swap ? ([changed, one] as const) : ([one, changed] as const);
  });

/** Every schema object of a document outside its definitions. */
function placesOf(schema: Record<string, Json>): Record<string, Json>[] {
  const below = Object.entries(schema).flatMap(([keyword, value]) => {
    if (
      ["$defs", "dependentRequired", "enum", "const"].includes(keyword) ||
      typeof value !== "object" ||
      value === null
    )
      return [];
    const children =
      (/roperties$/.test(keyword) && keyword !== "additionalProperties") || Array.isArray(value)
        ? Object.values(value)
        : [value];
    return children.filter((child) => typeof child === "object" && child !== null && !Array.isArray(child));
  });
  return [schema, ...below.flatMap((child) => placesOf(child as Record<string, Json>))];
}

/** Instances in which the schemas above find something to judge. */
export const arbitraryInstance: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom(...scalars),
    fc.dictionary(fc.constantFrom(...names, "d"), tie("value"), {
      maxKeys: 4,
      noNullPrototype: true,
    }) as fc.Arbitrary<Json>,
    fc.array(tie("value"), { maxLength: 4 }) as fc.Arbitrary<Json>,
  ),
})).value;
