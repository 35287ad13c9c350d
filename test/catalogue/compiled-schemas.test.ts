import fc from "fast-check";
import t from "tap";
import type { Schema } from "../../src/catalogue/compatibility/json-schema.ts";
import { breachOf, CompiledSchemas } from "../../src/catalogue/compiled-schemas.ts";
import { knownMembers } from "../../src/catalogue/known-members.ts";
import { breachOfAnswer, breachOfRequest, unread } from "../../src/catalogue/message-breach.ts";
import { cutJson } from "../../src/core/cut-json.ts";

const text = { type: "string", maxLength: 10 };
const schema: Schema = {
  type: "object",
  additionalProperties: false,
  required: ["code"],
  properties: {
    code: text,
    list: { type: "array", items: { type: "object", properties: { "a/b": text } } },
    map: { type: "object", additionalProperties: { type: "object", properties: { code: text } } },
    either: { anyOf: [{ type: "integer" }, { type: "boolean" }] },
    constructor: text,
  },
};
const compiled = new CompiledSchemas(10);
const breach = (document: unknown, of: Schema = schema) => compiled.of(of)(document);

const breaches: [what: string, document: unknown, place: string, keyword: string][] = [
  ["the type of the document", 7, "", "type"],
  ["a member that is missing", {}, "/code", "required"],
  ["a member too many is not named", { code: "1", Mari: 1 }, "", "additionalProperties"],
  ["an element by its index", { code: "1", list: [{}, { "a/b": 1 }] }, "/list/1/a~1b", "type"],
  ["a member of a map is not named", { code: "1", map: { Mari: { code: 1 } } }, "/map/*/code", "type"],
  ["not even when it is a number", { code: "1", map: { "38001010000": 1 } }, "/map/*", "type"],
  ["alternatives by their own keyword", { code: "1", either: "x" }, "/either", "anyOf"],
];
for (const [what, document, place, keyword] of breaches) {
  t.test(`told of a breach: ${what}`, async (t) => t.same(breach(document), { place, keyword }));
}

t.test("an empty array that should contain something, and would begin with something else", async (t) => {
  const both: Schema = { prefixItems: [{ type: "integer" }], contains: { type: "string" } };
  t.match(breach([], both), { keyword: "contains" });
  t.equal(breach([1, "a"], both), undefined);
});

t.test("what fits breaks nothing, also under names that objects inherit", async (t) => {
  t.equal(breach({ code: "1" }), undefined);
  t.equal(breach({ code: "1", constructor: "x" }), undefined);
  t.same(breach({ code: "1" }, { type: "object", required: ["toString"] }), {
    place: "",
    keyword: "required",
  });
});

t.test("nothing that stands in a document is told of it", async (t) => {
  const told = fc.property(fc.string({ minLength: 12 }), fc.jsonValue(), (name, value) => {
    fc.pre(!["constructor"].includes(name));
    const found = [
      breach({ code: "1", [name]: value }),
      breach({ code: value, map: { [name]: value } }),
      breach({ code: "1", list: [{ [name]: name, "a/b": { [name]: 1 } }] }),
    ];
    return found.every((one) => one === undefined || !`${one.place}${one.keyword}`.includes(name));
  });
  t.doesNotThrow(() => fc.assert(told));
});

const unusable: [what: string, schema: Schema][] = [
  ["one that names another document", { $ref: "https://example.org/schema" }],
  ["one that names the meta-schema's parts wrongly", { $ref: "#/$defs/none" }],
  ["one that is none", { type: "thing" }],
  ["one with a pattern that texts keep busy", { type: "string", maxLength: 1000, pattern: "^(a+)+$" }],
  ["one with a pattern that nobody can judge", { type: "string", pattern: "^(a)\\1$" }],
  ["one with a pattern that is none", { type: "string", pattern: "(" }],
  ["one of more than 10,000 parts", { anyOf: Array.from({ length: 10_001 }, () => ({ type: "string" })) }],
];
for (const [what, bad] of unusable) {
  t.test(`nothing fits a schema that cannot be used: ${what}`, async (t) =>
    t.same(breach("x", bad), { place: "", keyword: "schema" }),
  );
}

t.test("two schemas may use one identifier", async (t) => {
  const one = breach("x", { $id: "urn:x:y", type: "integer" });
  t.same([one?.keyword, breach("x", { $id: "urn:x:y", type: "string" })], ["type", undefined]);
});

t.test("those that were used last are kept", async (t) => {
  const few = new CompiledSchemas(3);
  const [a, b, c]: Schema[] = [{ type: "string" }, { type: "integer" }, { items: { type: "null" } }];
  const first = few.of(a!);
  const second = few.of(b!);
  few.of(a!);
  few.of(c!);
  t.equal(few.size, 2);
  t.equal(few.of(a!), first);
  t.not(few.of(b!), second);
});

t.test("unknown members are those that the schema does not describe", async (t) => {
  const open = {
    type: "object",
    properties: {
      ...(schema as { properties: object }).properties,
      free: { type: "object" },
      codes: { type: "array", items: text },
      things: { type: "array", items: { type: "object" } },
    },
  };
  const kept = (document: object) =>
    JSON.parse(cutJson(JSON.stringify(document), knownMembers(open as Schema)));
  const whole = { code: "1", list: [{ "a/b": "x" }], free: { any: 1 }, codes: ["a"], things: [{ any: 1 }] };
  t.same(kept(whole), whole);
  t.same(kept({ ...whole, more: 1, list: [{ "a/b": "x", more: 1 }] }), whole);
  t.equal(knownMembers(true), "whole");
});

const endpoint = { method: "GET", path: "/a" };
const media = { schema };
const call = { method: "GET", status: 200 };

t.test("what is not described breaks nothing", async (t) => {
  const request = { parameters: new Map(), query: "?a=1", body: { any: 1 } };
  t.equal(breachOfRequest(endpoint, request), undefined);
  t.equal(breachOfAnswer(endpoint, call, { any: 1 }), undefined);
  const answering = { ...endpoint, responses: { "200": media } };
  const withoutQuery = { ...request, query: "" };
  t.match(breachOfRequest(answering, withoutQuery), { part: "body", place: "", keyword: "undescribed" });
  t.match(breachOfRequest(answering, request), {
    part: "parameter",
    place: "query:*",
    keyword: "undescribed",
  });
  const subjects = [{ in: "query", name: "a", role: "asked-about", scheme: "urn:a" }] as const;
  t.equal(breachOfRequest({ ...answering, subjects }, { ...request, body: undefined }), undefined);
  t.equal(breachOfRequest({ ...endpoint, request: media }, { ...withoutQuery, body: unread }), undefined);
});

t.test("a schema that would answer later is not used: nobody would wait for its no", async (t) => {
  const later = { ...schema, $async: true } as Schema;
  t.same(breachOf(later, { code: 7 }), { place: "", keyword: "schema" });
  const within = { properties: { a: { $ref: "#/$defs/a" } }, $defs: { a: { $async: true, type: "string" } } };
  t.same(breachOf(within as Schema, { a: 7 }), { place: "", keyword: "schema" });
});

t.test("an answer without a body breaks its schema unless there can be none", async (t) => {
  const described = { ...endpoint, responses: { "200": media, "204": media, "202": { schema: true } } };
  t.match(breachOfAnswer(described, call, undefined), { keyword: "missing" });
  for (const fine of [
    { ...call, method: "HEAD" },
    { ...call, status: 204 },
    { ...call, status: 202 },
  ])
    t.equal(breachOfAnswer(described, fine, undefined), undefined);
});

t.test("parameters of the path are read as text, and as what it spells", async (t) => {
  const parameters = {
    "path:code": { schema: { type: "string", pattern: "^\\d+$" }, use: "key" as const },
    "path:year": { schema: { type: "integer" }, use: "key" as const },
    "query:on": { schema: { type: "boolean" }, required: true, use: "key" as const },
  };
  const found = (code: string, year: string, query = "?on=true") =>
    breachOfRequest(
      { ...endpoint, parameters },
      {
        parameters: new Map([
          ["code", code],
          ["year", year],
        ]),
        query,
        body: undefined,
      },
    );
  t.equal(found("1%32", "2000"), undefined);
  t.match(found("a", "2000"), { part: "parameter", place: "path:code", keyword: "pattern" });
  t.match(found("1", "2e3"), { place: "path:year", keyword: "type" });
  t.match(found("%ff", "2000"), { place: "path:code", keyword: "escape" });
  t.match(found("1", "2000", ""), { place: "query:on", keyword: "missing" });
  t.match(found("1", "2000", "?on=1"), { place: "query:on", keyword: "type" });
  t.match(found("1", "2000", "?on=true&Mari=1"), { place: "query:*", keyword: "undescribed" });
});
