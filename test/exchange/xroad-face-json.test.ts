import { gzipSync } from "node:zlib";
import t from "tap";
import { checkProblem, recorded } from "./country/expectation.ts";
import { services } from "./country/plan.ts";
import type { RegisterReply } from "./country/register.ts";
import { type Ask, pathOf, SmallCountry } from "./country.ts";

/*
 * Services whose JSON the gateways read: the same strict reading on both sides, requests without what would cut an answer
 * into parts, answers by an allow-list, and bodies that pass byte for byte.
 */

const country = await SmallCountry.start(t);
const person = { path: pathOf(services.persons, "/persons/46808039945") };
const typed = (
  body: Buffer | string,
  type = "application/json",
  more: readonly string[] = [],
): RegisterReply => ({
  ...{ headers: ["Content-Type", type, ...more], body },
});

t.test("a request about a person is signed for that person", async (t) => {
  const subjects: readonly [name: string, ask: Ask, value: string][] = [
    ["in the path", { path: pathOf(services.persons, "/persons/%2046808039945%20") }, "46808039945"],
    ["in the query", { path: pathOf(services.persons, "/by-query?x=1&code=60001019906") }, "60001019906"],
    [
      "in the body",
      {
        ...{ method: "POST", path: pathOf(services.persons, "/search"), body: '{ "code" : "60001019906" }' },
        headers: ["Content-Type", "Application/JSON; charset=UTF-8"],
      },
      "60001019906",
    ],
    [
      "a number in the body",
      {
        ...{ method: "POST", path: pathOf(services.persons, "/search"), body: '{"code":60001019906}' },
        headers: ["Content-Type", "application/vnd.person+json"],
      },
      "60001019906",
    ],
  ];
  for (const [name, ask, value] of subjects) {
    await t.test(name, async (t) => {
      const { result, asking, answering, calls } = await country.watch(() => country.ask(ask));
      t.equal(result.status, 200, result.body.toString());
      t.equal(calls, 1);
      for (const { document, head } of [asking[0]!, answering[0]!]) {
        t.equal(document.subjectCount, 1);
        t.equal(head.openings.subjects[0]?.value, value);
        t.notMatch(JSON.stringify(document), new RegExp(value));
      }
      t.equal(country.register.calls.at(-1)?.body.toString(), ask.body ?? "", "byte for byte");
    });
  }
});

t.test("nothing asks the service for a part or for another encoding", async (t) => {
  const headers = [
    ...["Range", "bytes=0-1", "If-None-Match", '"e"', "If-Modified-Since", "Thu, 01 Jan 2026 00:00:00 GMT"],
    ...[
      "If-Range",
      '"e"',
      "Accept-Encoding",
      "br",
      "Cookie",
      "a=b",
      "Accept",
      "application/json",
      "X-Custom",
      "1",
    ],
  ];
  await country.ask({ ...person, headers });
  const { rawHeaders } = country.register.calls.at(-1)!;
  const names = rawHeaders.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase());
  t.equal(rawHeaders[names.indexOf("accept-encoding") * 2 + 1], "identity");
  t.notMatch(names.join(), /range|if-|cookie/);
  t.same(
    ["x-road-client", "accept", "x-custom"].filter((name) => !names.includes(name)),
    [],
  );
});

t.test("answers that pass", async (t) => {
  const rows: readonly [name: string, reply: RegisterReply, status: number][] = [
    ["spaces and order are kept", typed('{ "b" : 1,\n "a" : 2 }'), 200],
    [
      "an error of the service",
      { ...typed('{"error":"none"}', "application/problem+json"), status: 404 },
      404,
    ],
    ["a value that is no object", typed("null"), 200],
    ["no content", { status: 204, reason: "No Content" }, 204],
    ["identity, said", typed("[]", "application/json", ["Content-Encoding", "identity"]), 200],
    ["a redirect without a body", { status: 303, headers: ["Location", "/other"] }, 303],
  ];
  for (const [name, reply, status] of rows) {
    await t.test(name, async (t) => {
      country.register.answer(reply);
      const { result, answering } = await country.watch(() => country.ask(person));
      t.equal(result.status, status, result.body.toString());
      t.equal(result.body.toString(), reply.body ?? "");
      t.equal(answering[1]?.document.contentKind, "json");
    });
  }
});

t.test("headers of an answer pass by an allow-list", async (t) => {
  const passing = ["Content-Language", "et", "Cache-Control", "no-store", "Deprecation", "@1767225600"];
  const others = [
    "Set-Cookie",
    "a=1",
    "ETag",
    '"e"',
    "X-Custom",
    "1",
    "Accept-Ranges",
    "bytes",
    "Vary",
    "Accept",
  ];
  country.register.answer(typed("{}", "application/json", [...passing, ...others]));
  const { headers } = await country.ask(person);
  const names = headers.map(([name]) => name);
  t.same(headers.filter(([name]) => passing.includes(name)).flat(), passing);
  t.same(
    names.filter((name) => others.includes(name)),
    [],
  );
});

t.test("answers that may not be delivered", async (t) => {
  const rows: readonly [name: string, reply: RegisterReply][] = [
    ["not JSON", typed("<html>")],
    ["a name twice", typed('{"a":1,"a":2}')],
    ["byte-order mark", typed("\ufeff{}")],
    ["lone surrogate", typed('["\\udc00"]')],
    ["not UTF-8", typed(Buffer.from('["\xff"]', "latin1"))],
    ["nested too deep", typed("[".repeat(80) + "]".repeat(80))],
    ["another media type", typed("{}", "text/html")],
    ["another character set", typed("{}", "application/json; charset=utf-16")],
    ["no media type", { body: "{}" }],
    ["a media type twice", typed("{}", "application/json", ["Content-Type", "text/html"])],
    ["compressed", typed(gzipSync("{}"), "application/json", ["Content-Encoding", "gzip"])],
    [
      "an encoding twice",
      typed("{}", "application/json", ["Content-Encoding", "identity", "Content-Encoding", "br"]),
    ],
    ["part of an answer", { ...typed("{}"), status: 206 }],
    ["not modified", { status: 304, reason: "Not Modified" }],
    ["more than a MiB", typed(`"${"x".repeat(1_048_576)}"`)],
    ["an error page", { ...typed("<html>", "text/html"), status: 500 }],
  ];
  const expected = { code: "invalid_response", ...recorded.faultThere, calls: 1 } as const;
  for (const [name, reply] of rows) {
    await t.test(name, (t) => {
      country.register.answer(reply);
      return checkProblem(t, country, () => country.ask(person), expected);
    });
  }
});
