import t from "tap";
import { Catalogue } from "../../src/catalogue/catalogue.ts";
import { ordinaryStanding } from "../../src/catalogue/service-standing.ts";
import { enforcesAnswers } from "../../src/exchange/breach.ts";
import type { ExchangeDocument } from "../../src/message/exchange-document.ts";
import type { Head } from "../../src/message/head.ts";
import { published } from "../policy/grant.ts";
import { checkProblem, recorded } from "./country/expectation.ts";
import { type Changes, forgeAnswer, forgeRequest, realRequest } from "./country/forgery.ts";
import { Peer, PlayedServer, writeSigned } from "./country/peer.ts";
import { clients } from "./country/plan.ts";
import { recordPlans, records } from "./country/records.ts";
import type { RegisterReply } from "./country/register.ts";
import { type Ask, pathOf, SmallCountry } from "./country.ts";

/*
 * Requests and answers against the schemas of their description: refused where it is enforced, told where it is
 * observed, and nothing of what a person wrote or an answer holds in any message about it.
 */

const country = await SmallCountry.start(t, { more: recordPlans });
const rogue = await PlayedServer.start(country);
t.teardown(() => rogue.close());
const secret = "38001010000";
const good = { code: secret, name: "Mari", address: { city: "Harbour" } };
const json = (body: unknown, status = 200): RegisterReply => ({
  ...{ status, headers: ["Content-Type", "application/json"], body: JSON.stringify(body) },
});
const find = (service = records.enforced, body: unknown = { code: secret }, query = ""): Ask => ({
  ...{ method: "POST", path: pathOf(service, `/find${query}`), body: JSON.stringify(body) },
  headers: ["Content-Type", "application/json"],
});
t.beforeEach(() => country.register.answer(json(good)));
const brokenRequests: [what: string, ask: Ask, code: "invalid_body" | "invalid_parameter", detail: RegExp][] =
  [
    ["a number for a text", find(undefined, { code: secret, year: "x" }), "invalid_body", /at \/year: type/],
    ["a field missing", find(undefined, { year: 2000 }), "invalid_body", /at \/code: required/],
    [
      "a field too many",
      find(undefined, { code: secret, grandmother: 1 }),
      "invalid_body",
      /at \/: additionalProperties/,
    ],
    ["no body", { ...find(), body: "" }, "invalid_body", /at \/: missing/],
    [
      "a parameter that does not fit",
      find(undefined, undefined, "?year=1492"),
      "invalid_parameter",
      /at query:year: /,
    ],
    [
      "a parameter twice",
      find(undefined, undefined, "?year=2000&year=2001"),
      "invalid_parameter",
      /at query:year: type/,
    ],
    [
      "a list too long",
      find(undefined, undefined, "?tag=a&tag=b&tag=c"),
      "invalid_parameter",
      /at query:tag: maxItems/,
    ],
    [
      "an unknown parameter",
      find(undefined, undefined, "?grandmother=1"),
      "invalid_parameter",
      /at query:\*: undescribed/,
    ],
  ];
for (const [what, ask, code, detail] of brokenRequests) {
  t.test(`a request that breaks its description: ${what}`, async (t) => {
    await checkProblem(t, country, () => country.ask(ask), { code, detail, ...recorded.refusedHere });
  });
}

t.test("the provider judges requests for itself", async (t) => {
  const real = await realRequest(country, find());
  const peer = new Peer(country, country.asking.parts.tls);
  t.teardown(() => peer.close());
  const body = Buffer.from(JSON.stringify({ code: secret, grandmother: 1 }));
  const { result, calls } = await country.watch(async () =>
    peer.send(await forgeRequest(country, real, {}, body)),
  );
  t.match(result.signed?.document, { type: "refusal", decision: { code: "invalid_body" } });
  t.match(result.problem.detail, /at \/: additionalProperties/);
  t.equal(calls, 0);
});

t.test("what fits is taken, in every reading that fits", async (t) => {
  for (const query of ["", "?year=2000", "?tag=a", "?tag=a&tag=b", "?tag=1"]) {
    const { status, body } = await country.ask(find(undefined, { code: secret, year: 1999 }, query));
    t.equal(status, 200, `${query} ${body}`);
  }
});

const child = { code: "1", school: "x" };
const brokenAnswers: [what: string, reply: RegisterReply, detail: RegExp][] = [
  ["a text for a number", json({ ...good, income: "much" }), /status 200: .* at \/income: type/],
  ["a field missing", json({ code: secret, name: "Mari" }), /at \/address: required/],
  ["a field too many", json({ ...good, grandmother: "x" }), /at \/: additionalProperties/],
  ["deep down", json({ ...good, children: [child, { ...child, code: 7 }] }), /at \/children\/1\/code: type/],
  ["no body", { headers: ["Content-Type", "application/json"] }, /at \/: missing/],
  ["a status that is not described", json(good, 202), /status 202: .* at \/: status/],
  ["the answer of another status", json(good, 404), /status 404: .* at \/: additionalProperties/],
];
for (const [what, reply, detail] of brokenAnswers) {
  t.test(`an answer that breaks its description is not delivered: ${what}`, async (t) => {
    country.register.answer(reply);
    const expected = { code: "invalid_response", detail, calls: 1, ...recorded.faultThere } as const;
    const { result } = await checkProblem(t, country, () => country.ask(find()), expected);
    t.equal(result.json().contact, "Duty officer, +372 5555 5555", "whom to tell");
  });
}

t.test("the provider is told: by a line, a figure, and in its health", async (t) => {
  country.register.answer(json({ ...good, address: 7 }));
  const before = country.answering.logLines.length;
  await country.ask(find());
  await country.ask(find());
  const lines = country.answering.logLines
    .slice(before)
    .filter((line) => /"an? \w+ breaks the description"/.test(line));
  t.equal(lines.length, 1, "once a minute for a place");
  t.match(JSON.parse(lines[0]!), {
    ...{ level: 40, service: records.enforced.id, method: "POST", template: "/find", message: "answer" },
    ...{ place: "/address", keyword: "type", fate: "refused", role: "provider" },
  });
  const state = country.answering.gateway
    .health()
    .services.find(({ service }) => service === records.enforced.id);
  t.match(state?.brokenAnswers, {
    refused: brokenAnswers.length + 2,
    delivered: 0,
    last: { endpoint: "POST /find", place: "/address", keyword: "type", version: "1.2.3" },
  });
  const metrics = await (
    await fetch(`http://127.0.0.1:${country.answering.gateway.ports.health}/metrics`)
  ).text();
  t.match(
    metrics,
    `sealway_service_breaches_total{role="provider",service="${records.enforced.id}",message="answer",fate="refused"} ${brokenAnswers.length + 2}`,
  );
});

t.test("where the description is observed, everything is delivered and told", async (t) => {
  const before = country.answering.logLines.length;
  const body = { ...good, grandmother: "x" };
  country.register.answer(json(body));
  const { result } = await country.watch(() =>
    country.ask(find(records.observed, { code: secret, year: "x" }, "?year=1")),
  );
  t.equal(result.status, 200, result.body.toString());
  t.same(result.json(), body);
  const told = country.answering.logLines
    .slice(before)
    .filter((line) => /"an? \w+ breaks the description"/.test(line));
  t.match(
    told.map((line) => JSON.parse(line)),
    [
      { message: "request", place: "query:year", keyword: "minimum", fate: "delivered" },
      { message: "answer", place: "", keyword: "additionalProperties", fate: "delivered" },
    ],
  );
  t.ok(
    country.asking.logLines.some((line) => /an answer breaks/.test(line)),
    "the consumer's gateway sees it, too",
  );
});

t.test("observed or not, answers are cut", async (t) => {
  country.register.answer(json({ ...good, grandmother: "x", address: { city: 7, floor: "x" } }));
  const { result, answering } = await country.watch(() =>
    country.ask({ ...find(records.observed), client: clients.inspection }),
  );
  t.same(result.json(), { name: "Mari", address: { city: 7 } });
  t.same(answering[1]?.document.decision?.fieldsRemoved, ["/code", "/income", "/children"]);
});

t.test("observed or not, what has no form in which it could be cut is not delivered", async (t) => {
  const ask = () => country.ask({ ...find(records.observed), client: clients.inspection });
  for (const [body, place] of [
    ["Mari, 38001010000", "/"],
    [[good, 7], "/1"],
    [{ ...good, address: 7 }, "/address"],
    [{ ...good, name: { first: "Mari", income: 7 } }, "/name"],
  ] as const) {
    country.register.answer(json(body));
    const detail = new RegExp(`at ${place}: cut`);
    await checkProblem(t, country, ask, {
      code: "invalid_response",
      detail,
      calls: 1,
      ...recorded.faultThere,
    });
  }
});

t.test("where unknown fields are removed, they are, and everything else stays byte for byte", async (t) => {
  const body = `{ "grandmother":{"code":"1"},"code":"${secret}", "name" : "M\\u0061ri", "income":1.0e3,"address":{"city":"Harbour","floor":[1]} }`;
  const reply = { headers: ["Content-Type", "application/json", "ETag", '"x"'], body };
  country.register.answer(reply);
  const before = country.answering.logLines.length;
  const { result, answering } = await country.watch(() => country.ask(find(records.removing)));
  t.equal(
    result.body.toString(),
    `{"code":"${secret}", "name" : "M\\u0061ri", "income":1.0e3,"address":{"city":"Harbour"} }`,
  );
  t.equal(result.header("ETag"), undefined, "it was the whole answer's");
  t.same(
    answering[1]?.document.decision?.fieldsRemoved,
    [],
    "what the record says does not depend on the data",
  );
  t.notOk(
    country.answering.logLines.slice(before).some((line) => /"an? \w+ breaks the description"/.test(line)),
  );
  country.register.answer(json(good));
  t.same((await country.ask(find(records.removing))).json(), good);
  country.register.answer(json({ ...good, income: "x", grandmother: 1 }));
  t.equal((await country.ask(find(records.removing))).json().code, "invalid_response", "the rest must fit");
});

t.test("a large answer is cut on its way through the spool", async (t) => {
  const children = Array.from({ length: 20 }, (_, i) => ({ code: `${i}`, school: "s".repeat(100) }));
  const name = "n".repeat(100);
  const text = JSON.stringify({ ...good, name, children });
  const body = text
    .replace('"children"', `${" ".repeat(200_000)}"children"`)
    .replace('"code":"3', `"more":${"7".repeat(70_000)},"code":"3`);
  country.register.answer({ headers: ["Content-Type", "application/json"], body });
  const { result } = await country.watch(() => country.ask(find(records.removing)));
  t.equal(result.status, 200, result.body.subarray(0, 300).toString());
  t.ok(result.body.length > 200_000);
  t.same(result.json(), { ...good, name, children });
});

/** What the consumer's gateway tells of an answer that a dishonest provider sealed. */
async function toldOf(answer: unknown, changes: Changes = {}): Promise<string[]> {
  rogue.play(async ({ message }, response) => {
    const { agreement } = JSON.parse(message.exchange.toString("latin1"));
    const decision = { code: null, fieldsRemoved: ["/code", "/income", "/children"], verdict: "permit" };
    const document = (one: ExchangeDocument) => ({
      ...one,
      agreement,
      decision,
      contentKind: "json",
      ...changes.document?.(one),
    });
    const head = (one: Head): Head => ({
      ...one,
      headers: [["content-type", "application/json"], ...one.headers],
    });
    const body = Buffer.from(JSON.stringify(answer));
    writeSigned(response, await forgeAnswer(country, message, { document, head }, body));
  });
  country.clock.ahead += 61_000;
  const before = country.asking.logLines.length;
  const { result } = await country.watch(() =>
    country.ask({ ...find(records.rogue), client: clients.inspection }),
  );
  t.equal(result.status, 200, result.body.toString());
  const lines = country.asking.logLines.slice(before).map((line) => JSON.parse(line));
  return lines
    .filter(({ msg }) => msg === "an answer breaks the description")
    .map(({ place, keyword }) => `${place} ${keyword}`);
}

t.test(
  "the consumer's gateway sees what a provider should have cut, and whom it should have named",
  async (t) => {
    const left = { name: "Mari", address: {} };
    t.same(await toldOf(left), []);
    t.same(await toldOf({ ...left, income: 7 }), [" additionalProperties"], "it should have been cut");
    t.same(await toldOf({ name: "Mari" }), ["/address required"]);
    const decision = { code: null, fieldsRemoved: [], verdict: "permit" };
    t.same(await toldOf(left, { document: () => ({ decision }) }), [" fieldsRemoved"]);
    const more = { ...decision, fieldsRemoved: ["/code", "/income", "/children", "/address"] };
    t.same(await toldOf({ name: "Mari" }, { document: () => ({ decision: more }) }), [" fieldsRemoved"]);
    const agreement = { id: "mine", revision: 1, sha256: "A".repeat(43) };
    t.same(await toldOf(good, { document: () => ({ agreement }) }), [" agreement"], "another permit");
    t.same(await toldOf({ ...left, code: secret }), [" additionalProperties"]);
  },
);

t.test("answers are observed as long as two persons let them be", async (t) => {
  const { description } = published({ validation: "enforce" });
  const until = (observedUntil: number | undefined) => {
    const standings = new Map([[description.sha256, { ...ordinaryStanding, observedUntil }]]);
    const catalogue = new Catalogue([description as never], undefined, standings);
    return { description, services: { clock: { now: () => 100 } }, trust: { catalogue } } as never;
  };
  t.same(
    [undefined, 101, 100].map((time) => enforcesAnswers(until(time))),
    [true, false, true],
  );
});

t.test("no value in any line of the process logs", async (t) => {
  const lines = [...country.asking.logLines, ...country.answering.logLines].join("\n");
  t.match(lines, /breaks the description/);
  t.notMatch(lines, /38001010000|Mari|Harbour|grandmother/);
});
