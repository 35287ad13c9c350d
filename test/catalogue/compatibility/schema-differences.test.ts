import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import t from "tap";
import type { Schema } from "../../../src/catalogue/compatibility/json-schema.ts";
import { schemaDifferences } from "../../../src/catalogue/compatibility/schema-differences.ts";
import { containsFirst } from "../../../src/catalogue/contains-first.ts";
import { knownMembers } from "../../../src/catalogue/known-members.ts";
import type { Json } from "../../../src/core/canonical-json.ts";
import { cutJson } from "../../../src/core/cut-json.ts";
import { arbitraryInstance, arbitrarySchema, neighbours } from "./arbitrary-schema.ts";

const ajv = containsFirst(new Ajv2020({ strict: false, logger: false }));

function fits(schema: Schema): (instance: Json) => boolean {
  try {
    const validate = ajv.compile(schema);
    return (instance) => {
      try {
        return validate(instance) === true;
      } catch {
        return false; // a schema that refers to itself without end
      }
    };
  } finally {
    ajv.removeSchema();
  }
}

const pairs = fc.oneof(neighbours, fc.tuple(arbitrarySchema, arbitrarySchema));

t.test("what is called compatible never refuses what was allowed", async (t) => {
  let proven = 0;
  let judged = 0;
  fc.assert(
    fc.property(
      pairs,
      fc.array(arbitraryInstance, { minLength: 20, maxLength: 60 }),
      ([narrow, wide], instances) => {
        if (schemaDifferences(narrow, wide, "refused").length > 0) return;
        proven++;
        const [before, after] = [fits(narrow), fits(wide)];
        for (const instance of instances.filter(before)) {
          judged++;
          if (!after(instance)) throw new Error(`${JSON.stringify(instance)} was allowed and is refused`);
        }
      },
    ),
    { numRuns: 2000 },
  );
  t.ok(proven > 200 && judged > 1000, `${proven} pairs proven, ${judged} instances judged`);
});

/**
 * As the gate wants them: objects are closed, and what they require they describe. What chooses between
 * schemas (oneOf, if) stays away: cutting may change the choice, which is not judged.
 */
function closed(schema: Schema): Schema {
  if (typeof schema === "boolean") return schema;
  const entries = Object.entries(schema)
    .filter(([keyword]) => !["oneOf", "if", "then", "else"].includes(keyword))
    .map(([keyword, value]) => [keyword, closedBelow(keyword, value)]);
  const { properties = {}, ...rest } = Object.fromEntries(entries) as Record<string, Json>;
  const required = ((schema.required ?? []) as string[]).filter((name) =>
    Object.hasOwn(properties as object, name),
  );
  const objects = [
    "properties",
    "required",
    "additionalProperties",
    "dependentRequired",
    "minProperties",
    "maxProperties",
  ];
  const isObject = schema.type === "object" || objects.some((keyword) => schema[keyword] !== undefined);
  if (!isObject) return rest;
  const { patternProperties: _, ...known } = rest;
  return { ...known, properties, required, additionalProperties: false };
}

function closedBelow(keyword: string, value: Json): Json {
  const one = (each: Json) => closed(each as Schema);
  if (["allOf", "anyOf", "oneOf", "prefixItems"].includes(keyword)) return (value as Json[]).map(one);
  if (["items", "contains", "additionalProperties"].includes(keyword)) return one(value);
  if (!["properties", "$defs"].includes(keyword)) return value;
  return Object.fromEntries(
    Object.entries(value as Record<string, Json>).map(([name, each]) => [name, one(each)]),
  );
}

/** Chance seldom makes an answer of which something is cut. */
const oneLess: Schema = { type: "object", properties: { a: { type: "integer" } } };
const oneMore: Schema = { type: "object", properties: { a: { type: "integer" }, b: { type: "integer" } } };

t.test("what is called compatible once unknown members are cut is so", async (t) => {
  const counts = { proven: 0, judged: 0, cut: 0 };
  fc.assert(
    fc.property(
      pairs,
      fc.array(arbitraryInstance, { minLength: 20, maxLength: 60 }),
      ([one, other], instances) => {
        const [narrow, wide] = [closed(one), closed(other)];
        if (schemaDifferences(narrow, wide, "cut").length > 0) return;
        counts.proven++;
        const [before, after] = [fits(narrow), fits(wide)];
        for (const instance of instances.filter(before)) {
          counts.judged++;
          const text = JSON.stringify(instance);
          const kept = cutJson(text, knownMembers(wide));
          if (kept !== text) counts.cut++;
          if (!after(JSON.parse(kept) as Json))
            throw new Error(`${text} was given and is not, cut to ${kept}`);
        }
      },
    ),
    {
      numRuns: 1000,
      examples: [
        [
          [oneMore, oneLess],
          [{ a: 1, b: 2 }, { a: 1 }],
        ],
      ],
    },
  );
  t.ok(counts.proven > 200 && counts.judged > 1000 && counts.cut > 0, JSON.stringify(counts));
});

t.test("a pattern that could keep the comparison busy is not run, nor one that is none", async (t) => {
  const listed = { enum: [`${"a".repeat(60)}!`] };
  for (const pattern of ["^(a+)+$", "("])
    t.match(schemaDifferences(listed, { type: "string", pattern }, "refused"), [{ keyword: "pattern" }]);
  t.strictSame(schemaDifferences({ enum: ["ab"] }, { type: "string", pattern: "^a" }, "refused"), []);
});

t.test("a schema is compatible with itself", async (t) => {
  fc.assert(
    fc.property(arbitrarySchema, (schema) => schemaDifferences(schema, schema, "refused").length === 0),
    { numRuns: 500 },
  );
  t.pass();
});

const text = { type: "string" };

/** What a developer does to a schema, and what of it may break a value that was allowed before: place and keyword. */
// biome-ignore format: a table is read by its columns
const changes: readonly (readonly [what: string, before: Schema, after: Schema, ...broken: string[]])[] = [
  ["a longer text", { type: "string", maxLength: 5 }, { type: "string", maxLength: 9 }],
  ["a shorter text", { type: "string", maxLength: 9 }, { type: "string", maxLength: 5 }, " maxLength"],
  ["no limit any more", { type: "string", maxLength: 9 }, { type: "string" }],
  ["another pattern", { type: "string", pattern: "^a" }, { type: "string", pattern: "^b" }, " pattern"],
  ["a format", { type: "string" }, { type: "string", format: "date" }, " format"],
  ["numbers for integers", { type: "integer" }, { type: "number" }],
  ["integers for numbers", { type: "number" }, { type: "integer" }, " type"],
  ["null as well", { type: "string" }, { type: ["string", "null"] }],
  ["null no more", { type: ["string", "null"] }, { type: "string" }, " type"],
  ["one more value", { enum: ["A", "B"] }, { enum: ["A", "B", "C"] }],
  ["one value less", { enum: ["A", "B"] }, { enum: ["A"] }, " enum"],
  ["any text for a list", { enum: ["A", "B"] }, { type: "string", maxLength: 1 }],
  ["a text too long for the limit", { enum: ["A", "BC"] }, { type: "string", maxLength: 1 }, " maxLength"],
  ["a list for any text", { type: "string" }, { enum: ["A"] }, " enum"],
  ["an exclusive bound for the next", { type: "number", exclusiveMinimum: 1 }, { type: "number", minimum: 1 }],
  ["the bound itself excluded", { type: "number", minimum: 1 }, { type: "number", exclusiveMinimum: 1 }, " exclusiveMinimum"],
  ["an optional property", object({ a: text }), object({ a: text, b: text })],
  ["a required property", object({ a: text }), object({ a: text, b: text }, ["b"]), "/b required"],
  ["a property that is gone", object({ a: text, b: text }), object({ a: text }), "/b additionalProperties"],
  ["a property that becomes optional", object({ a: text }, ["a"]), object({ a: text })],
  ["a closed object", { type: "object" }, object({ a: text }), "/a type", " additionalProperties"],
  ["something deep inside", object({ a: { type: "array", items: object({ b: text }) } }), object({ a: { type: "array", items: object({ b: { type: "integer" } }) } }), "/a/*/b type"],
  ["more elements", { type: "array", maxItems: 3 }, { type: "array", maxItems: 4 }],
  ["each alternative fits", { anyOf: [{ const: "A" }, { const: "B" }] }, { type: "string" }],
  ["one more alternative", { anyOf: [text] }, { anyOf: [text, { type: "null" }] }],
  ["one alternative less", { anyOf: [text, { type: "null" }] }, { anyOf: [text] }, " anyOf"],
  ["alternatives of different types", text, { oneOf: [text, { type: "null" }] }],
  ["alternatives that overlap", text, { oneOf: [text, { maxLength: 3 }] }, " oneOf"],
  ["a definition moved", { $ref: "#/$defs/x", $defs: { x: text } }, { $ref: "#/$defs/y", $defs: { y: text } }],
  ["a definition that was changed", { not: { $ref: "#/$defs/x" }, $defs: { x: text } }, { not: { $ref: "#/$defs/x" }, $defs: { x: { type: "null" } } }, " not"],
  ["a tree", tree({ type: "integer" }), tree({ type: "number" })],
  ["a tree with other leaves", tree({ type: "number" }), tree({ type: "integer" }), "/v type", "/next/v type"],
  ["a reference out of the document", text, { $ref: "https://example.org/x" }, " $ref"],
  ["a reference in a circle", { $ref: "#" }, { $ref: "#" }],
  ["an alternative that is the whole", text, { anyOf: [{ $ref: "#" }] }, " anyOf"],
  ["a keyword that nobody knows", text, { type: "string", "x-limit": 3 }, " x-limit"],
];

function object(properties: Record<string, Schema>, required: readonly string[] = []): Schema {
  return { type: "object", properties, required, additionalProperties: false };
}

function tree(leaf: Schema): Schema {
  const node = {
    type: "object",
    properties: { v: leaf, next: { $ref: "#/$defs/node" } },
    additionalProperties: false,
  };
  return { $ref: "#/$defs/node", $defs: { node } };
}

for (const [what, before, after, ...broken] of changes) {
  t.test(what, async (t) => {
    const found = schemaDifferences(before, after, "refused").map(({ at, keyword }) => `${at} ${keyword}`);
    t.strictSame(found, broken);
  });
}

t.test("a property that minimisation cuts away breaks nobody", async (t) => {
  const [before, after] = [object({ a: text }), object({ a: text, b: text }, ["b"])];
  t.strictSame(schemaDifferences(after, before, "cut"), []);
  t.not(schemaDifferences(after, before, "refused").length, 0);
  const emptied = { ...(object({ b: text }, ["b"]) as object) };
  t.match(schemaDifferences(emptied, { type: "object", minProperties: 1 }, "cut"), [
    { keyword: "minProperties" },
  ]);
});

t.test("schemas too entangled to be compared are told, and soon", async (t) => {
  const branch = (i: number) => ({
    anyOf: [{ $ref: `#/$defs/s${i + 1}` }, object({ [`p${i}`]: { $ref: `#/$defs/s${i + 1}` } })],
  });
  const $defs = Object.fromEntries(
    Array.from({ length: 40 }, (_, i) => [`s${i}`, i < 39 ? branch(i) : text]),
  );
  const found = schemaDifferences({ $ref: "#/$defs/s0", $defs }, object({ q: text }), "refused");
  t.not(found.length, 0);
});
