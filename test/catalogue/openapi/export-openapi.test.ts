import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import t from "tap";
import type { DescriptionDocument } from "../../../src/catalogue/description-document.ts";
import { exportOpenApi } from "../../../src/catalogue/openapi/export-openapi.ts";
import { importOpenApi } from "../../../src/catalogue/openapi/import-openapi.ts";
import { canonicalJson, type Json } from "../../../src/core/canonical-json.ts";
import { services } from "../../../src/dev/country/services.ts";
import { arbitrarySchema } from "../compatibility/arbitrary-schema.ts";
import { residence } from "../residence.ts";
import { openApiStructure } from "./openapi-structure.ts";

const hasStructure = new Ajv2020({ strict: false, allErrors: true }).compile(openApiStructure);

function again(document: DescriptionDocument): DescriptionDocument {
  const exported = exportOpenApi(document);
  return importOpenApi("f", JSON.parse(JSON.stringify(exported.document)) as Json, document.id).description;
}

const [endpoint] = residence.endpoints;
const rich: DescriptionDocument = {
  ...residence,
  endpoints: [
    ...residence.endpoints,
    {
      method: "POST",
      path: "/persons/{code}/moves",
      summary: { en: "Tell of a move" },
      subjects: [{ in: "header", name: "X-Person", role: "asked-about", scheme: "urn:dev:personal-code" }],
      parameters: {
        "path:code": { schema: { type: "string", maxLength: 20 }, element: "person.identifier", use: "key" },
        "query:dry": {
          description: { en: "Only try." },
          schema: { type: "boolean" },
          required: true,
          use: "claim",
        },
      },
      request: {
        schema: {
          type: "object",
          properties: { to: { $ref: "#/$defs/Address" }, next: { $ref: "#" } },
          $defs: { Address: { type: "string", maxLength: 9 } },
        },
        examples: [{ to: "x" }, { to: "y" }],
      },
      responses: {
        "201": {
          schema: {
            $ref: "#/$defs/Address",
            $defs: { Address: { type: "object", properties: { again: { $ref: "#/$defs/Address" } } } },
          },
        },
        "404": { schema: true },
      },
      responseHeaders: ["Location", "ETag"],
    },
  ],
};

t.test("an export has OpenAPI's structure", async (t) => {
  for (const document of [
    residence,
    rich,
    ...services.map(({ description }) => description as DescriptionDocument),
  ]) {
    const exported = exportOpenApi(document).document;
    hasStructure(exported);
    t.strictSame(hasStructure.errors ?? [], []);
  }
  t.notOk(hasStructure({ openapi: "3.1.1", info: { title: "x" }, paths: {} }), "the structure is checked");
});

t.test("it is the same for the same description", async (t) => {
  const text = (document: DescriptionDocument) => JSON.stringify(exportOpenApi(document).document);
  t.equal(text(rich), text(structuredClone(rich)));
});

t.test("every reference leads somewhere in the document", async (t) => {
  const { document } = exportOpenApi(rich);
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(
    ([, reference]) => reference!,
  );
  t.equal(references.length, 5);
  t.ok(
    references.includes("#/components/schemas/Address") &&
      references.includes("#/components/schemas/Address_2"),
  );
  for (const reference of references) {
    let at: unknown = document;
    for (const token of reference.slice(2).split("/")) {
      at = (at as Record<string, unknown>)?.[
        decodeURIComponent(token).replaceAll("~1", "/").replaceAll("~0", "~")
      ];
    }
    t.ok(at, reference);
  }
});

t.test("the import of an export keeps endpoints, parameters, subjects and examples", async (t) => {
  t.strictSame(again(residence).endpoints, residence.endpoints);
  const kept = again(rich).endpoints;
  t.strictSame(
    kept.map(({ request: _r, responses: _s, ...rest }) => rest),
    rich.endpoints.map(({ request: _r, responses: _s, ...rest }) => rest),
  );
  t.strictSame(kept[1]!.request?.examples, [{ to: "x" }, { to: "y" }]);
  t.match(kept[1]!.responses!["201"]!.schema, {
    $defs: { Address_2: { properties: { again: { $ref: "#/$defs/Address_2" } } } },
  });
  t.strictSame(again(again(rich)), again(rich), "from then on nothing changes");
});

t.test("whatever a schema is, import of export keeps it", async () => {
  fc.assert(
    fc.property(arbitrarySchema, (schema) => {
      const document: DescriptionDocument = {
        ...residence,
        endpoints: [{ ...endpoint, responses: { "200": { schema } } }],
      };
      const kept = again(document).endpoints[0]!.responses!["200"]!.schema;
      const { $defs: definitions = {}, ...rest } = kept as Record<string, Json>;
      const { $defs: were, ...was } = schema as Record<string, Json>;
      // Definitions that nothing refers to are gone.
      const same = Object.entries(definitions as object).every(
        ([name, each]) => canonicalJson(each) === canonicalJson((were as Record<string, Json>)[name]!),
      );
      return same && canonicalJson(rest) === canonicalJson(was);
    }),
    { numRuns: 300 },
  );
});

t.test("what OpenAPI cannot say is left out and told", async (t) => {
  const endpoints = [
    ...residence.endpoints,
    { method: "*", path: "/x" },
    { method: "GET", path: "/**" },
    { method: "PUT", path: "/persons/{other}" },
  ];
  t.strictSame(exportOpenApi({ ...residence, endpoints }).left, ["* /x", "GET /**", "PUT /persons/{other}"]);
});
