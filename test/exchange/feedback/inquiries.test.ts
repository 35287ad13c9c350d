import t from "tap";
import { orderRetention } from "../../../src/assembly/order-retention.ts";
import { loadServerConfiguration } from "../../../src/assembly/server-configuration.ts";
import type { ExchangeId } from "../../../src/core/ids.ts";
import { clients } from "../country/plan.ts";
import { recordPlans, records } from "../country/records.ts";
import type { CountryServer } from "../country/server.ts";
import { type Ask, pathOf, SmallCountry } from "../country.ts";
import { order, reported, statements } from "./orders.ts";

/*
 * From an entry of the list of uses a person asks whoever got the data: the exchange's records are held at both gateways
 * until that is over, and the supervisory authority hears of it when nobody answers.
 */

const scheme = "urn:dev:personal-code";
const portal = clients.benefits;
const settings = {
  portals: [{ id: portal, scheme }],
  inquiries: { answerDays: 1, supervisoryAuthority: clients.business },
};
const country = await SmallCountry.start(t, { more: recordPlans, asking: settings, answering: settings });
const { asking, answering } = country;

const person = "38001010000";
const json = ["Content-Type", "application/json"];
country.register.answer({
  headers: json,
  body: `{"code":"${person}","name":"Mari","address":{"city":"Harbour"}}`,
});

async function exchange(code = person): Promise<ExchangeId> {
  const answer = await country.ask({
    ...{ method: "POST", path: pathOf(records.enforced, "/find"), client: clients.inspection },
    ...{ headers: json, body: `{"code":"${code}"}` },
  });
  if (answer.status >= 300) throw new Error(answer.body.toString());
  return answer.header("Sealway-Exchange-Id") as ExchangeId;
}

const text = "Why did you look at where Mari Maasikas lives?";
const at = (path: string, subsystem: string = clients.inspection) =>
  `/r1/${subsystem}/sealway.inquiry${path}`;
const inquire = (
  about: string,
  changes: object = {},
  who: Partial<Ask> & { readonly person?: string } = {},
): Ask => ({
  ...{
    method: "POST",
    path: at("/inquiries"),
    client: portal,
    headers: [...json, "X-Road-UserId", who.person ?? person],
  },
  body: JSON.stringify({ about, text, ...changes }),
  ...who,
});
const state = (id: string, who: Partial<Ask> & { readonly person?: string } = {}): Ask => ({
  ...inquire(id, {}, who),
  path: at("/states"),
  body: JSON.stringify({ about: id }),
});

const list = { order: "inquiries list" } as const;
async function holds(server: CountryServer) {
  const configuration = await loadServerConfiguration(server.configurationFile);
  return (await orderRetention(configuration, { order: "list", dryRun: true })).holds;
}

/** How many the server that was asked has kept about an exchange: others may come to be meanwhile. */
async function statementsAbout(about: ExchangeId): Promise<number> {
  const all = await statements(asking, "inquiry");
  return all.filter((one) => JSON.stringify(one).includes(about)).length;
}

t.test("an inquiry is held, answered, read by the person, and closed", async (t) => {
  const about = await exchange();
  const { result, asking: seen } = await country.watch(() => country.ask(inquire(about)));
  t.equal(result.status, 200, result.body.toString());
  const { id } = result.json() as { readonly id: string };
  t.match(result.json(), { state: "asked", answer: null });
  t.ok(seen.some(({ document }) => document.id === id && document.about === about));
  await reported(asking, list, (all) => all.some((one) => one.id === id && one.hold !== null));
  await reported(answering, list, (all) => all.some((one) => one.id === id && one.side === "other"));
  for (const server of [asking, answering]) {
    const [hold] = (await holds(server)).filter((one) => one.case.includes(about));
    t.match(hold, { state: "in-force", scope: "exchanges", records: 2 });
    t.equal((await holds(server)).length, 1, "one each, however often it is asked for");
  }
  const erase = { order: "erase", exchangeId: about, reason: "x", by: "x", dryRun: true } as const;
  const configuration = await loadServerConfiguration(answering.configurationFile);
  await t.rejects(orderRetention(configuration, erase), { code: "legal_hold" });
  t.match(await order(asking, { order: "inquiries show", id }), {
    text,
    person: { scheme, value: person },
    answer: null,
  });
  await t.rejects(
    order(asking, { order: "inquiries close", id }),
    { code: "bad_request" },
    "before it is answered",
  );
  await order(asking, { order: "inquiries answer", id, text: "For the letter of 3 March" });
  await t.rejects(order(asking, { order: "inquiries answer", id, text: "For fun" }), {
    code: "already_answered",
  });
  t.match((await country.ask(state(id))).json(), { state: "answered", answer: "For the letter of 3 March" });
  await order(asking, { order: "inquiries close", id });
  t.match((await country.ask(state(id))).json(), { state: "closed" });
  const isReleased = (all: readonly { id: string; hold: string | null; state: string }[]) =>
    all.filter((one) => one.id === id).every((one) => one.hold === null && one.state === "closed");
  for (const server of [asking, answering]) {
    await reported(server, list, isReleased);
    t.match(await holds(server), [{ state: "lifted" }]);
    t.ok((await statementsAbout(about)) > 0);
    t.notMatch(JSON.stringify(await statements(server, "inquiry")), /Maasikas|3 March|38001010000/);
    t.notMatch(server.logLines.join(), /Maasikas|38001010000/);
  }
});

t.test("what is not the person's looks like what there is not", async (t) => {
  const others = await exchange("39001010000");
  const own = await exchange();
  const { id } = (await country.ask(inquire(own))).json() as { readonly id: string };
  const said = async (ask: Ask) => {
    const { exchange: _, detail: __, ...problem } = (await country.ask(ask)).json();
    return problem;
  };
  const unknown = "01a203e6-a0ef-77f0-bf98-6dbb83a447d9";
  const nothing = await said(inquire(unknown));
  t.match(nothing, { code: "access_denied", rule: "builtin.party" });
  t.same(await said(inquire(others)), nothing, "an exchange about somebody else");
  t.same(
    await said(inquire(own, {}, { path: at("/inquiries", clients.onboarding) })),
    { ...nothing },
    "asked of a third",
  );
  t.same(await said(state(unknown)), nothing);
  t.same(await said(state(id, { person: "39001010000" })), nothing, "somebody else's inquiry");
  t.equal((await said(inquire(own, {}, { client: clients.onboarding }))).rule, "inquiry.portal");
  t.equal((await said(state(id, { client: clients.inspection }))).rule, "inquiry.portal");
});

t.test("refused: what is no inquiry", async (t) => {
  const about = await exchange();
  const bad: [what: string, ask: Ask, code: string][] = [
    ["a text of 2,001 characters", inquire(about, { text: "x".repeat(2_001) }), "invalid_body"],
    ["no text", inquire(about, { text: undefined }), "invalid_body"],
    ["an id that is none", inquire("all"), "invalid_body"],
    ["nobody signed in", inquire(about, {}, { headers: json }), "missing_header_field"],
  ];
  for (const [what, ask, code] of bad) t.equal((await country.ask(ask)).json().code, code, what);
  const hold = (path: string, client: string) =>
    country.ask({ method: "POST", path, client, headers: json, body: JSON.stringify({ about, id: about }) });
  for (const path of ["/holds", "/releases", "/escalations"]) {
    for (const client of [clients.onboarding, portal]) {
      const told = (await hold(at(path, clients.population), client)).json();
      t.match(told, { code: "access_denied", rule: "builtin.caller" }, `${path} by an information system`);
    }
  }
  t.equal(await statementsAbout(about), 0);
});

t.test("of one exchange no more than five inquiries are open", async (t) => {
  const about = await exchange();
  for (let i = 0; i < 5; i++) t.equal((await country.ask(inquire(about))).status, 200);
  t.equal((await country.ask(inquire(about))).json().code, "too_many_open");
});

t.test(
  "the other party that is down holds its records later, over restarts; nobody's answer is escalated",
  async (t) => {
    const about = await exchange();
    await answering.stop();
    const asked = await country.ask(inquire(about));
    t.equal(asked.status, 200, asked.body.toString());
    const { id } = asked.json() as { readonly id: string };
    await asking.restart();
    await answering.start();
    await reported(answering, list, (all) => {
      country.clock.ahead += 1_000;
      void order(asking, list);
      return all.some((one) => one.id === id && one.hold !== null);
    });
    t.notOk((await order(answering, list)).some((one) => one.side === "authority"));
    for (const server of [asking, answering]) await server.gateway.sealNow();
    country.clock.ahead += 25 * 3_600_000;
    // Their seals' OCSP responses are fresh again.
    for (const server of [asking, answering]) await server.restart();
    t.match(
      (await order(asking, list)).find((one) => one.id === id),
      { isLate: true, state: "asked" },
    );
    t.ok(asking.gateway.health().alarms.some(({ code }) => code === "inquiry_overdue"));
    await reported(asking, list, (all) => {
      country.clock.ahead += 1_000;
      return all.find((one) => one.id === id)?.state === "escalated";
    });
    const there = (await order(answering, list)).find((one) => one.id === id && one.side === "authority");
    t.match(there, { own: clients.business, peer: clients.inspection, state: "escalated" });
    t.match(await order(answering, { order: "inquiries show", id }), { text });
    await order(asking, { order: "inquiries answer", id, text: "Sorry" });
    await order(asking, { order: "inquiries close", id });
    await reported(answering, list, (all) => {
      void order(asking, list);
      return all.find((one) => one.id === id && one.side === "other")?.hold === null;
    });
  },
);
