import t, { type Test } from "tap";
import { openReader } from "../../src/assembly/log-store.ts";
import { reviewEmergency } from "../../src/assembly/review-emergency.ts";
import {
  EmergencyBook,
  emergenciesShown,
  reviewWithin,
} from "../../src/exchange/emergencies/emergency-book.ts";
import type { ContextDocument } from "../../src/messagelog/message-record.ts";
import { keyOperation } from "../../src/pki/private-key.ts";
import { SignerPool } from "../../src/pki/signer.ts";
import type { CoverableExchange, Restriction } from "../../src/policy/restrictions/restriction.ts";
import { command } from "../cli/service-command.ts";
import { checkProblem, recorded } from "./country/expectation.ts";
import { type Changes, forgeRequest, realRequest } from "./country/forgery.ts";
import { Peer } from "./country/peer.ts";
import { clients, type MorePlans, type PlannedService } from "./country/plan.ts";
import { recordSchema } from "./country/records.ts";
import type { CountryServer } from "./country/server.ts";
import { type Ask, pathOf, SmallCountry } from "./country.ts";

/*
 * Emergency access: a call that passes without the person's permission and whatever the quota, because somebody says why
 * and answers for it; and is looked at afterwards.
 */

const elements = ["person.name", "person.residence"];
const purposes = [
  { id: "treatment", title: { en: "Treatment" }, elements, permission: "consent", emergency: true },
  { id: "billing", title: { en: "Billing" }, elements, permission: "consent" },
];

const service = {
  ...{ id: `${clients.population}/treated`, contentKind: "json", target: "register" },
  endpoints: [["GET", "/persons/{code}", { in: "path", name: "code" }]],
  described: { purposes, quota: { perMinute: 1 } },
  firstEndpoint: { responses: { "200": { schema: recordSchema } } },
} as unknown as PlannedService;

const told = {
  type: "string",
  maxLength: 100,
  "x-sealway-element": "person.identifier",
  "x-sealway-use": "notify",
};
const warned = {
  ...{ id: `${clients.population}/warned`, contentKind: "json", target: "register" },
  endpoints: [["POST", "/warnings", { in: "body", name: "/code" }]],
  described: {
    ...{ pattern: "message", validation: "enforce" },
    purposes: [
      {
        ...{ id: "warning", title: { en: "Warn" }, elements: ["person.identifier"] },
        ...{ permission: "consent", emergency: true },
      },
    ],
  },
  firstEndpoint: {
    request: {
      schema: { type: "object", additionalProperties: false, required: ["code"], properties: { code: told } },
    },
    responses: { "202": { schema: { type: "object", additionalProperties: false, properties: {} } } },
  },
} as unknown as PlannedService;

const granted = { purposes: purposes.map(({ id }) => ({ id })) };
const more: MorePlans = {
  services: [service, warned],
  agreements: [
    {
      id: "in-need",
      consumer: clients.benefits,
      service: service.id,
      terms: { ...granted, emergency: true },
    },
    { id: "never", consumer: clients.inspection, service: service.id, terms: granted },
    {
      id: "warn",
      consumer: clients.benefits,
      service: warned.id,
      terms: { purposes: [{ id: "warning" }], emergency: true },
    },
  ],
};

const country = await SmallCountry.start(t, { more });
const body = JSON.stringify({ code: "38001010000", name: "Mari", income: 1, address: { city: "Harbour" } });
t.beforeEach(() => country.register.answer({ headers: ["Content-Type", "application/json"], body }));

const reason = "Unconscious, Käsi ward 4";
const claim = ["Sealway-Emergency", Buffer.from(reason, "utf8").toString("latin1"), "X-Road-UserId", "EE1"];

function ask(headers: readonly string[], more: Partial<Ask> & { purpose?: string } = {}): Ask {
  const { purpose = "treatment", ...rest } = more;
  const path = pathOf(service, "/persons/38001010000");
  return { path, client: clients.benefits, headers: ["Sealway-Purpose", purpose, ...headers], ...rest };
}

const alarmsOf = ({ gateway }: CountryServer) =>
  gateway.health().alarms.filter(({ code }) => code === "emergency_unreviewed");

t.test("without it the call needs the person's permission", async (t) => {
  await checkProblem(t, country, () => country.ask(ask(["X-Road-UserId", "EE1"])), {
    ...{ code: "permission_required", rule: "person", ...recorded.refusedThere },
  });
});

async function passes(t: Test): Promise<string> {
  const { result, asking, answering } = await country.watch(() => country.ask(ask(claim)));
  t.equal(result.status, 200, result.body.toString());
  for (const [request] of [asking, answering]) {
    t.match(request?.document.emergency, { reason: { scheme: "urn:sealway:scheme:emergency-reason" } });
    t.notMatch(JSON.stringify(request?.document), /Unconscious/, "nothing in clear tells the reason");
    t.equal(request?.head.openings.emergency?.value, reason, "the head opens it");
    t.ok(request?.document.user, "somebody answers for it");
  }
  t.match(answering[1]?.document.decision, { fieldsRemoved: ["/code", "/income", "/children"] });
  t.notMatch(result.body.toString(), /income/, "it opens no field");
  return result.header("Sealway-Exchange-Id")!;
}

t.test("it passes, again and again, cut as ever, and both sides are told", async (t) => {
  const [first] = [await passes(t), await passes(t)];
  for (const server of [country.asking, country.answering]) {
    const [alarm, ...others] = alarmsOf(server);
    t.match(alarm, { severity: "warning", about: "in-need", detail: /^2 calls/ });
    t.ok(alarm?.detail.includes(first));
    t.notMatch(JSON.stringify(alarm), /"EE1"|Unconscious|38001010000/);
    t.strictSame(others, []);
  }
});

t.test("of a message the sender is told before anything leaves, whatever becomes of it", async (t) => {
  country.register.answer((_call, response) => {
    response.destroy();
    return undefined;
  });
  const headers = ["Content-Type", "application/json", "Sealway-Purpose", "warning", ...claim];
  const call = { method: "POST", path: pathOf(warned, "/warnings"), headers, body: '{"code":"38001010000"}' };
  const { result, calls } = await country.watch(() => country.ask({ ...call, client: clients.benefits }));
  t.ok(result.status >= 400, `${result.status}: nobody says that it was permitted`);
  t.equal(calls, 1, "and it was disclosed all the same");
  const [alarm] = alarmsOf(country.asking).filter(({ about }) => about === "warn");
  const late = country.clock.now() + reviewWithin + 60_000;
  const isSuspendedAt = async ({ stateDirectory }: CountryServer) => {
    const reader = openReader({ stateDirectory });
    const noted = await reader.documentsOf("emergency");
    reader.close();
    const book = new EmergencyBook({ keep: async () => {} });
    book.load(
      noted.map(({ bytes }) => Buffer.from(bytes)),
      [],
    );
    return book.suspended(late, unrestricted).has("warn");
  };
  t.same(
    await Promise.all([country.asking, country.answering].map(isSuspendedAt)),
    [true, false],
    "the recipient's late review would keep no sender from warning",
  );
  t.match(alarm, { detail: /^1 calls by emergency access \(consumer\)/ });
  const order = { order: "emergency review", finding: "justified", who: "Officer", why: "Told" } as const;
  const [id = ""] = /[0-9a-f-]{36}/.exec(alarm!.detail) ?? [];
  for (const server of [country.asking, country.answering])
    await reviewEmergency(server, { ...order, exchange: id });
});

const refusals: [what: string, ask: Ask, code: string, rule: string][] = [
  ["nobody answers for it", ask(claim.slice(0, 2)), "emergency_user_missing", "emergency.user"],
  [
    "the agreement grants none",
    ask(claim, { client: clients.inspection }),
    "emergency_not_granted",
    "emergency.granted",
  ],
  [
    "the purpose allows none",
    ask(claim, { purpose: "billing" }),
    "emergency_not_granted",
    "emergency.granted",
  ],
];
for (const [what, call, code, rule] of refusals) {
  t.test(`refused: ${what}`, async (t) => {
    const expected = { code, rule, ...recorded.refusedThere } as Parameters<typeof checkProblem>[3];
    await checkProblem(t, country, () => country.ask(call), expected);
  });
}

const unreadable: [what: string, reason: string][] = [
  ["no reason", ""],
  ["a reason that nobody would read", "x".repeat(301)],
];
for (const [what, text] of unreadable) {
  t.test(`refused: ${what}`, async (t) => {
    const call = ask(["Sealway-Emergency", text, "X-Road-UserId", "EE1"]);
    await checkProblem(t, country, () => country.ask(call), { code: "bad_request" });
  });
}

t.test("the reason that is signed is the one that the head opens", async (t) => {
  const real = await realRequest(country, ask(claim));
  const peer = new Peer(country, country.asking.parts.tls);
  t.teardown(() => peer.close());
  const forgeries: [what: string, changes: Changes][] = [
    ["an opening without a claim", { document: (it) => ({ ...it, emergency: null }) }],
    [
      "a claim without its opening",
      {
        head: (head) => {
          const { emergency: _, ...openings } = head.openings;
          return { ...head, openings };
        },
      },
    ],
    [
      "another reason",
      {
        head: ({ openings, ...head }) => ({
          ...head,
          openings: { ...openings, emergency: { ...openings.emergency!, value: "x" } },
        }),
      },
    ],
  ];
  for (const [what, changes] of forgeries) {
    const { result, calls } = await country.watch(async () =>
      peer.send(await forgeRequest(country, real, changes)),
    );
    t.equal(result.status, 400, what);
    t.match(result.problem, { code: "subject.mismatch" }, what);
    t.equal(calls, 0, what);
  }
});

t.test("each side reviews for itself, once, and the log has it after a restart", async (t) => {
  const exchange = await passes(t);
  const order = { order: "emergency review", exchange, finding: "justified" } as const;
  const review = (why: string) => reviewEmergency(country.answering, { ...order, who: "Officer", why });
  t.match(await review("The ward confirms it"), [{ exchange, role: "provider", agreement: "in-need" }]);
  t.notOk(alarmsOf(country.answering)[0]?.detail.includes(exchange));
  t.ok(alarmsOf(country.asking)[0]?.detail.includes(exchange), "the other side has not");
  await t.rejects(review("again"), { code: "not_found" });
  const before = alarmsOf(country.answering).map(({ detail }) => detail);
  await country.answering.restart();
  t.strictSame(
    alarmsOf(country.answering).map(({ detail }) => detail),
    before,
  );
});

t.test("the command reviews at the own server", async (t) => {
  const exchange = await passes(t);
  const by = ["--config", country.asking.configurationFile, "--by", "Officer", "--reason", "As told"];
  const review = (finding: string) =>
    command(t, "agreements", "review-emergency", ...by, "--finding", finding, exchange);
  t.equal((await review("fine")).code, 2);
  const reviewed = await review("unjustified");
  t.equal(reviewed.code, 0, reviewed.err);
  t.equal(reviewed.out, `reviewed: ${exchange}, consumer of in-need\n`);
  const again = await review("unjustified");
  t.equal(again.code, 1);
  t.match(again.err, /not_found/);
});

t.test("an order that lacks something is refused", async (t) => {
  const order = { order: "emergency review", exchange: "x", finding: "fine", who: "A", why: "B" } as never;
  await t.rejects(reviewEmergency(country.answering, order), { code: "bad_request" });
});

const unrestricted = { covering: () => undefined };

t.test("what a restriction hides raises no alarm and suspends nothing, until it is lifted", async (t) => {
  const book = new EmergencyBook({ keep: async () => {} });
  const call = {
    client: "c",
    service: "s",
    member: "DEV/GOV/1" as never,
    role: "provider",
    time: 1000,
  } as const;
  await book.note({ ...call, exchange: "e", agreement: "a", purpose: "open" });
  await book.note({ ...call, exchange: "f", agreement: "b", purpose: "hidden" });
  const hiding = {
    covering: ({ consumer, purpose }: CoverableExchange) =>
      consumer === "c" && purpose === "hidden" ? ({} as Restriction) : undefined,
  };
  const late = 1000 + reviewWithin;
  t.strictSame([...book.suspended(late, hiding)], ["a"]);
  t.match(emergenciesShown(book.waiting(), hiding, late), [{ exchange: "e" }]);
  t.equal(emergenciesShown(book.waiting(), hiding, late).length, 1);
  t.strictSame([...book.suspended(late, unrestricted)], ["a", "b"]);
});

t.test("the grant is suspended once a review is late, and by the discloser's part alone", async (t) => {
  const kept: ContextDocument[] = [];
  const book = new EmergencyBook({ keep: async (document) => void kept.push(document) });
  const call = { client: "c", service: "s", member: "DEV/GOV/1" as never, time: 1000 } as const;
  await book.note({ ...call, exchange: "e", role: "provider", agreement: "a" });
  await book.note({ ...call, exchange: "f", role: "consumer", agreement: "b" });
  await book.note({ ...call, exchange: "g", role: "consumer", discloses: true, agreement: "m" });
  await book.note({ ...call, exchange: "h", role: "provider", discloses: false, agreement: "r" });
  t.strictSame([...book.suspended(1000 + reviewWithin - 1, unrestricted)], []);
  t.strictSame([...book.suspended(1000 + reviewWithin, unrestricted)], ["a", "m"]);
  const again = new EmergencyBook({ keep: async () => {} });
  again.load(
    kept.map(({ bytes }) => bytes),
    [],
  );
  t.strictSame(again.waiting(), book.waiting(), "what was kept is what a restart knows");
});

t.test("an exchange id that is used again hides no emergency", async (t) => {
  const kept: ContextDocument[] = [];
  const book = new EmergencyBook({ keep: async (document) => void kept.push(document) });
  const call = { exchange: "e", role: "provider", service: "s", member: "DEV/GOV/1" as never } as const;
  await book.note({ ...call, client: "c", agreement: "a", time: 1000 });
  await book.note({ ...call, client: "another", agreement: "b", time: 2000 });
  t.strictSame(
    [...book.suspended(1000 + reviewWithin, unrestricted)],
    ["a"],
    "nobody else's call takes its place",
  );
  const review = {
    instance: "DEV",
    exchange: "e",
    finding: "justified",
    who: "Officer",
    why: "Looked at",
  } as const;
  const [seal] = country.answering.parts.seals.values();
  const signer = new SignerPool(seal!.certificate, keyOperation(seal!.privateKey));
  const found = await book.review({ ...review, time: 3000 }, () => signer);
  t.strictSame([found.length, book.waiting().length], [2, 0], "both are shown to who reviews the exchange");
  await book.note({ ...call, client: "c", agreement: "a", time: 4000 });
  const restarted = new EmergencyBook({ keep: async () => {} });
  const ofKind = (kind: string) => kept.filter((one) => one.kind === kind).map(({ bytes }) => bytes);
  restarted.load(ofKind("emergency"), ofKind("emergency-review"));
  t.match(restarted.waiting(), [{ time: 4000 }], "a review is of what was there when it was made");
  t.equal(restarted.waiting().length, 1);
});
