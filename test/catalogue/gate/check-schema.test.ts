import t from "tap";
import type { Schema } from "../../../src/catalogue/compatibility/json-schema.ts";
import { checkSchema } from "../../../src/catalogue/gate/check-schema.ts";
import type { GateCode } from "../../../src/catalogue/gate/gate-codes.ts";

const text = { type: "string", maxLength: 100, description: "A text." };
const good = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  type: "object",
  description: "A person.",
  properties: {
    name: text,
    born: { type: "string", format: "date", description: "Day of birth." },
    children: {
      type: "array",
      description: "The children.",
      maxItems: 50,
      items: { $ref: "#/$defs/child" },
    },
    next: { $ref: "#" },
  },
  required: ["name"],
  additionalProperties: false,
  $defs: { child: { type: "object", properties: { name: text }, additionalProperties: false } },
} as const;

function at(properties: Record<string, unknown>): Schema {
  return { ...good, properties: { ...good.properties, ...properties } } as Schema;
}

let deep: Schema = text;
for (let i = 0; i < 40; i++) deep = at({ x: deep });

/** What is wrong, and where it is found; everything else is right. */
// biome-ignore format: a table is read by its columns
const faults: readonly (readonly [what: string, schema: Schema, code: GateCode, place: string])[] = [
  ["a keyword with another value", at({ x: { ...text, maxLength: -1 } }), "schema.invalid", "/s/properties/x/maxLength"],
  ["nested too deeply", deep, "schema.too-large", "/s/properties/"],
  ["10,000 properties", at(Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`p${i}`, text]))), "schema.too-large", "/s/properties/"],
  ["a misspelt keyword", at({ x: { ...text, maxlength: 3 } }), "schema.unknown-keyword", "/s/properties/x/maxlength"],
  ["a remote reference", at({ x: { $ref: "https://example.org/s.json", description: "x" } }), "schema.remote-reference", "/s/properties/x/$ref"],
  ["a reference to nothing", at({ x: { $ref: "#/$defs/none", description: "x" } }), "schema.broken-reference", "/s/properties/x/$ref"],
  ["a circle of references", { ...good, $defs: { ...good.$defs, a: { $ref: "#/$defs/b" }, b: { $ref: "#/$defs/a" } } }, "schema.circular-reference", "/s/$defs/a/$ref"],
  ["a part with its own address", at({ x: { ...text, $id: "urn:x" } }), "schema.own-identifier", "/s/properties/x/$id"],
  ["an open object", at({ x: { type: "object", properties: { a: text }, description: "x" } }), "schema.open-object", "/s/properties/x"],
  ["a map of anything", at({ x: { type: "object", additionalProperties: text, description: "x" } }), "schema.open-map", "/s/properties/x/additionalProperties"],
  ["patterns of names", at({ x: { type: "object", patternProperties: { "^x": text }, additionalProperties: false, description: "x" } }), "schema.open-map", "/s/properties/x/patternProperties"],
  ["a text without end", at({ x: { type: "string", description: "x" } }), "schema.unbounded-string", "/s/properties/x"],
  ["an array without end", at({ x: { type: "array", items: text, description: "x" } }), "schema.unbounded-array", "/s/properties/x"],
  ["anything", at({ x: { description: "x" } }), "schema.untyped", "/s/properties/x"],
  ["true", at({ x: true }), "schema.untyped", "/s/properties/x"],
  ["elements of any kind", at({ x: { type: "array", maxItems: 3, description: "x" } }), "schema.untyped", "/s/properties/x"],
  ["no description", at({ x: { type: "integer" } }), "schema.undescribed", "/s/properties/x"],
  ["bounds the wrong way round", at({ x: { ...text, minLength: 200 } }), "schema.contradiction", "/s/properties/x/minLength"],
  ["a required member that is not allowed", { ...good, required: ["nmae"] }, "schema.contradiction", "/s/required"],
  ["a value of another type in the list", at({ x: { ...text, enum: ["A", 1] } }), "schema.contradiction", "/s/properties/x/enum/1"],
  ["a pattern that is none", at({ x: { ...text, pattern: "(" } }), "schema.invalid", "/s/properties/x/pattern"],
  ["a pattern that back-tracks catastrophically", at({ x: { ...text, pattern: "^(?:a+)+$" } }), "schema.slow-pattern", "/s/properties/x/pattern"],
  ["a pattern that nobody can judge", at({ x: { ...text, pattern: "^(a)\\1$" } }), "schema.unjudged-pattern", "/s/properties/x/pattern"],
  ["a homoglyph in a name", at({ "n\u0430me": text }), "schema.property-name", "/s/properties/n\u0430me"],
];

t.test("a schema without fault is let through", async (t) => t.strictSame(checkSchema(good, "/s"), []));

for (const [what, schema, code, place] of faults) {
  t.test(what, async (t) => {
    const [finding, ...more] = checkSchema(schema, "/s");
    t.match(finding, { code, place: code === "schema.too-large" ? new RegExp(`^${place}`) : place });
    t.strictSame(
      more.filter((other) => other.code !== code),
      [],
    );
  });
}
