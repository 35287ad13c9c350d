import fc from "fast-check";
import t from "tap";
import type { Schema } from "../../../src/catalogue/compatibility/json-schema.ts";
import type { DescriptionDocument, EndpointDocument } from "../../../src/catalogue/description-document.ts";
import { breakingChanges } from "../../../src/catalogue/gate/check-change.ts";
import { knownMembers } from "../../../src/catalogue/known-members.ts";
import { locateSubjects } from "../../../src/catalogue/locate-subjects.ts";
import { breachOfAnswer, breachOfRequest } from "../../../src/catalogue/message-breach.ts";
import {
  type Endpoint,
  findEndpoint,
  parseServiceDescription,
  type ServiceDescription,
} from "../../../src/catalogue/service-description.ts";
import type { Json } from "../../../src/core/canonical-json.ts";
import { cutJson } from "../../../src/core/cut-json.ts";
import { arbitraryInstance, arbitrarySchema, neighbours } from "../compatibility/arbitrary-schema.ts";
import { residence } from "../residence.ts";

const [endpoint] = residence.endpoints;
const [answer] = [endpoint.responses["200"]];
const text = { type: "string", maxLength: 9 } as const;

function at(more: object): object {
  return { endpoints: [{ ...endpoint, ...more }] };
}

const query = (more: object = {}) => ({ schema: text, use: "key", ...more });
const inQuery = [{ in: "query", name: "on", role: "asked-about", scheme: "urn:dev:personal-code" }];
const withQuery = (more?: object) => at({ parameters: { ...endpoint.parameters, "query:on": query(more) } });
const subject = { in: "query", name: "on", role: "asked-about", scheme: "urn:dev:personal-code" };
const purpose = residence.purposes[0];
const post = { method: "POST", path: "/moves", responses: { "201": { schema: text } } };
const posting = (more: object) => ({ endpoints: [endpoint, { ...post, ...more }] });
const city = answer.schema.$defs.Address.properties.city;
const mapped = (element: string) => {
  const { Address } = answer.schema.$defs;
  const properties = { ...Address.properties, city: { ...city, "x-sealway-element": element } };
  return at({
    responses: {
      "200": { ...answer, schema: { ...answer.schema, $defs: { Address: { ...Address, properties } } } },
    },
  });
};
const other = { method: "GET", path: "/persons/me" };

/** What a provider does to a description, and where that breaks whom; nothing when it breaks nobody. */
// biome-ignore format: a table is read by its columns
const changes: readonly (readonly [what: string, before: object, after: object, place?: string])[] = [
  ["an endpoint more, behind", {}, { endpoints: [endpoint, other] }],
  ["an endpoint more that takes calls of another", {}, { endpoints: [other, endpoint] }, "/endpoints/0"],
  ["an endpoint more that takes all calls", {}, { endpoints: [{ method: "*", path: "/**" }, endpoint] }, "/endpoints/0"],
  ["an endpoint more in front, that takes no calls of others", {}, { endpoints: [{ method: "GET", path: "/people/{code}" }, endpoint] }],
  ["an endpoint more in front, for another method", {}, { endpoints: [{ ...other, method: "PUT" }, endpoint] }],
  ["endpoints in another order", { endpoints: [other, endpoint] }, { endpoints: [endpoint, other] }, "/endpoints/0"],
  ["an endpoint that is gone", { endpoints: [endpoint, other] }, {}, "/endpoints"],
  ["another method", {}, at({ method: "POST" }), "/endpoints"],
  ["another path", {}, at({ path: "/people/{code}" }), "/endpoints"],
  ["a parameter that may be left out", {}, withQuery()],
  ["a parameter that must be there", {}, withQuery({ required: true }), "/endpoints/0/parameters/query:on"],
  ["a parameter that may be left out now", withQuery({ required: true }), withQuery()],
  ["a parameter that is gone", withQuery(), {}, "/endpoints/0/parameters"],
  ["a parameter that takes less", withQuery(), withQuery({ schema: { ...text, maxLength: 8 } }), "/endpoints/0/parameters/query:on/schema"],
  ["a parameter of the path that takes less", {}, at({ parameters: { "path:code": { ...endpoint.parameters["path:code"], schema: text } } }), "/endpoints/0/parameters/path:code/schema"],
  ["a parameter of the path that is described", at({ parameters: {} }), {}, "/endpoints/0/parameters/path:code/schema"],
  ["a parameter that names somebody is described", at({ subjects: inQuery }), at({ subjects: inQuery, parameters: { ...endpoint.parameters, "query:on": query() } }), "/endpoints/0/parameters/query:on/schema"],
  ["a parameter that named somebody is gone", at({ subjects: [...endpoint.subjects, ...inQuery] }), {}, "/endpoints/0/parameters"],
  ["a body that named somebody is gone", at({ subjects: [{ ...inQuery[0], in: "body", name: "/on" }] }), at({ subjects: [] }), "/endpoints/0/request"],
  ["parameters that are described", at({ parameters: undefined }), at({ parameters: {} }), "/endpoints/0/parameters"],
  ["a person to be named", {}, at({ subjects: [...endpoint.subjects, subject] }), "/endpoints/0/subjects/1"],
  ["another identifier scheme", {}, at({ subjects: [{ ...endpoint.subjects[0], scheme: "urn:dev:company-code" }] }), "/endpoints/0/subjects/0"],
  ["another role", {}, at({ subjects: [{ ...endpoint.subjects[0], role: "representative" }] }), "/endpoints/0/subjects/0"],
  ["nobody to be named any more", {}, at({ subjects: [] })],
  ["a body", posting({}), posting({ request: { schema: text } }), "/endpoints/1/request"],
  ["no body any more", posting({ request: { schema: text } }), posting({}), "/endpoints/1/request"],
  ["a body that takes more", posting({ request: { schema: text } }), posting({ request: { schema: { type: "string" } } })],
  ["a body that takes less", posting({ request: { schema: { type: "string" } } }), posting({ request: { schema: text } }), "/endpoints/1/request/schema"],
  ["a body that must be there", posting({ request: { schema: true } }), posting({ request: { schema: {} } }), "/endpoints/1/request"],
  ["an answer with less", posting({ responses: { "201": { schema: { type: "string" } } } }), posting({})],
  ["an answer with more", posting({}), posting({ responses: { "201": { schema: { type: "string" } } } }), "/endpoints/1/responses/201/schema"],
  ["an answer that may be empty", posting({ responses: { "201": { schema: {} } } }), posting({ responses: { "201": { schema: true } } }), "/endpoints/1/responses/201"],
  ["another success", posting({}), posting({ responses: { ...post.responses, "202": { schema: text } } }), "/endpoints/1/responses/202"],
  ["another failure", posting({}), posting({ responses: { ...post.responses, "409": { schema: text } } })],
  ["a redirection", posting({}), posting({ responses: { ...post.responses, "307": { schema: text } } }), "/endpoints/1/responses/307"],
  ["answers that are described no more", posting({}), posting({ responses: undefined }), "/endpoints/1/responses"],
  ["an undescribed endpoint that is described", posting({ responses: undefined }), posting({}), "/endpoints/1"],
  ["a header of the answer that is gone", at({ responseHeaders: ["ETag"] }), {}, "/endpoints/0/responseHeaders"],
  ["a header of the answer more", {}, at({ responseHeaders: ["ETag"] })],
  ["a field mapped to what no purpose needs", {}, mapped("person.birth.place"), "/endpoints/0/responses/200/schema"],
  ["a field mapped to what the purpose needs as well", {}, mapped("person.residence.address.street")],
  ["another kind of content", { maxResponseBytes: 9 }, { maxResponseBytes: 9, contentKind: "opaque" }, "/contentKind"],
  ["smaller requests", {}, { maxRequestBytes: 1000 }, "/maxRequestBytes"],
  ["larger requests", { maxRequestBytes: 1000 }, {}],
  ["larger answers", {}, { maxResponseBytes: 2_000_000 }, "/maxResponseBytes"],
  ["smaller answers", {}, { maxResponseBytes: 1000 }],
  ["less time", {}, { timeoutMs: 4999 }, "/timeoutMs"],
  ["more time", {}, { timeoutMs: 5001 }],
  ["fewer calls at once", { concurrency: 5 }, { concurrency: 4 }, "/concurrency"],
  ["a limit of calls at once", {}, { concurrency: 4 }, "/concurrency"],
  ["fewer calls a day", { quota: { perDay: 10 } }, { quota: { perDay: 9 } }, "/quota/perDay"],
  ["no quota any more", { quota: { perDay: 10 } }, {}],
  ["calls that may not be repeated", { idempotent: true }, {}, "/idempotent"],
  ["unknown fields refused", { unknownFields: "removed" }, { unknownFields: "refused" }, "/unknownFields"],
  ["unknown fields removed", { unknownFields: "refused" }, { unknownFields: "removed" }],
  ["older data", { freshness: { asOf: "/on", maxAgeSeconds: 60 } }, { freshness: { asOf: "/on", maxAgeSeconds: 61 } }, "/freshness/maxAgeSeconds"],
  ["the time of the data elsewhere", { freshness: { asOf: "/on", maxAgeSeconds: 60 } }, { freshness: { asOf: "/at", maxAgeSeconds: 60 } }, "/freshness/asOf"],
  ["yes or no of another service", { predicateOf: residence.id }, { predicateOf: "DEV/GOV/1/a/b" }, "/predicateOf"],
  ["more than yes or no", { predicateOf: residence.id }, {}, "/predicateOf"],
  ["yes or no", {}, { predicateOf: residence.id }],
  ["a message", {}, { pattern: "message" }, "/pattern"],
  ["a lawful basis that is gone", {}, { lawfulBases: [{ basis: "consent", provision: "Population Register Act §4" }] }, "/lawfulBases"],
  ["another provision", {}, { lawfulBases: [{ basis: "public-task", provision: "§5" }] }, "/lawfulBases"],
  ["a lawful basis more", {}, { lawfulBases: [...residence.lawfulBases, { basis: "consent", provision: "§1" }] }],
  ["a purpose that is gone", {}, { purposes: [{ ...purpose, id: "other" }] }, "/purposes"],
  ["a purpose that needs less", {}, { purposes: [{ ...purpose, elements: ["person.residence.address.city"] }] }, "/purposes/0/elements"],
  ["a purpose that needs more", {}, { purposes: [{ ...purpose, elements: ["person.residence"] }] }],
  ["a purpose with another revision", {}, { purposes: [{ ...purpose, revision: 2 }] }, "/purposes/0/revision"],
  ["a decision use that is gone", { purposes: [{ ...purpose, decisionUses: ["automated", "caseworker"] }] }, { purposes: [{ ...purpose, decisionUses: ["caseworker"] }] }, "/purposes/0/decisionUses"],
  ["decision uses that are listed", {}, { purposes: [{ ...purpose, decisionUses: ["caseworker"] }] }, "/purposes/0/decisionUses"],
  ["a permission that is needed", {}, { purposes: [{ ...purpose, permission: "consent" }] }, "/purposes/0/permission"],
  ["another kind of permission", { purposes: [{ ...purpose, permission: "consent" }] }, { purposes: [{ ...purpose, permission: "mandate" }] }, "/purposes/0/permission"],
  ["a permission that is needed no more", { purposes: [{ ...purpose, permission: "consent" }] }, {}],
  ["an end of the purpose", {}, { purposes: [{ ...purpose, validUntil: "2030-01-31" }] }, "/purposes/0/validUntil"],
  ["an earlier end", { purposes: [{ ...purpose, validUntil: "2030-01-31" }] }, { purposes: [{ ...purpose, validUntil: "2030-01-30" }] }, "/purposes/0/validUntil"],
  ["a later end", { purposes: [{ ...purpose, validUntil: "2030-01-31" }] }, { purposes: [{ ...purpose, validUntil: "2030-02-01" }] }],
  ["no end any more", { purposes: [{ ...purpose, validUntil: "2030-01-31" }] }, {}],
  ["a basis that the purpose names", {}, { purposes: [{ ...purpose, lawfulBasis: { basis: "consent", provision: "x" } }] }],
  ["another basis of the purpose", { purposes: [{ ...purpose, lawfulBasis: { basis: "consent", provision: "x" } }] }, { purposes: [{ ...purpose, lawfulBasis: { basis: "public-task", provision: "x" } }] }, "/purposes/0/lawfulBasis"],
  ["another provision of the purpose", { purposes: [{ ...purpose, lawfulBasis: { basis: "consent", provision: "x" } }] }, { purposes: [{ ...purpose, lawfulBasis: { basis: "consent", provision: "y" } }] }, "/purposes/0/lawfulBasis"],
  ["no emergency access any more", { purposes: [{ ...purpose, emergency: true }] }, {}, "/purposes/0/emergency"],
  ["emergency access", {}, { purposes: [{ ...purpose, emergency: true }] }],
  ["how uses are shown", {}, { purposes: [{ ...purpose, disclosure: { later: 30 }, protectsFromRepresentative: true, reasons: { x: { en: "x" } } }] }],
  ["fewer that may ask", {}, { entitled: ["DEV/GOV/10000003"] }, "/entitled"],
  ["more that may ask", { entitled: ["DEV/GOV/10000003"] }, {}],
  ["other words", {}, { title: { en: "X" }, description: { en: "Y" }, contacts: undefined, classification: "secret" }],
];

for (const [what, before, after, place] of changes) {
  t.test(`${place === undefined ? "compatible" : "breaking"}: ${what}`, async (t) => {
    const found = breakingChanges(
      { ...residence, ...before } as DescriptionDocument,
      { ...residence, ...after } as DescriptionDocument,
    );
    const places = [...new Set(found.map((finding) => finding.place))];
    t.strictSame(places, place === undefined ? [] : [place]);
    t.notOk(found.some(({ code, detail }) => code !== "version.breaking" || detail === ""));
  });
}

/** What a provider changes: mostly nothing. */
function pairOf<Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<readonly [Value, Value]> {
  return fc.oneof(
    { weight: 9, arbitrary: value.map((each) => [each, each] as const) },
    { weight: 1, arbitrary: fc.tuple(value, value) },
  );
}

function zipped(parts: Readonly<Record<string, fc.Arbitrary<readonly [unknown, unknown]>>>) {
  const defined = (entries: [string, unknown][]) =>
    Object.fromEntries(entries.filter(([, value]) => value !== undefined));
  return fc.record(parts).map((pairs) => {
    const entries = Object.entries(pairs) as [string, readonly [unknown, unknown]][];
    return [0, 1].map((side) => defined(entries.map(([name, pair]) => [name, pair[side]])));
  });
}

const choice = (...values: unknown[]) => pairOf(fc.constantFrom(...values));
const plain = fc.constantFrom<Schema>(
  ...[true, {}, text, { type: "object" }, { type: ["string", "number", "null", "boolean"] }],
  ...[{ type: ["object", "string"], properties: { a: { type: "string" } }, additionalProperties: false }],
  ...[
    {
      type: ["object", "string", "null"],
      properties: { a: {}, b: {}, c: { type: "integer" } },
      additionalProperties: false,
    },
  ],
);
const schemas = fc.oneof(
  { weight: 4, arbitrary: pairOf(plain) },
  { weight: 1, arbitrary: arbitrarySchema.map((schema) => [schema, schema] as const) },
  { weight: 1, arbitrary: neighbours },
) as fc.Arbitrary<readonly [Schema, Schema]>;
const media = fc.oneof(
  { weight: 4, arbitrary: schemas.map(([one, two]) => [{ schema: one }, { schema: two }] as const) },
  { weight: 1, arbitrary: choice(undefined, { schema: true }) },
) as fc.Arbitrary<readonly [unknown, unknown]>;
const number = { type: "integer" };
const parameter = choice(
  ...[undefined, text, number, { enum: ["a", "b"] }].map((schema) => schema && { schema, use: "key" }),
  { schema: text, use: "key", required: true },
);
const asked = (where: string, name: string) => ({ in: where, name, role: "asked-about", scheme: "s" });
const endpoints = fc
  .tuple(fc.constantFrom("GET", "POST", "*"), fc.constantFrom("/a/{x}", "/a/b", "/a/**", "/c"))
  .chain(([method, path]) =>
    zipped({
      ...{ method: fc.constant([method, method] as const), path: fc.constant([path, path] as const) },
      parameters: fc.oneof(
        {
          weight: 4,
          arbitrary: zipped({ "path:x": parameter, "query:q": parameter, "query:r": parameter }) as never,
        },
        { weight: 1, arbitrary: choice(undefined, {}) },
      ) as never,
      subjects: choice(
        undefined,
        [],
        [asked("query", "q")],
        [asked("body", "/a")],
        [asked("query", "q"), asked("query", "r")],
      ),
      request: media,
      responses: fc.oneof(
        { weight: 4, arbitrary: zipped({ "200": media, "202": media }) as never },
        { weight: 1, arbitrary: choice(undefined, {}) },
      ) as never,
    }),
  ) as unknown as fc.Arbitrary<readonly [EndpointDocument, EndpointDocument]>;

/** Lists of which one may lack an element, or have its elements in another order. */
const lists = fc
  .tuple(fc.array(endpoints, { minLength: 1, maxLength: 3 }), fc.integer({ min: 0, max: 9 }))
  .map(([pairs, change]) => {
    const [before, after] = [pairs.map(([one]) => one), pairs.map(([, two]) => two)];
    if (change === 0) after.reverse();
    if (change === 1 && before.length > 1) before.pop();
    if (change === 2 && before.length > 1) before.shift();
    return [before, after] as const;
  });
const purposes = (...ids: string[]) => ids.map((id) => ({ ...purpose, id }));
const descriptions = zipped({
  endpoints: lists,
  ...{ timeoutMs: choice(1000, 5000), maxRequestBytes: choice(undefined, 5, 100) },
  ...{ purposes: choice(purposes("p"), purposes("p", "q")) },
}).map((pair) => pair.map((parts) => ({ ...residence, ...parts }) as DescriptionDocument));

const fields = fc.array(
  fc.tuple(fc.constantFrom("q", "q", "r", "z"), fc.constantFrom("a", "b", "1", "", "longer than nine")),
  { maxLength: 2 },
);
const exchange = fc.record({
  method: fc.constantFrom("GET", "POST", "PUT"),
  path: fc.constantFrom("/a/b", "/a/1", "/a/b/c", "/c"),
  query: fc
    .oneof(fc.constant([]), fields)
    .map((pairs) => (pairs.length === 0 ? "" : `?${new URLSearchParams(pairs)}`)),
  body: fc.oneof(fc.constant(undefined), arbitraryInstance),
  ms: fc.constantFrom(500, 500, 3000),
  purpose: fc.constantFrom("p", "p", "q"),
  status: fc.constantFrom(200, 202),
  answer: fc.option(arbitraryInstance, { nil: undefined }),
});
type Exchange = typeof exchange extends fc.Arbitrary<infer Value> ? Value : never;

function parsed(document: DescriptionDocument): ServiceDescription {
  return parseServiceDescription(Buffer.from(JSON.stringify(document)), "x");
}

/** The endpoint that takes the call, where the gateway passes it. */
function taking(description: ServiceDescription, call: Exchange): Endpoint | undefined {
  const { method, path, query, body } = call;
  const bytes = body === undefined ? 0 : JSON.stringify(body).length;
  if (bytes > description.maxRequestBytes || call.ms > description.timeoutMs) return undefined;
  if (!description.document.purposes!.some(({ id }) => id === call.purpose)) return undefined;
  try {
    const { endpoint, parameters } = findEndpoint(description, method, path);
    const places = { parameters, query, body, header: () => undefined };
    locateSubjects(endpoint, places, { normalise: (_, value) => value });
    return breachOfRequest(endpoint.document, { parameters, query, body }) === undefined
      ? endpoint
      : undefined;
  } catch {
    return undefined;
  }
}

/** An answer as a consumer of the older version sees it: without members that this version does not know. */
function asSeen({ responses = {} }: EndpointDocument, { status, answer }: Exchange): Json | undefined {
  const schema = responses[status]?.schema;
  if (answer === undefined || schema === undefined) return answer;
  return JSON.parse(cutJson(JSON.stringify(answer), knownMembers(schema))) as Json;
}

t.test("what the gate calls compatible never makes an exchange invalid that was valid", async (t) => {
  const counts = { compatible: 0, changed: 0, calls: 0, answers: 0 };
  fc.assert(
    fc.property(
      descriptions,
      fc.array(exchange, { minLength: 40, maxLength: 80 }),
      ([before, after], exchanges) => {
        if (breakingChanges(before!, after!).length > 0) return;
        counts.compatible++;
        if (JSON.stringify(before) !== JSON.stringify(after)) counts.changed++;
        const [was, is] = [before!, after!].map(parsed);
        for (const call of exchanges) {
          const old = taking(was!, call);
          if (old === undefined) continue;
          counts.calls++;
          const next = taking(is!, call);
          const what = () => JSON.stringify({ call, before: before!.endpoints, after: after!.endpoints });
          if (next === undefined) throw new Error(`the call is refused now: ${what()}`);
          if (breachOfAnswer(next.document, call, call.answer) !== undefined) continue;
          counts.answers++;
          const breach = breachOfAnswer(old.document, call, asSeen(old.document, call));
          if (breach !== undefined)
            throw new Error(`the answer is new at ${breach.place} ${breach.keyword}: ${what()}`);
        }
      },
    ),
    { numRuns: 1000 },
  );
  t.comment(JSON.stringify(counts));
  t.ok(counts.changed > 50 && counts.calls > 50 && counts.answers > 20, JSON.stringify(counts));
});
