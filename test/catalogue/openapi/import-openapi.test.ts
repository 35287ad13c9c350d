import { readFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import type { DescriptionDocument } from "../../../src/catalogue/description-document.ts";
import { type ImportCode, importCodes } from "../../../src/catalogue/openapi/import-codes.ts";
import { importOpenApi } from "../../../src/catalogue/openapi/import-openapi.ts";
import { parseDocument } from "../../../src/catalogue/openapi/parse-document.ts";
import type { Json } from "../../../src/core/canonical-json.ts";
import { monotonic } from "../../../src/core/clock.ts";
import { unsafeId } from "../../../src/core/ids.ts";

const id = unsafeId<DescriptionDocument["id"]>("DEV/GOV/1/population/residence");
const json = (schema: Json) => ({ "application/json": { schema } });

/** A document with one operation; `operation` and `root` replace or add members. */
function openApi(operation: object = {}, root: object = {}, version = "3.0.3"): Json {
  const responses = { "200": { description: "Yes", content: json({ type: "object" }) } };
  const document = {
    openapi: version,
    info: { title: "T", version: "1.0.0" },
    paths: { "/a/{code}": { get: { responses, ...operation } } },
    ...root,
  };
  return document as unknown as Json;
}

const imported = (document: Json) => importOpenApi("f", document, id);
const responding = (schema: Json, more: object = {}) => ({
  responses: { "200": { content: { "application/json": { schema, ...more } } } },
});
const schemaOf = (schema: Json, version?: string, root: object = {}) =>
  imported(openApi(responding(schema), root, version)).description.endpoints[0]!.responses!["200"]!.schema;

t.test("a whole document of version 3.0, in YAML", async (t) => {
  const file = join(import.meta.dirname, "residence.yaml");
  const { description, notes } = importOpenApi(file, parseDocument(file, readFileSync(file)), id);
  t.match(description, { v: 1, id, version: "1.2.0", title: { en: "Residence" }, validation: "observe" });
  const [endpoint] = description.endpoints;
  t.match(endpoint, {
    method: "GET",
    path: "/persons/{code}/residence",
    summary: { en: "Where a person lives" },
    parameters: {
      "path:code": { element: "person.identifier", use: "key" },
      "query:on": { schema: { type: "string", format: "date" }, use: "key" },
    },
    responseHeaders: ["Last-Modified"],
  });
  const { schema, examples } = endpoint!.responses!["200"]!;
  t.match(schema, {
    $ref: "#/$defs/Residence",
    $defs: {
      Residence: {
        required: ["code", "address"],
        properties: { floors: { exclusiveMinimum: 0, minimum: undefined } },
      },
      Address: { properties: { street: { type: ["string", "null"] }, city: { examples: ["Harbour"] } } },
    },
  });
  t.equal(examples?.length, 1);
  t.strictSame(notes.map(({ code }) => code).sort(), [
    "parameter.in",
    "response.status",
    "schema.keyword",
    "service.contact",
    "service.servers",
    "service.timeout",
    "text.language",
  ]);
});

// biome-ignore format: a table is read by its columns
const schemas: readonly (readonly [what: string, version: string, schema: Json, expected: Json])[] = [
  ["nullable", "3.0.3", { type: "string", nullable: true }, { type: ["string", "null"] }],
  ["nullable with an enum that has null", "3.0.3", { type: "string", nullable: true, enum: ["a", null] }, { type: ["string", "null"], enum: ["a", null] }],
  ["nullable with an enum that has not", "3.0.3", { type: "string", nullable: true, enum: ["a"] }, { type: "string", enum: ["a"] }],
  ["exclusiveMinimum as a switch", "3.0.3", { type: "number", minimum: 1, exclusiveMinimum: true }, { type: "number", exclusiveMinimum: 1 }],
  ["exclusiveMaximum as a switch that is off", "3.0.3", { type: "number", maximum: 1, exclusiveMaximum: false }, { type: "number", maximum: 1 }],
  ["exclusiveMinimum as a number, in 3.0", "3.0.3", { type: "number", exclusiveMinimum: 1 }, { type: "number" }],
  ["exclusiveMinimum as a number, in 3.1", "3.1.0", { type: "number", exclusiveMinimum: 1 }, { type: "number", exclusiveMinimum: 1 }],
  ["example", "3.0.3", { type: "string", example: "x" }, { type: "string", examples: ["x"] }],
  ["examples, in 3.1", "3.1.0", { type: "string", examples: ["x", "y"] }, { type: "string", examples: ["x", "y"] }],
  ["discriminator", "3.0.3", { oneOf: [{ type: "string" }], discriminator: { propertyName: "x" } }, { oneOf: [{ type: "string" }] }],
  ["writeOnly in an answer", "3.0.3", { type: "object", required: ["a"], properties: { a: { type: "string", writeOnly: true } } }, { type: "object", properties: {} }],
  ["readOnly in an answer", "3.0.3", { type: "object", properties: { a: { type: "string", readOnly: true } } }, { type: "object", properties: { a: { type: "string", readOnly: true } } }],
  ["a keyword that is none", "3.1.0", { type: "string", maxlength: 1 }, { type: "string" }],
  ["properties named as keywords", "3.1.0", { properties: { nullable: { type: "string" }, $ref: { type: "string" } } }, { properties: { nullable: { type: "string" }, $ref: { type: "string" } } }],
  ["booleans", "3.1.0", { properties: { a: true, b: false } }, { properties: { a: true, b: false } }],
];
for (const [what, version, schema, expected] of schemas) {
  t.test(`schema: ${what} (${version})`, async (t) => t.strictSame(schemaOf(schema, version), expected));
}

t.test("a property that is called __proto__ stays a property", async (t) => {
  const schema = schemaOf(JSON.parse('{"properties": {"__proto__": {"type": "string"}}}'), "3.1.0");
  t.strictSame(JSON.stringify(schema), '{"properties":{"__proto__":{"type":"string"}}}');
});

t.test("readOnly is not sent, and need not be", async (t) => {
  const schema = {
    type: "object",
    required: ["id", "a"],
    properties: { id: { $ref: "#/components/schemas/Id" }, a: { type: "string" } },
  };
  const document = openApi(
    { requestBody: { required: true, content: json(schema) } },
    { components: { schemas: { Id: { type: "string", readOnly: true } } } },
  );
  t.strictSame(imported(document).description.endpoints[0]!.request!.schema, {
    type: "object",
    required: ["a"],
    properties: { a: { type: "string" } },
  });
});

t.test("recursion passes through a property", async (t) => {
  const Node = { type: "object", properties: { next: { $ref: "#/components/schemas/Node" } } };
  t.strictSame(
    schemaOf({ $ref: "#/components/schemas/Node" }, "3.0.3", { components: { schemas: { Node } } }),
    {
      $ref: "#/$defs/Node",
      $defs: { Node: { type: "object", properties: { next: { $ref: "#/$defs/Node" } } } },
    },
  );
});

t.test("two schemas of one last name keep apart", async (t) => {
  const components = { schemas: { A: { properties: { x: { type: "string" } } }, x: { type: "number" } } };
  const schema = schemaOf(
    { allOf: [{ $ref: "#/components/schemas/A/properties/x" }, { $ref: "#/components/schemas/x" }] },
    "3.1.0",
    { components },
  );
  t.match(schema, {
    allOf: [{ $ref: "#/$defs/x" }, { $ref: "#/$defs/x_2" }],
    $defs: { x: { type: "string" }, x_2: { type: "number" } },
  });
});

const param = (more: object) => ({
  parameters: [{ name: "q", in: "query", schema: { type: "string" }, ...more }],
});
const long = "x".repeat(2001);
// biome-ignore format: a table is read by its columns
const notes: readonly (readonly [code: ImportCode, place: string, document: Json])[] = [
  ["text.language", "/info", openApi()],
  ["text.long", "/info/description", openApi({}, { info: { title: "T", version: "1.0.0", description: long } })],
  ["service.version", "/info/version", openApi({}, { info: { title: "T", version: "v1" } })],
  ["service.timeout", "", openApi()],
  ["service.contact", "/info/contact", openApi({}, { info: { title: "T", version: "1.0.0", contact: { name: "x" } } })],
  ["service.servers", "/servers", openApi({}, { servers: [{ url: "https://x" }] })],
  ["service.security", "/paths/~1a~1{code}/get/security", openApi({ security: [] })],
  ["service.many", "/paths", openApi({}, { paths: Object.fromEntries(Array.from({ length: 501 }, (_, i) => [`/p${i}`, { get: {} }])) })],
  ["document.member", "/paths/~1a~1{code}/get/callbacks", openApi({ callbacks: {} })],
  ["document.member", "/webhooks", openApi({}, { webhooks: {} })],
  ["path.template", "/paths/~1a.{ext}", openApi({}, { paths: { "/a.{ext}": { get: {} }, "/b": { get: {} } } })],
  ["parameter.in", "/paths/~1a~1{code}/get/parameters/0", openApi(param({ in: "cookie" }))],
  ["parameter.name", "/paths/~1a~1{code}/get/parameters/0", openApi(param({ name: "filter[a]" }))],
  ["parameter.style", "/paths/~1a~1{code}/get/parameters/0", openApi(param({ style: "deepObject" }))],
  ["parameter.style", "/paths/~1a~1{code}/get/parameters/0", openApi({ parameters: [{ name: "q", in: "query", content: json({}) }] })],
  ["parameter.use", "/paths/~1a/post/parameters/0", openApi({}, { paths: { "/a": { post: param({}) } } })],
  ["media.kind", "/paths/~1a~1{code}/get/responses/200/content/text~1csv", openApi({ responses: { "200": { content: { ...json({}), "text/csv": {} } } } })],
  ["media.schema", "/paths/~1a~1{code}/get/responses/200/content/application~1json", openApi({ responses: { "200": { content: { "application/json": {} } } } })],
  ["request.optional", "/paths/~1a~1{code}/get/requestBody", openApi({ requestBody: { content: json({}) } })],
  ["response.status", "/paths/~1a~1{code}/get/responses/2XX", openApi({ responses: { "2XX": { description: "x" } } })],
  ["response.empty", "/paths/~1a~1{code}/get/responses/204", openApi({ responses: { "204": { description: "x" } } })],
  ["example.elsewhere", "/paths/~1a~1{code}/get/responses/200/content/application~1json/examples/x", openApi(responding({}, { examples: { x: { externalValue: "https://x" } } }))],
  ["example.many", "/paths/~1a~1{code}/get/responses/200/content/application~1json", openApi(responding({}, { examples: Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`e${i}`, { value: i }])) }))],
  ["schema.keyword", "/paths/~1a~1{code}/get/responses/200/content/application~1json/schema/xml", openApi(responding({ xml: {} }))],
  ["schema.beside-ref", "/paths/~1a~1{code}/get/responses/200/content/application~1json/schema/nullable", openApi(responding({ $ref: "#/components/schemas/A", nullable: true }), { components: { schemas: { A: {} } } })],
  ["schema.nullable", "/paths/~1a~1{code}/get/responses/200/content/application~1json/schema/nullable", openApi(responding({ nullable: true }))],
  ["extension.value", "/paths/~1a~1{code}/get/x-sealway-subjects", openApi({ "x-sealway-subjects": [{ in: "mind" }] })],
  ["extension.value", "/paths/~1a~1{code}/get/parameters/0/x-sealway-use", openApi(param({ "x-sealway-use": "sell" }))],
];
for (const [code, place, document] of notes) {
  t.test(`left out and listed: ${code} at ${place}`, async (t) => {
    const found = imported(document).notes;
    t.ok(
      found.some((note) => note.code === code && note.place === place),
      JSON.stringify(found),
    );
    const usual = ["text.language", "service.timeout"];
    if (!usual.includes(code))
      t.notOk(
        imported(openApi()).notes.some((note) => note.code === code),
        "not told otherwise",
      );
  });
}
t.test("every code of the import has a case", async (t) => {
  t.strictSame(
    Object.keys(importCodes).filter((code) => !notes.some(([tried]) => tried === code)),
    [],
  );
});

const everywhere = (operation: object, components: object) =>
  openApi(
    {},
    {
      paths: Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`/p${i}`, { get: operation }])),
      components,
    },
  );
const large = Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`p${i}`, { type: "string" }]));
const chain = Object.fromEntries(
  Array.from({ length: 5000 }, (_, i) => [
    `s${i}`,
    i < 4999 ? { allOf: [{ $ref: `#/components/schemas/s${i + 1}` }] } : {},
  ]),
);
const cycle = { A: { $ref: "#/components/schemas/B" }, B: { $ref: "#/components/schemas/A" } };
// biome-ignore format: a table is read by its columns
const refused: readonly (readonly [what: string, document: Json, told: RegExp])[] = [
  ["a remote $ref in a schema", openApi(responding({ $ref: "https://example.org/a.json#/A" })), /\/schema: the reference https:\/\/example\.org\/a\.json#\/A leads out of the document/],
  ["a remote $ref to a file", openApi(responding({ properties: { a: { $ref: "./a.yaml" } } })), /\/schema\/properties\/a: the reference \.\/a\.yaml leads out/],
  ["a remote $ref of a parameter", openApi({ parameters: [{ $ref: "//x/y" }] }), /\/parameters\/0: the reference \/\/x\/y leads out/],
  ["a remote $ref of a path", openApi({}, { paths: { "/a": { $ref: "a.yaml" } } }), /\/paths\/~1a: the reference a\.yaml leads out/],
  ["a $ref that leads nowhere", openApi(responding({ $ref: "#/components/schemas/None" })), /leads nowhere/],
  ["a $ref that is no text", openApi(responding({ $ref: 7 })), /leads nowhere/],
  ["a $ref cycle of schemas", openApi(responding({ $ref: "#/components/schemas/A" }), { components: { schemas: cycle } }), /comes back to itself/],
  ["a $ref cycle of parameters", openApi({ parameters: [{ $ref: "#/components/parameters/A" }] }, { components: { parameters: { A: { $ref: "#/components/parameters/A" } } } }), /comes back to itself/],
  ["a schema that is none", openApi(responding({ properties: { a: "string" } })), /\/properties\/a: a schema is expected/],
  ["a schema with a name of its own", openApi(responding({ $id: "urn:x" }), {}, "3.1.0"), /\$id is not read/],
  ["a dynamic reference", openApi(responding({ $dynamicRef: "#x" }), {}, "3.1.0"), /\$dynamicRef is not read/],
  ["a large schema to which every endpoint refers", everywhere(responding({ $ref: "#/components/schemas/A" }), { schemas: { A: { properties: large } } }), /more than 200000 parts/],
  ["an enum of 100,000 values to which every endpoint refers", everywhere(responding({ $ref: "#/components/schemas/A" }), { schemas: { A: { enum: Array.from({ length: 100_000 }, (_, i) => i) } } }), /more than 200000 parts/],
  ["a large example of every endpoint", everywhere(responding({}, { examples: { x: { $ref: "#/components/examples/x" } } }), { examples: { x: { value: "x".repeat(5_000_000) } } }), /more than 200000 parts/],
  ["a long chain of references from every endpoint", everywhere(responding({ $ref: "#/components/schemas/s0" }), { schemas: chain }), /more than 200000 parts/],
  ["another dialect", openApi({}, { jsonSchemaDialect: "http://json-schema.org/draft-07/schema#" }, "3.1.0"), /the dialect is not read/],
  ["Swagger 2.0", { swagger: "2.0" }, /neither 3\.0 nor 3\.1/],
  ["OpenAPI 3.2", openApi({}, {}, "3.2.0"), /neither 3\.0 nor 3\.1/],
  ["no document at all", null, /neither 3\.0 nor 3\.1/],
  ["no endpoint", openApi({}, { paths: {} }), /no endpoint can be described/],
  ["an operation that is a text", openApi({}, { paths: { "/a": { get: "x" } } }), /an object is expected/],
];
for (const [what, document, told] of refused) {
  t.test(`refused: ${what}`, async (t) => {
    const began = monotonic();
    t.throws(() => imported(document), told);
    t.ok(monotonic() - began < 10_000, "soon");
  });
}

t.test("10,000 properties", async (t) => {
  const properties = Object.fromEntries(
    Array.from({ length: 10_000 }, (_, i) => [`p${i}`, { type: "string" }]),
  );
  t.equal(
    Object.keys((schemaOf({ type: "object", properties }) as { properties: object }).properties).length,
    10_000,
  );
});
