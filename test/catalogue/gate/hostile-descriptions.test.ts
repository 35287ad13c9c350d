import fc from "fast-check";
import t from "tap";
import type { Schema } from "../../../src/catalogue/compatibility/json-schema.ts";
import type { DescriptionDocument } from "../../../src/catalogue/description-document.ts";
import { descriptionFaults } from "../../../src/catalogue/description-faults.ts";
import { checkPublication } from "../../../src/catalogue/gate/check-publication.ts";
import { type GateCode, gateCodes } from "../../../src/catalogue/gate/gate-codes.ts";
import { loadVocabulary } from "../../../src/catalogue/vocabulary.ts";
import type { Json } from "../../../src/core/canonical-json.ts";
import { monotonic } from "../../../src/core/clock.ts";
import { arbitrarySchema } from "../compatibility/arbitrary-schema.ts";
import { residence } from "../residence.ts";

const vocabulary = loadVocabulary();
const [endpoint] = residence.endpoints;
const [good] = [endpoint.responses["200"]];

function answering(schema: unknown, examples: readonly unknown[] = good.examples): DescriptionDocument {
  const media = { schema: schema as Schema, examples: examples as readonly Json[] };
  return { ...residence, endpoints: [{ ...endpoint, responses: { "200": media } }] };
}

/** The answer of the good service with one property more. */
function withProperty(property: unknown, $defs: object = {}): DescriptionDocument {
  const { properties, $defs: own, ...rest } = good.schema;
  return answering({ ...rest, properties: { ...properties, x: property }, $defs: { ...own, ...$defs } });
}

const list = (length: number, make: (i: number) => unknown) => Array.from({ length }, (_, i) => make(i));
const named = (length: number, make: (i: number) => unknown, prefix = "s") =>
  Object.fromEntries(list(length, (i) => [`${prefix}${i}`, make(i)]) as [string, unknown][]);
const element = { description: "A field.", "x-sealway-element": "person.residence" };
const text = { ...element, type: "string", maxLength: 100 };
const to = (name: string) => ({ $ref: `#/$defs/${name}` });
const object = (properties: object, more: object = {}) => ({
  ...{ type: "object", additionalProperties: false, ...element, properties },
  ...more,
});

/** Each doubles the next. */
const doubling = (levels: number, double: (next: object) => object) =>
  named(levels, (i) => (i === levels - 1 ? text : double(to(`s${i + 1}`))));
let deep: object = text;
for (let i = 0; i < 45; i++) deep = { allOf: [deep] };
let deepAny: object = text;
for (let i = 0; i < 45; i++) deepAny = { anyOf: [deepAny, { type: "null" }] };

type Hostile = readonly [what: string, document: DescriptionDocument, code: GateCode, place: string];
const x = "/endpoints/0/responses/200/schema";
const at = `${x}/properties/x`;
// biome-ignore format: a table is read by its columns
const hostile: readonly Hostile[] = [
  ["references that double thirty times, by allOf", withProperty(to("s0"), doubling(30, (next) => ({ allOf: [next, next] }))), "schema.fan-out", x],
  ["references that double thirty times, by anyOf", withProperty(to("s0"), doubling(30, (next) => ({ anyOf: [next, next] }))), "schema.fan-out", x],
  ["references that double thirty times, by properties of the same name", withProperty(to("s0"), doubling(30, (next) => ({ allOf: [object({ a: next }), object({ a: next })] }))), "schema.fan-out", x],
  ["recursion that doubles at each level", withProperty(to("s"), { s: { allOf: [object({ next: to("s") }), object({ next: to("s") })] } }), "schema.fan-out", x],
  ["recursion that doubles in arrays", withProperty(to("s"), { s: { type: "array", maxItems: 9, ...element, items: { anyOf: [to("s"), to("s")] } } }), "schema.fan-out", x],
  ["a chain of a thousand references", withProperty(to("s0"), named(1000, (i) => (i === 999 ? text : to(`s${i + 1}`)))), "schema.fan-out", `${x}/properties/x`],
  ["a chain of thousands of alternatives", withProperty(to("s0"), named(3000, (i) => (i === 2999 ? text : { anyOf: [to(`s${i + 1}`)] }))), "schema.fan-out", x],
  ["a large part referred to from everywhere", withProperty(object(named(1000, () => to("big"), "p")), { big: object(named(500, () => text, "q")) }), "schema.fan-out", x],
  ["10,000 alternatives", withProperty({ ...element, anyOf: list(9900, (i) => ({ const: `v${i}` })) }), "schema.fan-out", x],
  ["many elements that are compared each with each", withProperty({ ...element, type: "array", maxItems: 100_000, uniqueItems: true, items: object({ a: text }) }), "schema.fan-out", `${at}/uniqueItems`],
  ["a deep nest of allOf", withProperty(deep), "schema.too-large", ""],
  ["a deep nest of anyOf", withProperty(deepAny), "schema.too-large", ""],
  ["an enum of 100,000 values", withProperty({ ...text, enum: list(100_000, (i) => `v${i}`) }), "schema.too-large", `${at}/enum`],
  ["100,000 required names", answering({ ...good.schema, required: list(100_000, (i) => `r${i}`) }), "schema.too-large", `${x}/required`],
  ["10,000 properties", answering(object(named(10_000, () => text, "p"))), "schema.too-large", ""],
  ["10,000 properties, in several answers", { ...residence, endpoints: list(20, () => ({ ...endpoint, responses: { "200": { schema: object(named(2000, () => text, "p")) as Schema, examples: good.examples } } })) as never }, "description.too-large", ""],
  ["a description of 10 MB", withProperty({ ...text, description: "x".repeat(10_000_000) }), "description.too-large", ""],
  ["a text of 100 kB", withProperty({ ...text, description: "x".repeat(100_000) }), "schema.too-large", `${at}/description`],
  ["a circle of $ref", withProperty(to("s0"), { s0: to("s1"), s1: to("s0") }), "schema.circular-reference", `${x}/$defs/s0/$ref`],
  ["a circle of $ref by an alternative", withProperty(to("s0"), { s0: { anyOf: [to("s0"), text] } }), "schema.circular-reference", `${x}/$defs/s0/anyOf/0/$ref`],
  ["a circle of $ref by if", withProperty(to("s0"), { s0: { if: { not: to("s0") } } }), "schema.circular-reference", `${x}/$defs/s0/if/not/$ref`],
  ["a remote $ref", withProperty({ $ref: "http://127.0.0.1:1/schema.json", ...element }), "schema.remote-reference", `${at}/$ref`],
  ["a reference to a file", withProperty({ $ref: "file:///etc/passwd", ...element }), "schema.remote-reference", `${at}/$ref`],
  ["a remote meta-schema", answering({ ...good.schema, $schema: "http://127.0.0.1:1/meta" }), "schema.invalid", `${x}/$schema`],
  ["a pattern that back-tracks catastrophically", withProperty({ ...text, pattern: "^(\\w+\\s?)*$" }), "schema.slow-pattern", `${at}/pattern`],
  ["a pattern of names that back-tracks catastrophically", withProperty({ ...object({}), patternProperties: { "^(a|a)*$": text } }), "schema.slow-pattern", `${at}/patternProperties/^(a|a)*$`],
  ["a contradictory schema", withProperty({ ...text, minLength: 101 }), "schema.contradiction", `${at}/minLength`],
  ["a schema that allows nothing", withProperty({ ...element, allOf: [{ type: "string", maxLength: 9 }, { type: "integer" }] }), "schema.contradiction", at],
  ["a property that is required and false", withProperty(object({ a: false }, { required: ["a"] })), "schema.contradiction", `${at}/required`],
  ["a missing example", answering(good.schema, []), "example.missing", "/endpoints/0/responses/200/examples"],
  ["a name of Object's own", withProperty(object(JSON.parse('{"__proto__": {"type": "string", "maxLength": 9, "description": "x", "x-sealway-element": "person"}}'))), "schema.property-name", `${at}/properties/__proto__`],
  ["a format that nobody knows", withProperty({ ...text, format: "postcode" }), "schema.unknown-format", `${at}/format`],
];

function checked(document: DescriptionDocument) {
  const began = monotonic();
  const findings = checkPublication({
    ...{
      document,
      published: residence,
      catalogue: [],
      vocabulary,
      publicClasses: new Set(["GOV"]),
      exceptions: [],
      today: "2026-11-22",
    },
  });
  return { findings, time: monotonic() - began };
}

t.strictSame(
  checked({ ...residence, version: "1.0.1" }).findings,
  [],
  "the service without them is let through",
);

for (const [what, document, code, place] of hostile) {
  t.test(`refused: ${what}`, async (t) => {
    t.strictSame(descriptionFaults(document), [], "it has the form of a description");
    const { findings, time } = checked(document);
    const found = findings.find((finding) => finding.code === code);
    t.ok(found?.place.startsWith(place), `${JSON.stringify(findings.slice(0, 3)).slice(0, 600)}`);
    t.equal(gateCodes[code].severity, "refused");
    t.ok(time < 10_000, `${time.toFixed(0)} ms`);
    t.comment(`${time.toFixed(0)} ms`);
  });
}

t.test("keywords with values of other kinds are told, never thrown over", async () => {
  const keyword = fc.constantFrom(
    ...[
      "type",
      "properties",
      "required",
      "items",
      "prefixItems",
      "enum",
      "const",
      "$ref",
      "$defs",
      "allOf",
      "anyOf",
      "oneOf",
    ],
    ...[
      "not",
      "if",
      "then",
      "pattern",
      "patternProperties",
      "additionalProperties",
      "propertyNames",
      "maxLength",
      "format",
    ],
    ...[
      "dependentRequired",
      "dependentSchemas",
      "uniqueItems",
      "maxItems",
      "contains",
      "minimum",
      "x-sealway-element",
      "x-sealway-use",
    ],
  );
  const broken = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      fc.constantFrom<unknown>(null, true, false, 0, -1, "", "string", "#", "#/$defs/a", "(", [], {}),
      fc.dictionary(keyword, tie("value"), { maxKeys: 4, noNullPrototype: true }),
      fc.array(tie("value"), { maxLength: 3 }),
    ),
  })).value;
  const schema = fc.oneof(
    fc.dictionary(keyword, broken, { minKeys: 1, maxKeys: 5, noNullPrototype: true }),
    arbitrarySchema,
  );
  fc.assert(
    fc.property(schema, schema, (one, other) => {
      const document = { ...answering(one), version: "1.1.0" };
      const published = answering(other);
      const more = {
        catalogue: [published],
        vocabulary,
        publicClasses: new Set(["GOV"]),
        exceptions: [],
        today: "2026-11-22",
      };
      checkPublication({ document, published: undefined, ...more });
      if (checkPublication({ document: published, published: undefined, ...more }).length === 0)
        checkPublication({ document, published, ...more });
    }),
    { numRuns: 1500 },
  );
});
