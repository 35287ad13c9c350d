import t from "tap";
import { checkProblem, type ExpectedProblem, recorded } from "./country/expectation.ts";
import { clients, services } from "./country/plan.ts";
import { type Ask, pathOf, SmallCountry } from "./country.ts";

/*
 * Every bad input of an information system: one error that names exchange, hop, rule and remedy; nothing reaches the
 * register; and both logs hold exactly what they must.
 */

const country = await SmallCountry.start(t);
const open = pathOf(services.open, "/thing");
const persons = (rest: string) => pathOf(services.persons, rest);
const { benefits, population } = clients;
const { refusedHere, refusedThere, faultThere } = recorded;

type Row = readonly [name: string, ask: Ask, expected: ExpectedProblem];

function play(name: string, rows: readonly Row[]): void {
  t.test(name, async (t) => {
    for (const [what, ask, expected] of rows) {
      await t.test(what, (t) => checkProblem(t, country, () => country.ask(ask), expected));
    }
  });
}

const asClient = (client: string | null): Ask => ({ path: open, client });
const withHeaders = (...headers: string[]): Ask => ({ path: open, headers });
const badClient = { code: "invalid_client_identifier" } as const;
const notServed = { code: "client_not_served" } as const;

// biome-ignore format: a table is read by its columns
play("client identifiers", [
  ["no X-Road-Client",                   asClient(null), badClient],
  ["empty",                              asClient(""), badClient],
  ["two parts",                          asClient("DEV/GOV"), badClient],
  ["five parts",                         asClient(`${benefits}/more`), badClient],
  ["empty part",                         asClient("DEV/GOV//benefits"), badClient],
  ["leading slash",                      asClient(`/${benefits}`), badClient],
  ["half an escape",                     asClient("DEV/GOV/10000003/bene%2"), badClient],
  ["escape that is not UTF-8",           asClient("DEV/GOV/10000003/bene%FF"), badClient],
  ["raw bytes beyond ASCII",             asClient("DEV/GOV/10000003/k\xc3\xa4si"), badClient],
  ["space",                              asClient("DEV/GOV/10000003/bene fits"), badClient],
  ["escaped control character",          asClient("DEV/GOV/10000003/bene%00fits"), badClient],
  ["zero-width space",                   asClient("DEV/GOV/10000003/bene%E2%80%8Bfits"), badClient],
  ["dot segment",                        asClient("DEV/GOV/../benefits"), badClient],
  ["too long",                           asClient(`DEV/GOV/10000003/${"b".repeat(1024)}`), badClient],
  ["unknown member",                     asClient("DEV/GOV/99999999/benefits"), notServed],
  ["unknown subsystem",                  asClient("DEV/GOV/10000003/nothing"), notServed],
  ["served by another server",           asClient(population), notServed],
  ["registered here, not configured",    asClient(clients.unlisted), notServed],
  ["the member itself, not configured",  asClient("DEV/GOV/10000003"), notServed],
  ["another case",                       asClient("dev/gov/10000003/benefits"), notServed],
]);

const twice = { code: "duplicate_header_field" } as const;
const uniqueHeaders = [
  ["X-Road-Id", "1"],
  ["X-Road-UserId", "EE47101010033"],
  ["X-Road-Issue", "7"],
  ["X-Road-Represented-Party", "GOV/1"],
  ["X-Road-Security-Server", "DEV/GOV/10000001/ss1"],
  ["Content-Type", "text/plain"],
  ["Proxy-Authorization", "Bearer x"],
  ["Sealway-Decision-Use", "none"],
  ["Uxp-Client", benefits],
] as const;
const twoAliases = ["X-GovStack-Client", benefits, "Information-Mediator-Client", clients.inspection];

// biome-ignore format: a table is read by its columns
play("headers that say something to the gateway, twice", [
  ["X-Road-Client, differing",            withHeaders("x-road-client", clients.inspection), twice],
  ["X-Road-Client, in another spelling",  withHeaders("X-Road-Client", "DEV/GOV/10000003/%62enefits"), twice],
  ["an alias that says another client",   withHeaders("Uxp-Client", clients.inspection), twice],
  ["two aliases that differ",             { path: open, client: null, headers: twoAliases }, twice],
  ...uniqueHeaders.map(([name, value]): Row => [name, withHeaders(name, value, name.toUpperCase(), value), twice]),
]);

const ambiguous = { code: "ambiguous_path" } as const;
const ambiguousPaths = [
  ...["/./a", "/../a", "/a/..", "/%2e/a", "/%2E%2e/a", "/.%2e", "/..;x/a", "/a/;x/b", "//a", "/a//b"],
  ...["/a%5Cb", "/a\\b", "/a%00b", "/a%1fb", "/a%7fb", "/a%c2%85b", "/a%252e%252e", "/a%252fb", "/a%255cb"],
  ...["/a%zz", "/a%2", "/a%", "/a%ff", "/a|b", "/a[b", '/a"b', "/a{b}", "/a^b", "/a`b", "/a<b>"],
  ...["/a#b", "/a?b#c", "/a?b\\c", "/a;b/../c"],
];
const decided = { ...ambiguous, ...refusedHere };

// biome-ignore format: a table is read by its columns
play("paths that can be read in more than one way", [
  ...ambiguousPaths.map((rest): Row => [rest, { path: pathOf(services.open, rest) }, ambiguous]),
  ["raw bytes beyond ASCII",          { path: pathOf(services.open, "/k\xc3\xa4si") }, { code: "bad_request" }],
  ["empty subsystem",                 { path: "/r1/DEV/GOV/10000001//open/thing" }, ambiguous],
  ["dot segment before the service",  { path: "/r1/DEV/GOV/10000001/../open" }, ambiguous],
  ["encoded slash in a parameter",    { path: persons("/persons/46808039945%2Ffamily") }, decided],
  ["encoded literal",                 { path: persons("/%70ersons/46808039945") }, decided],
  ["parameter behind a literal",      { path: persons("/persons;v=1/46808039945") }, decided],
]);

const tooLarge = { code: "headers_too_large" } as const;
const badRequest = { code: "bad_request" } as const;
const badService = { code: "invalid_service_identifier" } as const;
const badParty = { code: "invalid_represented_party" } as const;
const badQueryId = { code: "invalid_query_id" } as const;
const party = (value: string) => withHeaders("X-Road-Represented-Party", value);
const notEnforced = ["Sealway-Permission", "Sealway-Subject", "Uxp-Subject-Id"];

// biome-ignore format: a table is read by its columns
play("targets and headers", [
  ["target of more than 8 KiB",              { path: `${open}?${"q".repeat(8192)}` }, tooLarge],
  ["headers of more than 24 KiB",            withHeaders("A", "a".repeat(24_576)), tooLarge],
  ["four thousand small headers",            withHeaders(...Array(8192).fill("a")), tooLarge],
  ["another client as the 2,500th header",   withHeaders(...Array(5000).fill("a"), "X-Road-Client", "A/B/C"), twice],
  ["not below /r1/",                         { path: "/nothing/here" }, badRequest],
  ["another version of the protocol",        { path: open.replace("/r1/", "/r2/") }, badRequest],
  ["absolute form",                          { path: `http://gateway.example${open}` }, badRequest],
  ["asterisk form",                          { path: "*", method: "OPTIONS" }, badRequest],
  ["no service code",                        { path: `/r1/${population}` }, badService],
  ["service code that is not UTF-8",         { path: `/r1/${population}/op%C3` }, ambiguous],
  ["method of another protocol",             { path: open, method: "PROPFIND" }, { code: "invalid_http_method" }],
  ["two Host headers",                       withHeaders("Host", "other.example"), badRequest],
  ["X-Road-Id too long",                     withHeaders("X-Road-Id", "7".repeat(1001)), badQueryId],
  ["X-Road-Id empty",                        withHeaders("X-Road-Id", ""), badQueryId],
  ["represented party with three parts",     party("DEV/GOV/1"), badParty],
  ["represented party empty",                party(""), badParty],
  ["represented party with an empty part",   party("GOV/"), badParty],
  ["represented party with a space",         party("GOV/1 2"), badParty],
  ["represented party beyond ASCII",         party("GOV/k\xc3\xa4si"), badParty],
  ["represented party, escaped otherwise",   party("GOV/k%c3%a4si"), badParty],
  ["represented party too long",             party(`GOV/${"7".repeat(509)}`), badParty],
  ["security server with three parts",       withHeaders("X-Road-Security-Server", "DEV/GOV/1"), { code: "invalid_security_server" }],
  ["use of a decision that is none",         withHeaders("Sealway-Decision-Use", "whatever"), badRequest],
  ...notEnforced.map((name): Row => [`${name}, which nothing enforces yet`, withHeaders(name, "p1"), badRequest]),
  ["X-Road-UserId of 2,000 characters",      withHeaders("X-Road-UserId", "u".repeat(2000)), { ...tooLarge, ...refusedHere }],
  ["/restapi without Uxp-Service",           { path: "/restapi/a" }, { code: "missing_header_field" }],
  ["Uxp-Service with a part too few",        { path: "/restapi/a", headers: ["Uxp-Service", population] }, badService],
  ["Uxp-Service with a part too many",       { path: "/restapi/a", headers: ["Uxp-Service", `${services.open.id}/a`] }, badService],
]);

const server = (value: string) => withHeaders("X-Road-Security-Server", value);
const notThere = { code: "endpoint_not_described", ...refusedHere } as const;

// biome-ignore format: a table is read by its columns
play("a provider that is not there", [
  ["unknown member",                  { path: "/r1/DEV/GOV/99999999/population/open" }, { code: "unknown_member" }],
  ["unknown subsystem",               { path: "/r1/DEV/GOV/10000001/nothing/open" }, { code: "unknown_member" }],
  ["unknown instance",                { path: "/r1/EE/GOV/10000001/population/open" }, { code: "unknown_member" }],
  ["a person where the service is",   { path: `/r1/${population}/46808039945` }, { code: "unknown_service" }],
  ["a person where the provider is",  { path: "/r1/DEV/GOV/10000001/46808039945/x" }, { code: "unknown_member" }],
  ["service in another case",         { path: `/r1/${population}/OPEN` }, { code: "unknown_service" }],
  ["another security server",         server("DEV/GOV/10000003/ss1"), { code: "invalid_security_server" }],
  ["unknown security server",         server("DEV/GOV/10000001/ss9"), { code: "invalid_security_server" }],
  ["endpoint that is not described",  { path: persons("/nothing/46808039945") }, notThere],
  ["method that is not described",    { path: persons("/search") }, notThere],
]);

const subjectMissing = { code: "subject_missing", ...refusedHere } as const;
const inQueryId = { path: persons("/persons/46808039945"), headers: ["X-Road-Id", "case-46808039945-1"] };

// biome-ignore format: a table is read by its columns
play("subjects", [
  ["query without the subject",               { path: persons("/by-query?other=1") }, subjectMissing],
  ["the subject twice in the query",          { path: persons("/by-query?code=1&CODE=2") }, { ...badRequest, ...refusedHere }],
  ["blank subject in the path",               { path: persons("/persons/%20") }, subjectMissing],
  ["an identifier that is none of its scheme", { path: persons("/persons/46808039945a") }, { code: "subject_malformed", ...refusedHere }],
  ["X-Road-Id with the subject's code in it", inQueryId, badQueryId],
]);

const json = ["Content-Type", "application/json"];
const search = (body: Buffer | string, headers: readonly string[] = json): Ask => ({
  ...{ method: "POST", path: persons("/search"), headers, body },
});
const typed = (type: string) => search('{"code":"1"}', ["Content-Type", type]);
const gzip = search(Buffer.from([0x1f, 0x8b, 8, 0]), [...json, "Content-Encoding", "gzip"]);
const deep = `{"code":"1","a":${"[".repeat(80)}${"]".repeat(80)}}`;
const notJson = { code: "invalid_body", ...refusedHere } as const;

// biome-ignore format: a table is read by its columns
play("bodies of a JSON service", [
  ["not JSON",                        search('{"code":'), notJson],
  ["a name twice",                    search('{"code":"1","code":"2"}'), notJson],
  ["a name twice, escaped",           search('{"code":"1","\\u0063ode":"2"}'), notJson],
  ["byte-order mark",                 search('\ufeff{"code":"1"}'), notJson],
  ["lone surrogate",                  search('{"code":"\\ud800"}'), notJson],
  ["not UTF-8",                       search(Buffer.from('{"code":"\xff"}', "latin1")), notJson],
  ["nested too deep",                 search(deep), notJson],
  ["no media type",                   search('{"code":"1"}', []), notJson],
  ["another media type",              typed("text/plain"), notJson],
  ["another character set",           typed("application/json; charset=latin1"), notJson],
  ["compressed",                      gzip, notJson],
  ["compressed, it says",             search('{"code":"1"}', [...json, "Content-Encoding", "gzip"]), notJson],
  ["no subject in it",                search("{}"), subjectMissing],
  ["subject that is no text",         search('{"code":{"a":1}}'), subjectMissing],
  ["subject beyond 2^53",             search('{"code":90071992547409931}'), subjectMissing],
  ["empty, in chunks",                { ...search(""), framing: "chunked" }, subjectMissing],
  ["more than the usual MiB",         search(`{"code":"${"1".repeat(1_048_576)}"}`), { code: "body_too_large", ...refusedHere }],
]);

const small = (length: number, framing: "length" | "chunked"): Ask => ({
  ...{ method: "POST", path: pathOf(services.small), body: "x".repeat(length), framing },
});
const bodyTooLarge = { code: "body_too_large", ...refusedHere } as const;

// biome-ignore format: a table is read by its columns
play("bodies that are too large", [
  ["announced",   small(1001, "length"), bodyTooLarge],
  ["in chunks",   small(1001, "chunked"), bodyTooLarge],
  ["a megabyte",  small(1_000_000, "length"), bodyTooLarge],
]);

const denied = (rule: string) => ({ code: "access_denied", rule, ...refusedThere }) as const;
const otherRevision = { code: "agreement_mismatch", rule: "agreement.named", ...refusedThere } as const;

// biome-ignore format: a table is read by its columns
play("refusals and faults of the provider", [
  ["no agreement",                                asClient(clients.onboarding), denied("agreement.exists")],
  ["agreement that has ended",                    { path: pathOf(services.expired) }, denied("agreement.validity")],
  ["endpoint that the agreement does not cover",  { path: pathOf(services.partly, "/uncovered") }, denied("agreement.endpoint")],
  ["another revision of the agreement",           { path: pathOf(services.revised) }, otherRevision],
  ["service without settings at its server",      { path: pathOf(services.unset) }, { code: "unknown_service", ...refusedThere }],
  ["nobody listens at the service's address",     { path: pathOf(services.down) }, { code: "service_unreachable", ...faultThere }],
  ["the service's address is not allowed",        { path: pathOf(services.forbidden) }, { code: "target_not_allowed", ...faultThere }],
]);

t.test("a refusal keeps X-Road-Id and says nothing of the person", async (t) => {
  const seen = await country.watch(() =>
    country.ask({
      path: persons("/nothing/46808039945"),
      headers: ["X-Road-Id", "case-7", "X-Road-UserId", "EE47101010033"],
    }),
  );
  t.equal(seen.result.header("x-road-id"), "case-7");
  t.equal(seen.asking[0]?.document.queryId, null, "nobody knows yet whether it names the person");
  t.notMatch(seen.result.body.toString(), /46808039945|47101010033/);
  t.notMatch(seen.asking[0]?.record.exchange.toString(), /46808039945|47101010033/);
});

t.test("no line and no clear record names a person, a path or a body; both chains are whole", async (t) => {
  for (const server of [country.asking, country.answering]) {
    const told = /46808039945|47101010033|\/thing|charset=latin1/i;
    t.equal(
      server.logLines.find((line) => told.test(line)),
      undefined,
      "lines",
    );
    const records = await server.log.after(0);
    const exchanges = records.map(({ record }) => record.exchange.toString());
    t.equal(
      exchanges.find((text) => told.test(text)),
      undefined,
      "records",
    );
    t.same(await server.log.findings(), []);
  }
  t.ok(country.asking.logLines.length > 30, `${country.asking.logLines.length} lines were looked at`);
});
