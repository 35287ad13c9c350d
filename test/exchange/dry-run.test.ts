import fc from "fast-check";
import t from "tap";
import { command } from "../cli/service-command.ts";
import { decidedPlans, decidedServices, purposes } from "./country/decided.ts";
import { checkProblem, recorded } from "./country/expectation.ts";
import { forgeRequest, type Objects, realRequest } from "./country/forgery.ts";
import { Peer } from "./country/peer.ts";
import { clients, services } from "./country/plan.ts";
import type { RawAnswer } from "./country/raw-http.ts";
import { type Ask, pathOf, SmallCountry } from "./country.ts";

/*
 * Purposes, lawful bases and uses in what is signed, and dry runs: what the gateways say before a call is what becomes
 * of it.
 */

const country = await SmallCountry.start(t, { more: decidedPlans });
const person = "38001010000";
const found = {
  headers: ["Content-Type", "application/json"],
  body: JSON.stringify({ code: person, name: "Mari", income: 1200, address: { city: "Harbour" } }),
};
t.beforeEach(() => country.register.answer(found));

interface Question {
  readonly service: { readonly id: string };
  readonly client: string;
  readonly method: string;
  readonly path: string;
  readonly purpose: string | undefined;
  readonly decisionUse: string | undefined;
}

const find: Question = {
  ...{ service: decidedServices.json, client: clients.inspection, method: "POST", path: "/find" },
  ...{ purpose: undefined, decisionUse: undefined },
};

function live({ service, client, method, path, purpose, decisionUse }: Question): Ask {
  const stated = [
    ...(purpose === undefined ? [] : ["Sealway-Purpose", purpose]),
    ...(decisionUse === undefined ? [] : ["Sealway-Decision-Use", decisionUse]),
  ];
  const body = method === "POST" ? { body: JSON.stringify({ code: person }) } : {};
  return {
    ...{ method, client, path: pathOf(service, path), ...body },
    headers: ["Content-Type", "application/json", ...stated],
  };
}

function dry(client: string | null, question: object): Ask {
  return {
    ...{ method: "POST", path: "/decisions", client, headers: ["Content-Type", "application/json"] },
    body: JSON.stringify(question),
  };
}

function dryOf({ service, client, ...rest }: Question): Ask {
  return dry(client, { service: service.id, ...rest });
}

t.test("law, purpose and use stand in what both sides sign", async (t) => {
  const { result, asking, answering } = await country.watch(() => country.ask(live(find)));
  t.equal(result.status, 200, result.body.toString());
  for (const { document } of [...asking, ...answering]) {
    t.strictSame(document.lawfulBasis, { basis: "public-task", provision: "Benefits%20Act%20%C2%A74" });
    t.equal(document.decisionUse, "caseworker", "the only use that the purpose allows");
    t.match(document.purpose, { id: "means-test" });
    t.equal(document.purposeSource, "defaulted");
  }
});

t.test("nothing is said where purpose and description say nothing", async (t) => {
  const { answering } = await country.watch(() => country.ask(live({ ...find, client: clients.benefits })));
  t.match(answering[0]?.document, { lawfulBasis: null, decisionUse: null, purpose: null });
});

const refusals: [what: string, question: Partial<Question>, code: string, rule: string][] = [
  [
    "an automated use where only a caseworker's is allowed",
    { decisionUse: "automated" },
    "decision_use_not_allowed",
    "purpose.decision-use",
  ],
  [
    "no use stated where several are allowed",
    { client: clients.onboarding, purpose: "review" },
    "decision_use_not_allowed",
    "purpose.decision-use",
  ],
  [
    "a purpose that has ended",
    { client: clients.onboarding, purpose: "past" },
    "purpose_expired",
    "purpose.validity",
  ],
];
for (const [what, question, code, rule] of refusals) {
  t.test(`refused, live and dry: ${what}`, async (t) => {
    const expected = { code, rule, ...recorded.refusedThere } as Parameters<typeof checkProblem>[3];
    await checkProblem(t, country, () => country.ask(live({ ...find, ...question })), expected);
    const told = (await country.ask(dryOf({ ...find, ...question }))).json();
    t.match(told, { verdict: "deny", code, rule, hop: "provider" });
    const trace = told.trace as { rule: string; outcome: string }[];
    t.match(trace.at(-1), { rule, outcome: "failed" });
  });
}

/** What a call came to, in the words of a dry run. */
function verdictOf(result: RawAnswer) {
  if (result.header("X-Road-Error") === undefined) {
    const removed = result.header("Sealway-Removed-Fields");
    return { verdict: "permit", code: null, rule: null, fieldsRemoved: removed?.split(", ") ?? [] };
  }
  const { code, rule, hop } = result.json();
  return { verdict: "deny", code, rule, hop, fieldsRemoved: [] };
}

const questions = fc.record({
  service: fc.constantFrom(...Object.values(decidedServices)),
  client: fc.constantFrom(clients.benefits, clients.inspection, clients.onboarding, clients.umlaut),
  endpoint: fc.constantFrom(
    ["POST", "/find"] as const,
    ["GET", "/plain"] as const,
    ["GET", "/none"] as const,
  ),
  purpose: fc.constantFrom(undefined, "unknown", ...Object.values(purposes).map(({ id }) => id)),
  decisionUse: fc.constantFrom(undefined, "automated", "caseworker", "none"),
});

t.test("a dry run says what becomes of the call, to each of those who read it", async (t) => {
  const seen = new Set<string>();
  const property = fc.asyncProperty(questions, async ({ endpoint: [method, path], ...rest }) => {
    const question = { ...rest, method, path };
    // A success that nobody described is none.
    if (method === "GET") country.register.answer({ status: 404 });
    else country.register.answer(found);
    const asked = await country.watch(() => country.ask(dryOf(question)));
    const called = await country.watch(() => country.ask(live(question)));
    const told = asked.result.json();
    const expected = verdictOf(called.result);
    t.equal(asked.calls, 0, "a dry run reaches no register");
    t.match(told, expected, JSON.stringify({ ...question, service: question.service.id }));
    seen.add(`${told.verdict} ${told.code}`);
    // What the provider keeps, and an auditor finds with it.
    const kept = called.answering.at(-1)?.document;
    if (kept === undefined) return;
    t.match(kept.decision, { verdict: told.verdict, code: told.code, fieldsRemoved: told.fieldsRemoved });
    const { inputs } = (told.trace as { rule: string; inputs: { sha256: string }[] }[]).find(
      ({ rule }) => rule === "agreement.exists",
    )!;
    if (kept.agreement !== null) t.ok(inputs.some(({ sha256 }) => sha256 === kept.agreement?.sha256));
  });
  await t.resolves(fc.assert(property, { numRuns: 40, endOnFailure: true }));
  t.ok(seen.size >= 5, `many verdicts were met: ${[...seen].join(", ")}`);
});

const aboutPerson = { service: services.persons.id, method: "GET" };

t.test("a dry run that names nobody is recorded as an exchange about nobody", async (t) => {
  const { result, asking, answering, calls } = await country.watch(() =>
    country.ask(dry(clients.benefits, { ...aboutPerson, path: "/persons/{code}" })),
  );
  t.match(result.json(), { verdict: "permit" }, result.body.toString());
  t.equal(calls, 0);
  for (const log of [asking, answering]) {
    t.equal(log.length, 2);
    t.match(log[0]?.document, { service: { id: `${clients.population}/sealway.decide` }, subjectCount: 0 });
  }
});

t.test("one that names somebody is recorded about that person on both sides", async (t) => {
  const named: readonly object[] = [
    { ...aboutPerson, path: `/persons/${person}` },
    { ...aboutPerson, path: "/by-query", query: `code=${person}` },
    { ...aboutPerson, path: "/free", subject: { scheme: "urn:dev:personal-code", value: person } },
  ];
  for (const question of named) {
    const { result, asking, answering } = await country.watch(() =>
      country.ask(dry(clients.benefits, question)),
    );
    t.match(result.json(), { verdict: "permit" }, result.body.toString());
    for (const log of [asking, answering])
      t.match(log[0]?.document, {
        subjectCount: 1,
        subjects: [{ role: "asked-about", scheme: "urn:dev:personal-code" }],
      });
  }
});

t.test("whoever has no agreement may not ask about somebody", async (t) => {
  const question = { ...aboutPerson, path: `/persons/${person}` };
  const { result, answering } = await country.watch(() => country.ask(dry(clients.inspection, question)));
  t.match(result.json(), { code: "access_denied" });
  t.equal(answering.at(-1)?.document.type, "refusal");
  const open = await country.ask(dry(clients.inspection, { ...aboutPerson, path: "/persons/{code}" }));
  t.match(open.json(), { verdict: "deny", code: "access_denied", rule: "agreement.exists" });
});

t.test("dry runs about persons have a limit of their own", async (t) => {
  const question = dry(clients.benefits, { ...aboutPerson, path: `/persons/${person}` });
  // A new minute: what was asked before does not count.
  country.clock.ahead += 60_000 - (country.clock.now() % 60_000);
  const statuses: number[] = [];
  for (let i = 0; i < 61; i++) statuses.push((await country.ask(question)).status);
  t.strictSame(new Set(statuses.slice(0, 60)), new Set([200]));
  t.equal(statuses[60], 429);
  t.equal(
    (await country.ask(dry(clients.benefits, { ...aboutPerson, path: "/persons/{code}" }))).status,
    200,
  );
  country.clock.ahead += 60_000;
  t.equal((await country.ask(question)).status, 200);
});

const bad: [what: string, ask: Ask, code: string, status: number][] = [
  ["no client", dry(null, { ...aboutPerson, path: "/free" }), "invalid_client_identifier", 400],
  ["a client that is not served here", dry(clients.business, aboutPerson), "client_not_served", 403],
  ["a client without its token", dry(clients.badged, aboutPerson), "client_authentication_required", 401],
  ["another method", { ...dry(clients.benefits, aboutPerson), method: "PUT" }, "invalid_http_method", 405],
  ["no question", dry(clients.benefits, {}), "invalid_body", 400],
  [
    "a member that is unknown",
    dry(clients.benefits, { ...aboutPerson, path: "/free", x: 1 }),
    "invalid_body",
    400,
  ],
  [
    "a path that hides another",
    dry(clients.benefits, { ...aboutPerson, path: "/persons/%2e%2e/free" }),
    "ambiguous_path",
    400,
  ],
  [
    "a question that is too long",
    dry(clients.benefits, { ...aboutPerson, path: "/free", x: "x".repeat(20_000) }),
    "body_too_large",
    413,
  ],
];
for (const [what, ask, code, status] of bad) {
  t.test(`refused: ${what}`, async (t) => {
    const { result, asking, answering } = await country.watch(() => country.ask(ask));
    t.match(result.json(), { code });
    t.equal(result.status, status);
    t.same([asking, answering], [[], []], "nothing is recorded");
  });
}

t.test("an information system does not reach the other gateway's desk", async (t) => {
  const path = `/r1/${clients.population}/sealway.decide/services/persons/decisions`;
  const ask = { ...dry(clients.benefits, {}), path };
  await checkProblem(t, country, () => country.ask(ask), {
    ...{ code: "access_denied", rule: "builtin.caller", ...recorded.refusedHere },
  });
});

t.test("the command says the same in words, or as it came", async (t) => {
  const gateway = `http://127.0.0.1:${country.asking.gateway.ports.http}`;
  const server = ["--config", country.asking.configurationFile, "--gateway", gateway];
  const { id } = decidedServices.json;
  const decide = (...args: string[]) =>
    command(t, "decide", ...server, "--client", clients.inspection, ...args, id, "POST", "/find");
  const permitted = await decide();
  t.equal(permitted.code, 0, permitted.err);
  t.match(permitted.out, /^permitted\n/);
  t.match(permitted.out, /would be removed: \/code, \/children/);
  t.match(permitted.out, /passed +agreement\.purpose: agreement one-json \(1\), purpose means-test \(1\)/);
  const refused = await decide("--decision-use", "automated");
  t.equal(refused.code, 1);
  t.match(refused.out, /^refused by the provider's security server: decision_use_not_allowed\n/);
  t.match(refused.out, /failed +purpose\.decision-use.*; the consumer can mend it/);
  const json = await decide("--json", "--purpose", "letters");
  t.equal(json.code, 1);
  t.match(JSON.parse(json.out), { verdict: "deny", code: "purpose_not_granted" });
  const stranger = await command(t, "decide", ...server, "--client", clients.business, id, "GET", "/x");
  t.equal(stranger.code, 1);
  t.match(stranger.err, /403 client_not_served/);
});

/*
 * A consumer's gateway that says what is not so, with a good seal: the provider's finds it out, and calls nobody.
 */

const peer = new Peer(country, country.asking.parts.tls);
t.teardown(() => peer.close());

type Said = Partial<Objects["document"]>;
const said: [what: string, changes: Said, code: string][] = [
  ["no lawful basis", { lawfulBasis: null }, "lawful_basis_mismatch"],
  [
    "another lawful basis",
    { lawfulBasis: { basis: "legal-obligation", provision: "Audit%20Act%20%C2%A79" } },
    "lawful_basis_mismatch",
  ],
  [
    "another provision",
    { lawfulBasis: { basis: "public-task", provision: "Benefits%20Act%20%C2%A75" } },
    "lawful_basis_mismatch",
  ],
  ["no use of the answer", { decisionUse: null }, "decision_use_not_allowed"],
  ["another use of the answer", { decisionUse: "analytics" }, "decision_use_not_allowed"],
  ["no purpose", { purpose: null, purposeSource: null }, "purpose_not_granted"],
  ["a purpose without a source", { purposeSource: null }, "purpose_unknown"],
];
t.test("what a request says of purpose, law and use is held against the description", async (t) => {
  const real = await realRequest(country, live(find));
  const body = Buffer.from(JSON.stringify({ code: person }));
  for (const [what, changes, code] of said) {
    const forged = await forgeRequest(country, real, { document: (it) => ({ ...it, ...changes }) }, body);
    const { result, calls } = await country.watch(() => peer.send(forged));
    t.equal(result.signed?.document.type, "refusal", what);
    t.match(result.problem, { code }, what);
    t.equal(calls, 0, what);
  }
  const again = await peer.send(await forgeRequest(country, real, {}, body));
  t.equal(again.signed?.document.type, "response", "without a change it passes");
});

t.test("a dry run that says what is not so is told what the call would be told", async (t) => {
  const { result, asking } = await country.watch(() => country.ask(dryOf(find)));
  t.match(result.json(), { verdict: "permit" });
  const [sent] = asking;
  const { lawfulBasis, purpose } = (await realRequest(country, live(find))).document;
  const good = {
    ...{ agreement: null, decisionUse: "caseworker", lawfulBasis, purpose, purposeSource: "stated" },
    ...{ query: "", subjects: [], endpoint: { method: "POST", template: "/find" } },
    description: (await realRequest(country, live(find))).document.service.sha256,
  };
  const ask = async (changes: object) => {
    const body = Buffer.from(JSON.stringify({ ...good, ...changes }));
    return peer.send(await forgeRequest(country, { document: sent!.document, head: sent!.head }, {}, body));
  };
  const verdicts: [changes: object, told: object][] = [
    [{}, { verdict: "permit" }],
    [{ lawfulBasis: null }, { code: "lawful_basis_mismatch", rule: "purpose.basis" }],
    [{ decisionUse: "automated" }, { code: "decision_use_not_allowed" }],
    [{ purpose: { ...purpose, revision: 2 } }, { code: "purpose_unknown" }],
    [{ agreement: purpose }, { code: "agreement_mismatch", rule: "agreement.named" }],
    [{ description: "A".repeat(43) }, { code: "description_mismatch" }],
    [{ endpoint: { method: "POST", template: "/**" } }, { code: "endpoint_not_described" }],
  ];
  for (const [changes, told] of verdicts) {
    const answer = await ask(changes);
    t.match(JSON.parse(answer.body.toString()), told, JSON.stringify(changes));
  }
  for (const changes of [{ subjects: [{ scheme: "x" }] }, { more: 1 }, { lawfulBasis: "all" }]) {
    const answer = await ask(changes);
    t.match(answer.problem, { code: "invalid_body" }, JSON.stringify(changes));
  }
});
