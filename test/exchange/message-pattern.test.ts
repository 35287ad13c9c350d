import t from "tap";
import { parseSearchTags } from "../../src/messagelog/search-tags.ts";
import { checkProblem, recorded } from "./country/expectation.ts";
import { type Changes, forgeRequest, realRequest } from "./country/forgery.ts";
import { messagePlans, messages } from "./country/messages.ts";
import { Peer } from "./country/peer.ts";
import { clients } from "./country/plan.ts";
import { type Ask, pathOf, SmallCountry } from "./country.ts";

/*
 * In an exchange of the pattern `message` the consumer discloses: its own gateway decides, before anything is signed,
 * and the recipient's gateway checks what it sees by the same rule.
 */

const country = await SmallCountry.start(t, { more: messagePlans });
const peer = new Peer(country, country.asking.parts.tls);
t.teardown(() => peer.close());

const person = "38001010000";
const good = { code: person, request: "TR-1", account: "DV81", name: "Mari" };
const send = (body: object | string, more: Partial<Ask> = {}, service = messages.changes): Ask => ({
  ...{ method: "POST", path: pathOf(service, "/changes"), headers: ["Content-Type", "application/json"] },
  body: typeof body === "string" ? body : JSON.stringify(body),
  ...more,
});
const receipt = {
  status: 202,
  headers: ["Content-Type", "application/json"],
  body: '{"reference":"RC-1"}',
} as const;
t.beforeEach(() => country.register.answer(receipt));

t.test("what purpose and agreement allow is sent, whole, and its receipt comes back", async (t) => {
  const body = `{ "code" : "${person}", "account":"DV81","request":"TR-1","name":"Mari","history":[{"account":"DV80"}]}`;
  const { result, asking, answering } = await country.watch(() => country.ask(send(body)));
  t.equal(result.status, 202, result.body.toString());
  t.equal(result.body.toString(), '{"reference":"RC-1"}');
  t.equal(country.register.calls.at(-1)?.body.toString(), body, "not a byte of it is changed");
  t.match(asking[0]?.document, { purpose: { id: "payment" }, agreement: { id: "push-payment" } });
  t.match(answering[1]?.document.agreement, { id: "push-payment" });
  for (const { document } of [asking[0]!, answering[0]!]) t.equal(document.subjectCount, 1);
});

t.test("a parameter that the purpose needs is sent", async (t) => {
  const { result } = await country.watch(() =>
    country.ask(send(good, { path: pathOf(messages.changes, "/changes?since=2026") })),
  );
  t.equal(result.status, 202, result.body.toString());
});

const here = { ...recorded.refusedHere, calls: 0 } as const;
const ungranted = { code: "fields_not_granted", rule: "message.fields", ...here } as const;
const cases: [what: string, ask: Ask, Parameters<typeof checkProblem>[3]][] = [
  [
    "a field that the purpose does not need",
    send({ ...good, income: "98765" }),
    { ...ungranted, detail: /: \/income$/ },
  ],
  [
    "a field that it does not need in an element of a list",
    send({ ...good, history: [{ account: "a" }, { income: "98765" }] }),
    { ...ungranted, detail: /: \/history\/\*\/income$/ },
  ],
  [
    "a parameter that it does not need",
    send(good, { path: pathOf(messages.changes, "/changes?income=98765") }),
    { ...ungranted, detail: /: query:income$/ },
  ],
  [
    "a field that the agreement does not list",
    send({ ...good, history: [{ account: "a" }] }, { client: clients.inspection }),
    { ...ungranted, detail: /: \/history$/ },
  ],
  [
    "a parameter beside an agreement that lists fields",
    send({ ...good }, { client: clients.inspection, path: pathOf(messages.changes, "/changes?since=2026") }),
    { ...ungranted, detail: /: query:since$/ },
  ],
  [
    "a field that nobody described, though breaches are but observed",
    send({ ...good, "Mari Maasikas": 1 }, {}, messages.observed),
    { ...ungranted, detail: /: the body as a whole$/ },
  ],
  [
    "another form of a list, though breaches are but observed",
    send({ ...good, history: "98765" }, {}, messages.observed),
    { ...ungranted, detail: /: \/history$/ },
  ],
  [
    "another purpose than the agreement's",
    send(good, { headers: ["Content-Type", "application/json", "Sealway-Purpose", "statistics"] }),
    { code: "purpose_not_granted", rule: "agreement.purpose", ...here },
  ],
  [
    "without an agreement",
    send(good, {
      client: clients.badged,
      headers: ["Content-Type", "application/json", "Proxy-Authorization", "Bearer a-long-and-random-token"],
    }),
    { code: "access_denied", rule: "agreement.exists", ...here },
  ],
  [
    "by an agreement that has ended",
    send(good, { client: clients.umlaut }),
    { code: "access_denied", rule: "agreement.validity", ...here },
  ],
];
for (const [what, ask, expected] of cases) {
  t.test(`refused by the sender's gateway, before it signs: ${what}`, async (t) => {
    const { result } = await checkProblem(t, country, () => country.ask(ask), expected);
    t.notMatch(result.body.toString(), /\b98765\b|Maasikas/, "no value is told");
  });
}

t.test("the refusal is found under the person", async (t) => {
  const { asking } = await country.watch(() => country.ask(send({ ...good, income: "1" })));
  t.match(parseSearchTags(asking[0]!.record.tags), [
    { role: "asked-about", scheme: "urn:dev:personal-code" },
  ]);
});

t.test("what only finds or confirms somebody needs no grant", async (t) => {
  const ask = send({ code: person, income: "1" }, { client: clients.onboarding });
  const { result } = await country.watch(() => country.ask(ask));
  t.equal(result.status, 202, result.body.toString());
});

const forged: [what: string, body: object, changes: Changes, code: string][] = [
  ["with a field that is not granted", { ...good, income: "98765" }, {}, "fields_not_granted"],
  [
    "that names no agreement",
    good,
    { document: (real) => ({ ...real, agreement: null }) },
    "agreement_mismatch",
  ],
  [
    "for a purpose that is not granted",
    good,
    {
      document: (real) => ({ ...real, purpose: null, purposeSource: null, lawfulBasis: null }),
    },
    "purpose_not_granted",
  ],
  [
    "about an exchange that its body does not name",
    good,
    { document: (real) => ({ ...real, about: real.id }) },
    "inconsistent_headers",
  ],
];
for (const [what, body, changes, code] of forged) {
  t.test(`refused by the recipient's gateway: a message ${what}`, async (t) => {
    const bytes = Buffer.from(JSON.stringify(body));
    const request = await forgeRequest(country, await realRequest(country, send(good)), changes, bytes);
    const { result, calls } = await country.watch(() => peer.send(request));
    t.equal(result.problem.code, code, JSON.stringify(result.problem));
    t.equal(calls, 0);
  });
}
