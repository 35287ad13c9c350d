import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import fc from "fast-check";
import t from "tap";
import type { Schema } from "../../src/catalogue/compatibility/json-schema.ts";
import type { DescriptionDocument } from "../../src/catalogue/description-document.ts";
import { typesOf } from "../../src/catalogue/types-of.ts";
import { arbitrarySchema } from "./compatibility/arbitrary-schema.ts";
import { residence } from "./residence.ts";

const root = join(import.meta.dirname, "../..");
const [endpoint] = residence.endpoints;

/** What `tsc --strict` says of some files; empty when it accepts them. */
async function compile(t: Test, files: Readonly<Record<string, string>>): Promise<string> {
  const folder = t.testdir();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const paths = Object.keys(files).map((name) => join(folder, name));
  const flags = [
    "--strict",
    "--noEmit",
    "--exactOptionalPropertyTypes",
    "--ignoreConfig",
    "--target",
    "es2024",
  ];
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const more = ["--module", "nodenext", "--allowImportingTsExtensions"];
  // The test runner puts hooks into every Node process that it sees started, and tsc does not run with them.
  const command = ["-u", "NODE_OPTIONS", process.execPath, tsc];
  try {
    await promisify(execFile)("env", [...command, ...flags, ...more, ...paths]);
    return "";
  } catch (error) {
    const { stdout, stderr } = error as { readonly stdout?: string; readonly stderr?: string };
    return `failed: ${stdout ?? error}${stderr ?? ""}`;
  }
}

type Test = Pick<typeof t, "testdir">;

function answering(schema: Schema): DescriptionDocument {
  return { ...residence, endpoints: [{ ...endpoint, responses: { "200": { schema } } }] };
}

const use = `
import type { Endpoints, GetPersonsCodeResponse200 } from "./residence.ts";
export const good: GetPersonsCodeResponse200 = { code: "x", address: { city: "Harbour" } };
// @ts-expect-error: code is required
export const bad: GetPersonsCodeResponse200 = { address: {} };
// @ts-expect-error: nothing else is there
export const more: GetPersonsCodeResponse200 = { code: "x", address: {}, colour: "red" };
export const path: Endpoints["GET /persons/{code}"]["path"] = { code: "38001010000" };
`;

t.test("tsc --strict accepts them, and what fits them, and refuses what does not", async (t) => {
  t.equal(await compile(t, { "residence.ts": typesOf(residence), "use.ts": use }), "");
});

t.test("tsc --strict accepts what no schema should have", async (t) => {
  const self = { $ref: "#" };
  const schemas: Schema[] = [
    {
      description: "*/ declare const x: 1; /*",
      properties: { "*/": { description: "a\n*/\u2028b", type: "string" }, '"': true, __proto__: false },
    },
    { anyOf: [self, { type: "string" }] },
    { $ref: "#/$defs/A", $defs: { A: { $ref: "#/$defs/B" }, B: { $ref: "#/$defs/A" } } },
    { type: ["array", "null"], items: self },
    { type: "array", prefixItems: [{ type: "string" }, true], items: { type: "number" } },
    { type: "array", prefixItems: [{ enum: ["a", 1, null, ["x"], { y: 1 }] }], items: false },
    { type: "object", properties: { a: { type: "string" } }, additionalProperties: { type: "number" } },
    {
      allOf: [
        { properties: { a: { const: { b: [1] } } } },
        { oneOf: [{ type: "null" }, { type: "object", additionalProperties: false }] },
      ],
    },
    { $ref: "https://example.org/x" },
    {
      $defs: { Endpoints: { type: "string" }, "a b": true },
      properties: {
        a: { $ref: "#/$defs/Endpoints" },
        b: { $ref: "#/$defs/a%20b" },
        c: { $ref: "#/properties/a" },
      },
    },
    true,
    false,
  ];
  const document = {
    ...residence,
    title: { en: "two\nlines */" },
    endpoints: [
      ...schemas.map((schema, i) => ({
        ...endpoint,
        path: `/${i}/{code}`,
        request: { schema },
        responses: { "200": { schema } },
      })),
      { method: "*", path: "/**" },
      { method: "GET", path: "/a-b" },
      { method: "GET", path: "/a/b", responses: { "200": { schema: true } } },
    ],
  };
  t.equal(await compile(t, { "types.ts": typesOf(document) }), "");
});

t.test("tsc --strict accepts them for whatever schemas there are", async (t) => {
  const schemas = fc.sample(arbitrarySchema, { numRuns: 60, seed: 7 });
  const files = Object.fromEntries(schemas.map((schema, i) => [`types-${i}.ts`, typesOf(answering(schema))]));
  t.equal(await compile(t, files), "");
});
