import { createHash } from "node:crypto";
import t from "tap";
import type { DescriptionDocument } from "../../src/catalogue/description-document.ts";
import { parseServiceDescription } from "../../src/catalogue/service-description.ts";
import { startMockServer } from "../../src/cli/mock-server.ts";
import { residence } from "../catalogue/residence.ts";

const [endpoint] = residence.endpoints;
const application = {
  type: "object",
  required: ["street"],
  additionalProperties: false,
  properties: { street: { type: "string", maxLength: 10 } },
} as const;
const document: DescriptionDocument = {
  ...residence,
  maxRequestBytes: 1000,
  endpoints: [
    {
      ...endpoint,
      parameters: {
        ...endpoint.parameters,
        "query:on": { schema: { type: "string", format: "date" }, use: "key" },
        "query:floor": { schema: { type: "integer" }, use: "key" },
      },
      responses: { ...endpoint.responses, "404": { schema: true, examples: [{ message: "nobody" }] } },
    },
    {
      method: "POST",
      path: "/moves",
      parameters: { "query:dry": { schema: { type: "boolean" }, required: true, use: "claim" } },
      request: { schema: application },
      responses: { "201": { schema: true, examples: [{ done: true }] } },
    },
    { method: "GET", path: "/silent" },
  ],
};
const bytes = Buffer.from(JSON.stringify(document));
const server = await startMockServer(
  parseServiceDescription(bytes, createHash("sha256").update(bytes).digest("base64url")),
  0,
);
t.teardown(() => server.close());

async function call(path: string, init: RequestInit = {}) {
  const response = await fetch(`${server.address}${path}`, init);
  const text = await response.text();
  return {
    status: response.status,
    mock: response.headers.get("sealway-mock"),
    allow: response.headers.get("allow"),
    body: text === "" ? undefined : JSON.parse(text),
  };
}
const post = (body: string, path = "/moves?dry=true") => call(path, { method: "POST", body });
const example = endpoint.responses["200"].examples[0];

t.test("it answers with the example, at the service's path and below its name", async (t) => {
  t.match(await call("/persons/38001010000"), { status: 200, mock: "example", body: example });
  t.match(await call(`/r1/${residence.id}/persons/38001010000?on=2026-01-01&floor=3`), {
    status: 200,
    body: example,
  });
  t.match(await post('{"street": "Quay"}'), { status: 201, body: { done: true } });
});

t.test("the caller chooses a status", async (t) => {
  t.match(await call("/persons/1", { headers: { prefer: "code=404" } }), {
    status: 404,
    mock: "example",
    body: { message: "nobody" },
  });
  t.match(await call("/persons/1", { headers: { prefer: "code=418" } }), { status: 501 });
});

// biome-ignore format: a table is read by its columns
const refused: readonly (readonly [what: string, call: () => ReturnType<typeof call>, answer: object])[] = [
  ["an unknown path", () => call("/nothing"), { status: 404 }],
  ["another method", () => call("/moves"), { status: 405, allow: "POST" }],
  ["a path parameter that is too long", () => call(`/persons/${"1".repeat(21)}`), { status: 400, body: { faults: [{ place: "path:code" }] } }],
  ["a query that does not fit", () => call("/persons/1?on=yesterday"), { status: 400, body: { faults: [{ place: "query:on" }] } }],
  ["a text for a number", () => call("/persons/1?floor=x"), { status: 400, body: { faults: [{ place: "query:floor" }] } }],
  ["a query that is not described", () => call("/persons/1?colour=red"), { status: 400, body: { faults: [{ place: "query:colour", problem: "not described" }] } }],
  ["a query that is missing", () => post('{"street": "x"}', "/moves"), { status: 400, body: { faults: [{ place: "query:dry", problem: "missing" }] } }],
  ["a body that does not fit", () => post('{"street": "Harbour Street 1", "city": "x"}'), { status: 400, body: { faults: [{ problem: /additional properties: city/ }, { place: "/street", problem: /10 characters/ }] } }],
  ["broken JSON", () => post("{"), { status: 400, body: { faults: [{ problem: "it is not JSON" }] } }],
  ["a body where none is", () => call("/silent", { method: "GET", headers: { prefer: "x" } }), { status: 501 }],
  ["a path that can be read in two ways", () => call("/persons/a%2Fb"), { status: 400 }],
  ["a body that is too large", () => post(JSON.stringify({ street: "x".repeat(2000) })), { status: 413 }],
];
for (const [what, send, answer] of refused) {
  t.test(`told: ${what}`, async (t) => t.match(await send(), answer));
}
