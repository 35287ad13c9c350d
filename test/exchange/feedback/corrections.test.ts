import t from "tap";
import type { ExchangeId } from "../../../src/core/ids.ts";
import { uuidV7 } from "../../../src/core/uuid.ts";
import { noticeType } from "../../../src/exchange/feedback/correction-event.ts";
import { type StatementType, signStatement } from "../../../src/message/signed-statement.ts";
import { keyOperation } from "../../../src/pki/private-key.ts";
import { SignerPool } from "../../../src/pki/signer.ts";
import { forgeRequest } from "../country/forgery.ts";
import { messagePlans, messages } from "../country/messages.ts";
import { Peer } from "../country/peer.ts";
import { businessRegister, clients, populationRegister } from "../country/plan.ts";
import { recordPlans, records } from "../country/records.ts";
import { type Ask, pathOf, SmallCountry } from "../country.ts";
import { order, reported, statements } from "./orders.ts";

/*
 * Data was wrong: whoever disclosed it tells everybody who got it, as the log has it, and hears what they did.
 */

const more = {
  services: [...recordPlans.services, ...messagePlans.services],
  agreements: [...recordPlans.agreements, ...messagePlans.agreements],
};
const country = await SmallCountry.start(t, { more });
const peer = new Peer(country, country.answering.parts.tls, country.asking.gateway.ports.peer);
t.teardown(() => peer.close());
const { asking, answering } = country;

const person = "38001010000";
const json = ["Content-Type", "application/json"];
const find = (client: string, code = person, headers: readonly string[] = []): Ask => ({
  ...{ method: "POST", path: pathOf(records.enforced, "/find"), client },
  ...{ headers: [...json, ...headers], body: `{"code":"${code}"}` },
});
country.register.answer({
  headers: json,
  body: `{"code":"${person}","name":"Mari","income":1200,"address":{"city":"Harbour"},"children":[{"code":"50001010000"}]}`,
});

async function exchange(ask: Ask): Promise<ExchangeId> {
  const answer = await country.ask(ask);
  if (answer.status >= 300) throw new Error(answer.body.toString());
  return answer.header("Sealway-Exchange-Id") as ExchangeId;
}

const subject = { scheme: "urn:dev:personal-code", value: person };
const began = country.clock.now();
const announce = (elements: readonly string[], changes: object = {}) => ({
  ...({ order: "corrections announce", own: clients.population, service: records.enforced.id } as const),
  ...{
    elements,
    asOf: country.clock.now(),
    from: began - 1_000,
    until: country.clock.now() + 1_000,
    subject,
  },
  ...changes,
});
type Announced = { readonly id: string };
const list = { order: "corrections list" } as const;
const recipientsOf = async (id: string) => {
  const found = (await order(answering, list)).find((one) => one.id === id && one.side === "announcer");
  return new Map((found?.recipients ?? []).map((one) => [one.recipient, one]));
};

const [whole, letters, again] = [
  await exchange(find(clients.benefits)),
  await exchange(find(clients.inspection)),
  await exchange(find(clients.inspection)),
];
await exchange(find(clients.inspection, "39001010000"));
const both = await exchange(find(clients.onboarding, person, ["Sealway-Purpose", "means-test"]));

t.test("everybody who got the element is told, and nobody else", async (t) => {
  const { id, recipients } = (await order(answering, announce(["income.month"]))) as Announced & {
    recipients: number;
  };
  t.equal(recipients, 2, "inspection's answers were cut");
  const told = await reported(answering, list, (all) => {
    return all.find((one) => one.id === id)?.recipients.every(({ state }) => state === "told") === true;
  });
  const named = new Map(told.find((one) => one.id === id)?.recipients.map((one) => [one.recipient, one]));
  t.same(named.get(clients.benefits)?.exchanges, [whole]);
  t.same(named.get(clients.onboarding)?.exchanges, [both]);
  const here = (await order(asking, list)).filter((one) => one.id === id);
  t.same(here.map(({ own }) => own).sort(), [clients.benefits, clients.onboarding].sort());
});

const { id } = (await order(
  answering,
  announce(["person.residence.address.city"], { note: "Mari never lived in Harbour" }),
)) as Announced;
const isTold = (one: { readonly state: string }) => one.state === "told";

t.test("a recipient is told about whom, why, and by which exchanges; and answers", async (t) => {
  await reported(
    answering,
    list,
    (all) => all.find((one) => one.id === id)?.recipients.every(isTold) === true,
  );
  const named = await recipientsOf(id);
  t.same([...named.keys()].sort(), [clients.benefits, clients.inspection, clients.onboarding].sort());
  t.same(named.get(clients.inspection)?.exchanges, [again, letters], "the newest first");
  const kept = (await order(asking, list)).filter((one) => one.id === id);
  t.equal(kept.length, 3);
  t.match(kept[0], {
    side: "recipient",
    discloser: clients.population,
    elements: ["person.residence.address.city"],
  });
  await t.rejects(order(asking, { order: "corrections answer", id, outcome: "corrected" }), {
    code: "bad_request",
  });
  const answer = { order: "corrections answer", id, outcome: "disagree", own: clients.inspection } as const;
  await t.rejects(order(asking, answer), { code: "bad_request" }, "without a reason");
  await order(asking, { ...answer, reason: "We have seen the house" });
  await order(asking, { order: "corrections answer", id, outcome: "deleted", own: clients.benefits });
  await t.rejects(order(asking, { ...answer, outcome: "corrected" }), { code: "already_answered" });
  await reported(answering, list, (all) => {
    const states = all.find((one) => one.id === id)?.recipients.map(({ state }) => state) ?? [];
    return states.includes("disagree") && states.includes("deleted");
  });
  t.equal((await recipientsOf(id)).get(clients.onboarding)?.state, "told", "who has not answered is seen");
  const shown = await order(answering, { order: "corrections show", id });
  t.match(shown, { subject, note: "Mari never lived in Harbour" });
  t.same(
    shown.reasons.find(({ recipient }) => recipient === clients.inspection)?.reason,
    "We have seen the house",
  );
  for (const server of [asking, answering]) {
    t.notMatch(
      JSON.stringify(await statements(server, "correction")),
      /Harbour|Mari never|the house|38001010000/,
    );
    t.notMatch(server.logLines.join(), /Mari never|38001010000/);
  }
});

t.test("nobody is told of what nobody got", async (t) => {
  const none = { id: null, recipients: 0 };
  t.same(
    await order(answering, announce(["degree.school"], { subject: { ...subject, value: "40001010000" } })),
    none,
  );
  t.same(await order(answering, announce(["account.number"])), none);
  t.same(await order(answering, announce(["income"], { until: began })), none);
});

t.test("persons in answers are found, too", async (t) => {
  const child = { ...subject, value: "50001010000" };
  const told = (await order(answering, announce(["degree.school"], { subject: child }))) as Announced;
  t.same([...(await recipientsOf(told.id)).keys()], [clients.benefits]);
});

t.test("of a push the sender tells the recipient", async (t) => {
  country.register.answer({ status: 202, headers: json, body: '{"reference":"R"}' });
  const body = `{"code":"${person}","account":"DV1"}`;
  const pushed = await exchange({
    method: "POST",
    path: pathOf(messages.changes, "/changes"),
    headers: json,
    body,
  });
  const push = { ...announce(["account.number"]), own: clients.benefits, service: messages.changes.id };
  const { id: of } = (await order(asking, push)) as Announced;
  const there = await reported(answering, list, (all) => all.some((one) => one.id === of));
  t.match(
    there.find((one) => one.id === of),
    { side: "recipient", own: clients.population, recipients: [{ exchanges: [pushed] }] },
  );
});

t.test("refused: what cannot be announced", async (t) => {
  for (const changes of [
    { own: clients.benefits },
    { from: began, until: began },
    { elements: [] },
    { elements: ["Mari Maasikas"] },
    { subject: { scheme: "urn:dev:personal-code", value: "\u0000" } },
    { note: "x".repeat(2_001) },
  ])
    await t.rejects(
      order(answering, announce(["income"], changes)),
      { code: "bad_request" },
      JSON.stringify(changes).slice(0, 60),
    );
});

t.test("refused: notices that are not the caller's, or about what was not between the two", async (t) => {
  const seen = await country.watch(async () => {
    const { id: of } = (await order(answering, announce(["person.name"]))) as Announced;
    await reported(
      answering,
      list,
      (all) => all.find((one) => one.id === of)?.recipients.every(isTold) === true,
    );
  });
  const real = seen.answering.find(
    ({ document, what }) =>
      what === "sent request" && document.service.id === `${clients.benefits}/sealway.correction`,
  )!;
  t.equal(real.document.about, whole, "the signed document is about the newest exchange");
  const seal = answering.parts.seals.get(populationRegister)!;
  const about = real.document.about!;
  const notice = {
    ...{ v: 1, instance: "DEV", time: country.clock.now(), id: uuidV7(country.clock.now()) },
    ...{ discloser: clients.population, recipient: clients.benefits, service: records.enforced.id },
    ...{ elements: ["person.name"], asOf: 0, from: 0, until: 1, exchanges: [about] },
  };
  const sign = (changes: object, by = seal, typ: StatementType = noticeType) =>
    signStatement(new SignerPool(by.certificate, keyOperation(by.privateKey)), typ, {
      ...notice,
      ...changes,
    });
  const tell = async (signed: Buffer, changes: object = {}) => {
    const body = Buffer.from(JSON.stringify({ about, notice: signed.toString("latin1"), ...changes }));
    const { about: of } = JSON.parse(body.toString()) as { about: ExchangeId };
    const document = (one: object) => ({ ...one, about: of });
    return (await peer.send(await forgeRequest(country, real, { document, signedBy: seal }, body))).problem;
  };
  const before = (await statements(asking, "correction")).length;
  const others = answering.parts.seals.get(businessRegister)!;
  const wrong: [what: string, problem: () => Promise<object>, code: string][] = [
    [
      "for another recipient",
      async () => tell(await sign({ recipient: clients.inspection })),
      "malformed_statement",
    ],
    ["of another instance", async () => tell(await sign({ instance: "TEST" })), "malformed_statement"],
    ["about another exchange", async () => tell(await sign({ exchanges: [letters] })), "malformed_statement"],
    [
      "of the future",
      async () => tell(await sign({ time: country.clock.now() + 120_000 })),
      "malformed_statement",
    ],
    [
      "of another type",
      async () => tell(await sign({}, seal, "sealway-correction+jws")),
      "malformed_statement",
    ],
    ["by another member", async () => tell(await sign({}, others)), "certificate_wrong_member"],
    ["by the server's TLS key", async () => tell(await sign({}, answering.parts.tls)), "certificate_unknown"],
    ["with a member that there is not", async () => tell(await sign({ person })), "malformed_statement"],
    [
      "with a note of 2,001 characters",
      async () => tell(await sign({}), { note: "x".repeat(2_001) }),
      "invalid_body",
    ],
    [
      "about an exchange of others",
      async () => tell(await sign({ exchanges: [both] }), { about: both }),
      "access_denied",
    ],
    [
      "about no exchange",
      async () => tell(await sign({ exchanges: [real.document.id] }), { about: real.document.id }),
      "access_denied",
    ],
  ];
  for (const [what, problem, code] of wrong)
    t.equal(((await problem()) as { code?: string }).code, code, what);
  t.equal((await statements(asking, "correction")).length, before, "nothing is kept of them");
  t.same(
    await tell(await sign({})),
    { id: notice.id, due: (await order(asking, list))[0]?.due },
    "a good one is taken",
  );
  t.equal(
    (await tell(await sign({ elements: ["income"] }))).code,
    "invalid_body",
    "another one of its id is not",
  );
  const outcomes = `/r1/${clients.population}/sealway.correction/outcomes`;
  const ask = { method: "POST", path: outcomes, client: clients.benefits, headers: json, body: "{}" };
  t.match((await country.ask(ask)).json(), { code: "access_denied", rule: "builtin.caller" });
});

t.test("a recipient that is down hears it later, over restarts", async (t) => {
  await asking.stop();
  const { id: late } = (await order(answering, announce(["person.name"]))) as Announced;
  await reported(answering, list, (all) => {
    return all.find((one) => one.id === late)?.recipients.every(({ failure }) => failure !== null) === true;
  });
  t.strictSame(
    [...(await recipientsOf(late)).values()].map(({ state }) => state),
    ["waiting", "waiting", "waiting"],
  );
  await answering.restart();
  await asking.start();
  await reported(answering, list, (all) => {
    country.clock.ahead += 5_000;
    return all.find((one) => one.id === late)?.recipients.every(isTold) === true;
  });
  t.equal((await order(asking, list)).filter((one) => one.id === late).length, 3);
});
