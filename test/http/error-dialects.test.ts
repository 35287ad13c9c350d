import t, { type Test } from "tap";
import { type ErrorCode, errorCodes } from "../../src/core/error-codes.ts";
import { type ErrorDialect, renderProblem } from "../../src/http/error-mapper.ts";
import { clients, services } from "../exchange/country/plan.ts";
import { pathOf, SmallCountry } from "../exchange/country.ts";

/*
 * One error, three ways to tell it: X-Road's words of 7.8 and of 7.7, its statuses or those that HTTP means; as JSON, or
 * as XML for who asks for it.
 */

const country = await SmallCountry.start(t, {
  asking: { errors: { codes: "7.7", statuses: "plain" } },
  answering: { errors: { codes: "7.8", statuses: "plain" } },
});
const path = pathOf(services.open, "/thing");
const unknown = pathOf({ id: "DEV/GOV/99999999/population/open" });

// biome-ignore format: a table is read by its columns
const rows: readonly (readonly [name: string, ask: Parameters<typeof country.ask>[0], status: number, type: string])[] = [
  ["a missing client",      { path, client: null },                                    400, "Server.ClientProxy.InvalidClientIdentifier"],
  ["an unknown client",     { path, client: "A/B/C" },                                 403, "Server.ClientProxy.UnknownMember"],
  ["a missing credential",  { path, client: clients.certified },                       401, "Server.ClientProxy.SslAuthenticationFailed"],
  ["an unknown member",     { path: unknown },                                         404, "Server.ClientProxy.UnknownMember"],
  ["an ambiguous path",     { path: `${path}//x` },                                    400, "Server.ClientProxy.BadRequest"],
  ["a method",              { path, method: "PROPFIND" },                              405, "Server.ClientProxy.InvalidHttpMethod"],
  ["long headers",          { path, headers: ["A", "a".repeat(25_000)] },              431, "Server.ClientProxy.BadRequest"],
  ["a large body",          { path: pathOf(services.small), method: "POST", body: "x".repeat(2000) }, 413, "Server.ClientProxy.InvalidBody"],
  ["a refusal",             { path, client: clients.onboarding },                      403, "Server.ServerProxy.AccessDenied"],
  ["a fault",               { path: pathOf(services.down) },                           502, "Server.ServerProxy.ServiceFailed"],
];
for (const [name, ask, status, type] of rows) {
  t.test(`7.7, plain: ${name}`, async (t) => {
    const answer = await country.ask(ask);
    t.same([answer.status, answer.header("X-Road-Error"), answer.json().type], [status, type, type]);
    const { code, remedy } = answer.json() as { code: ErrorCode; remedy: string };
    t.equal(remedy, errorCodes[code].remedy, "our own words are the same in every dialect");
  });
}

t.test("garbage is told in the same dialect", async (t) => {
  const answer = await country.ask({ path: "nothing at all" });
  t.same([answer.status, answer.header("X-Road-Error")], [400, "Server.ClientProxy.BadRequest"]);
});

t.test("XML for who accepts it, by X-Road's rule", async (t: Test) => {
  const accepted: readonly [accept: string, type: string][] = [
    ["text/xml", "text/xml;charset=utf-8"],
    ["application/xml", "application/xml;charset=utf-8"],
    ["text/*", "text/xml;charset=utf-8"],
    ["application/json, application/xml;q=0.1", "application/xml;charset=utf-8"],
    ["application/xml, text/xml", "application/xml;charset=utf-8"],
    ["application/json", "application/json"],
    ["text/html", "application/json"],
    ["*/*", "application/json"],
  ];
  for (const [accept, type] of accepted) {
    const answer = await country.ask({ path, client: 'A<&">/B/C', headers: ["Accept", accept] });
    t.equal(answer.header("Content-Type"), type, accept);
    if (type === "application/json") continue;
    const { body } = answer;
    t.match(
      body.toString(),
      /^<\?xml version="1\.0" encoding="UTF-8"\?><error><type>Server\.ClientProxy\.\w+<\/type><message>[^<]+<\/message><detail>[0-9a-f-]{36}<\/detail><\/error>$/,
    );
  }
});

const dialect: ErrorDialect = { codes: "7.8", statuses: "xroad" };
const problem = { hop: "consumer", exchange: null, rule: null, contact: null } as const;

t.test("every code, in every dialect", async (t) => {
  for (const code of Object.keys(errorCodes) as ErrorCode[]) {
    const entry = errorCodes[code];
    const snake = renderProblem({ ...problem, code, detail: "" }, null, dialect, undefined);
    const plain = renderProblem(
      { ...problem, code, detail: "" },
      null,
      { codes: "7.7", statuses: "plain" },
      undefined,
    );
    const told = (rendered: typeof snake) => rendered.headers[rendered.headers.indexOf("X-Road-Error") + 1];
    t.match(told(snake), /^server\.clientproxy\.[a-z_]+$/);
    t.match(told(plain), /^Server\.ClientProxy\.[A-Za-z]+$/);
    t.equal(plain.status, entry.status);
    t.ok(snake.status === 500 || snake.status === entry.status);
    const mayRetry =
      code !== "interrupted" && code !== "query_id_repeated" && [409, 429, 503].includes(entry.status);
    t.equal(snake.headers.includes("Retry-After"), mayRetry, code);
  }
});

t.test("what a peer's refusal says of when to try again is better than a guess", async (t) => {
  const told = [
    ["RateLimit-Remaining", "0"],
    ["Retry-After", "41"],
  ] as const;
  const of = (code: ErrorCode) => {
    const { headers } = renderProblem({ ...problem, code, detail: "" }, null, dialect, undefined, told);
    return headers.filter((_, i) => /^(?:ratelimit|retry)/i.test(headers[i - (i % 2)]!));
  };
  t.strictSame(of("quota_exceeded"), told.flat());
  t.strictSame(of("access_denied"), told.flat());
  t.strictSame(of("interrupted"), [], "what may have been done is not to be repeated");
});

t.test("text of a peer cannot break out of XML or JSON", async (t) => {
  const detail = `"</message><x>&\n'`;
  const xml = renderProblem(
    { ...problem, code: "access_denied", detail },
    null,
    dialect,
    "text/xml",
  ).body.toString();
  t.match(
    xml,
    /<message>No agreement permits this call: &#34;&#60;\/message&#62;&#60;x&#62;&#38;\n&#39;<\/message>/,
  );
  const json = renderProblem({ ...problem, code: "access_denied", detail }, null, dialect, undefined).body;
  t.match(JSON.parse(json.toString()).message, detail);
});

t.test("the query id is told where the call got so far", async (t) => {
  const answer = await country.ask({ path: unknown, headers: ["X-Road-Id", "case-7"] });
  t.equal(answer.header("x-road-id"), "case-7");
});
