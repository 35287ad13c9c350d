import t from "tap";
import { Catalogue } from "../../src/catalogue/catalogue.ts";
import { locateSubjects } from "../../src/catalogue/locate-subjects.ts";
import { ordinaryStanding } from "../../src/catalogue/service-standing.ts";
import { disclosureOfAnswer } from "../../src/exchange/disclosure-of-answer.ts";
import type { ExchangeDocument } from "../../src/message/exchange-document.ts";
import type { Head } from "../../src/message/head.ts";
import { published } from "../policy/grant.ts";
import { checkProblem, recorded } from "./country/expectation.ts";
import { forgeRequest, realRequest } from "./country/forgery.ts";
import { Peer } from "./country/peer.ts";
import { clients } from "./country/plan.ts";
import { recordPlans, records } from "./country/records.ts";
import type { RegisterReply } from "./country/register.ts";
import { type Ask, pathOf, SmallCountry } from "./country.ts";

/*
 * Ways around what an agreement leaves of an answer, tried over real gateways: by what a register says beside the body
 * that is described, and by what a consumer's server says of the purpose.
 */

const country = await SmallCountry.start(t, { more: recordPlans });
const peer = new Peer(country, country.asking.parts.tls);
t.teardown(() => peer.close());
const income = 98_765;
/** Its five digits lie in one identifier out of 40,000 by chance. */
const incomeAlone = new RegExp(`\\b${income}\\b`);
const whole = { code: "38001010000", name: "Mari", income, address: { city: "Harbour" } };
const json = (body: unknown, more: Partial<RegisterReply> = {}): RegisterReply => ({
  ...{ headers: ["Content-Type", "application/json"], body: JSON.stringify(body) },
  ...more,
});
const find = (service = records.enforced, headers: readonly string[] = [], query = ""): Ask => ({
  ...{ method: "POST", path: pathOf(service, `/find${query}`), client: clients.inspection },
  ...{ body: '{"code":"38001010000"}', headers: ["Content-Type", "application/json", ...headers] },
});
const body = Buffer.from('{"code":"38001010000"}');
const stated = ["Sealway-Purpose", "letters"];
t.beforeEach(() => country.register.answer(json(whole)));

t.test("a success that nobody described is not delivered, be it observed or not", async (t) => {
  for (const status of [201, 203, 299]) {
    country.register.answer(json(whole, { status }));
    await checkProblem(t, country, () => country.ask(find(records.observed)), {
      ...{ code: "invalid_response", detail: /at \/: cut/, calls: 1 },
      ...recorded.faultThere,
    });
  }
});

t.test("of an error that nobody described the status is delivered, and not what it says", async (t) => {
  for (const status of [302, 403, 500]) {
    const headers = ["Content-Type", "application/json", "Location", `/people/${income}`];
    country.register.answer(json(whole, { status, headers }));
    const { result, answering } = await country.watch(() => country.ask(find(records.observed)));
    t.equal(result.status, status);
    t.equal(result.body.length, 0);
    t.equal(result.header("Location"), undefined);
    t.same(answering[1]?.document.decision?.fieldsRemoved, ["/code", "/income", "/children"]);
  }
});

t.test("what a service says beside the status is not delivered", async (t) => {
  country.register.answer(json(whole, { reason: `Income ${income}` }));
  const { result, answering } = await country.watch(() => country.ask(find()));
  t.equal(result.reason, "OK");
  t.match(answering[1]?.head.start, { reason: "OK" });
});

t.test("no header tells the whole from what is left, with a body or without", async (t) => {
  const validators = ["ETag", `"${income}"`, "Last-Modified", "today", "Set-Cookie", `a=${income}`];
  for (const status of [200, 302]) {
    country.register.answer(
      json(whole, { status, headers: ["Content-Type", "application/json", ...validators] }),
    );
    const { result } = await country.watch(() => country.ask(find(records.observed)));
    t.notMatch(`${result.headers}`, incomeAlone);
    t.equal(result.header("Last-Modified"), undefined);
  }
});

t.test("members that nobody described are cut in the same way in every body", async (t) => {
  const body = `{"name":"Mari","n\\u0061mE":${income},"NAME":${income},"address":{"__proto__":{"x":${income}}},"constructor":${income}}`;
  country.register.answer(json(null, { body }));
  const { result } = await country.watch(() => country.ask(find(records.observed)));
  t.equal(result.body.toString(), '{"name":"Mari","address":{}}');
});

t.test("a message that is sent again gets what was left, and no more", async (t) => {
  const request = await forgeRequest(country, await realRequest(country, find()), {}, body);
  const [first, again] = [await peer.send(request), await peer.send(request)];
  t.equal(first.body.toString(), '{"name":"Mari","address":{"city":"Harbour"}}');
  t.ok(again.body.equals(first.body));
});

t.test("an agreement can ask that each call states its purpose", async (t) => {
  await checkProblem(t, country, () => country.ask(find(records.bare)), {
    ...{ code: "purpose_not_stated", rule: "agreement.stated", calls: 0 },
    ...recorded.refusedThere,
  });
});

const falsePurposes: readonly (readonly [
  what: string,
  change: (real: ExchangeDocument) => object,
  code: string,
])[] = [
  ["that its server found though it may not", () => ({ purposeSource: "defaulted" }), "purpose_not_stated"],
  [
    "in a revision that there is not",
    ({ purpose }) => ({ purpose: { ...purpose, revision: 2 } }),
    "purpose_unknown",
  ],
  [
    "of another text",
    ({ purpose }) => ({ purpose: { ...purpose, sha256: "A".repeat(43) } }),
    "purpose_unknown",
  ],
  ["that nobody named", () => ({ purpose: null, purposeSource: null }), "purpose_not_stated"],
];
for (const [what, change, code] of falsePurposes) {
  t.test(`refused by the provider: a purpose ${what}`, async (t) => {
    const real = await realRequest(country, find(records.bare, stated));
    const document = (one: ExchangeDocument) => ({ ...one, ...change(one) });
    const { result, calls } = await country.watch(async () =>
      peer.send(await forgeRequest(country, real, { document }, body)),
    );
    t.match(result.signed?.document, { type: "refusal", decision: { code } });
    t.equal(calls, 0);
  });
}

t.test("refused by the provider: an agreement by its digest, under another name", async (t) => {
  const real = await realRequest(country, find(records.bare, stated));
  t.ok(real.document.agreement, "the consumer names it");
  for (const change of [{ id: "another" }, { revision: 99 }]) {
    const document = (one: ExchangeDocument) => ({ ...one, agreement: { ...one.agreement, ...change } });
    const { signed } = await peer.send(await forgeRequest(country, real, { document }, body));
    t.match(signed?.document, { type: "refusal", decision: { code: "agreement_mismatch" } });
  }
});

t.test(
  "nobody is asked about whom the record does not name: a query that can be read in two ways",
  async (t) => {
    const vocabulary = { normalise: (_: string, value: string) => value };
    const subjects = [{ in: "query", name: "code", role: "asked-about", scheme: "urn:a" }] as const;
    const locate = (query: string) =>
      locateSubjects(
        { subjects },
        { parameters: new Map(), query, header: () => undefined, body: undefined },
        vocabulary,
      );
    t.match(locate("?code=1&more=%3B"), [{ value: "1" }]);
    for (const query of [
      "?code=1;code=2",
      "?a=1;code=2&code=1",
      "?code=1&CODE=2",
      "?code=1&code[]=2",
      "?code=1&code%5B0%5D=2",
    ])
      t.throws(() => locate(query), { code: "bad_request" }, query);
  },
);

t.test("the body of a request that was not taken is not kept", async (t) => {
  const real = await realRequest(country, find(records.bare, stated));
  const taken = await country.watch(async () => peer.send(await forgeRequest(country, real, {}, body)));
  t.equal(taken.result.signed?.document.type, "response");
  t.ok(taken.answering[0]?.record.body, "of one that was taken it is");
  const head = (one: Head): Head =>
    one.start.kind === "request"
      ? { ...one, start: { ...one.start, target: `${one.start.target}?mother=1` } }
      : one;
  const refused = await country.watch(async () =>
    peer.send(await forgeRequest(country, real, { head }, body)),
  );
  t.match(refused.result.signed?.document, { type: "refusal", decision: { code: "invalid_parameter" } });
  t.equal(refused.answering.length, 2, "the refusal is signed and recorded");
  t.equal(refused.answering[0]?.record.body, undefined);
  t.equal(refused.calls, 0);
});

t.test("signed content of which nobody said what it holds is not asked for", async (t) => {
  await checkProblem(t, country, () => country.ask(find(records.undescribed)), {
    ...{ code: "signed_not_filtered", rule: "content.signed", calls: 0 },
    ...recorded.refusedThere,
  });
});

t.test("a field that is withdrawn while the service is at work goes", async (t) => {
  const document = published();
  const { description } = document;
  const catalogueOf = (...withdrawnFields: string[]) =>
    new Catalogue(
      [document],
      undefined,
      new Map([[document.sha256, { ...ordinaryStanding, withdrawnFields }]]),
    );
  const atWork = {
    ...{ agreement: null, purpose: null, description, endpoint: description.endpoints[0] },
    trust: { catalogue: catalogueOf() },
    services: { trust: () => ({ catalogue: catalogueOf("/birth") }) },
  };
  t.same(disclosureOfAnswer(atWork as never, "200").removed, ["/birth"]);
});

t.test("none of it stands in a line of a process log", async (t) => {
  const lines = [...country.asking.logLines, ...country.answering.logLines].join("\n");
  t.match(lines, /breaks the description/);
  t.notMatch(lines, new RegExp(`${incomeAlone.source}|Mari|38001010000|mother`));
});
