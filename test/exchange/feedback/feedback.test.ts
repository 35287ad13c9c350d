import t from "tap";
import { type CaseDesks, CaseworkOffice } from "../../../src/assembly/casework-office.ts";
import { parseCaseworkOrder } from "../../../src/assembly/casework-orders.ts";
import { caseDesk } from "../../../src/assembly/console/case-desk.ts";
import { listCases } from "../../../src/assembly/order-casework.ts";
import { takeOrders } from "../../../src/assembly/order-socket.ts";
import type { ServerConfiguration } from "../../../src/assembly/server-configuration.ts";
import type { ExchangeId } from "../../../src/core/ids.ts";
import { uuidV7 } from "../../../src/core/uuid.ts";
import type { CaseworkParts } from "../../../src/exchange/feedback/casework-parts.ts";
import { FeedbackDesk } from "../../../src/exchange/feedback/feedback-desk.ts";
import { signerOf } from "../../authority/services/publishing-scene.ts";
import { newDirectory } from "../../new-directory.ts";
import { forgeRequest, realRequest } from "../country/forgery.ts";
import { messagePlans, messages } from "../country/messages.ts";
import { Peer } from "../country/peer.ts";
import { clients, populationRegister } from "../country/plan.ts";
import { recordPlans, records } from "../country/records.ts";
import { type Ask, pathOf, SmallCountry } from "../country.ts";
import { order, reported, statements } from "./orders.ts";

/*
 * Whoever got data says that it seems wrong, to whoever gave it, about the exchange by which it came; and is answered.
 */

const more = {
  services: [...recordPlans.services, ...messagePlans.services],
  agreements: [...recordPlans.agreements, ...messagePlans.agreements],
};
const country = await SmallCountry.start(t, { more });
const peer = new Peer(country, country.asking.parts.tls);
const back = new Peer(country, country.answering.parts.tls, country.asking.gateway.ports.peer);
t.teardown(() => {
  peer.close();
  back.close();
});
const { asking, answering } = country;

const person = "38001010000";
const json = ["Content-Type", "application/json"];
const find: Ask = {
  ...{ method: "POST", path: pathOf(records.enforced, "/find"), client: clients.inspection },
  ...{ headers: json, body: `{"code":"${person}"}` },
};
const answerAsUsual = () =>
  country.register.answer({
    headers: json,
    body: `{"code":"${person}","name":"Mari","address":{"city":"Harbour"}}`,
  });
t.beforeEach(answerAsUsual);

async function exchange(ask: Ask = find): Promise<ExchangeId> {
  const answer = await country.ask(ask);
  if (answer.status >= 300) throw new Error(answer.body.toString());
  return answer.header("Sealway-Exchange-Id") as ExchangeId;
}

const reports = `/r1/${clients.population}/sealway.feedback/reports`;
const report = (body: object | string, client: string = clients.inspection): Ask => ({
  ...{ method: "POST", path: reports, client, headers: json },
  body: typeof body === "string" ? body : JSON.stringify(body),
});

const text = "Mari Maasikas says that she never lived in Harbour";

t.test("a report reaches the discloser, is answered, and the answer comes back", async (t) => {
  const about = await exchange();
  const told = { about, kind: "wrong", fields: ["/address/city"], text } as const;
  const { result, asking: asked } = await country.watch(() =>
    order(asking, { order: "feedback send", ...told }),
  );
  const sent = asked.find(({ document }) => document.service.id.endsWith("/sealway.feedback"));
  t.equal(sent?.document.about, about, "the signed document is about the exchange");
  t.equal(sent?.document.id, result.report, "the report is called after its exchange");
  const id = result.report;
  const received = await order(answering, { order: "feedback show", id });
  t.match(received, {
    about,
    side: "receiver",
    state: "open",
    kind: "wrong",
    fields: ["/address/city"],
    text,
  });
  t.ok((received.due ?? 0) > country.clock.now() + 29 * 86_400_000);
  const delivery = await country.watch(async () => {
    await order(answering, {
      order: "feedback answer",
      id,
      outcome: "unchanged",
      reason: "She did, in 2019.",
    });
    return reported(asking, { order: "feedback list" }, ([one]) => one?.state === "answered");
  });
  const realAnswer = delivery.answering.find(({ document, what }) => {
    return what === "sent request" && document.endpoint?.template === "/answers";
  })!;
  t.match(delivery.result[0], {
    report: id,
    side: "reporter",
    outcome: "unchanged",
    peer: clients.population,
  });
  t.match(await order(asking, { order: "feedback show", id }), { text, reason: "She did, in 2019." });
  await reported(answering, { order: "feedback list" }, ([one]) => one?.delivered === true);
  for (const server of [asking, answering]) {
    const kept = JSON.stringify(await statements(server, "feedback"));
    t.notMatch(kept, /Maasikas|in 2019|38001010000/, "no word of it stands in clear");
    t.notMatch(server.logLines.join(), /Maasikas|38001010000/);
  }
  const events = (await statements(answering, "feedback")).map(({ event }) => event);
  t.same(events, ["reported", "answered", "delivered"]);

  t.test("a second answer is refused, and the same one is not", async (t) => {
    const answer = { order: "feedback answer", id, outcome: "corrected" } as const;
    await t.rejects(order(answering, answer), { code: "already_answered" });
    const before = (await statements(asking, "feedback")).length;
    const tell = async (body: object, of = id) => {
      const bytes = Buffer.from(JSON.stringify({ about: of, ...body }));
      const document = (one: object) => ({ ...one, about: of });
      const signedBy = answering.parts.seals.get(populationRegister)!;
      return (await back.send(await forgeRequest(country, realAnswer, { document, signedBy }, bytes)))
        .problem;
    };
    t.match(await tell({ outcome: "unchanged", reason: "She did, in 2019." }), { id });
    t.equal((await tell({ outcome: "unchanged", reason: "She did not." })).code, "already_answered");
    t.equal((await tell({ outcome: "corrected" })).code, "already_answered");
    t.equal((await tell({ outcome: "unchanged" })).code, "invalid_body", "without a reason");
    t.match(
      await tell({ outcome: "corrected" }, about),
      { code: "access_denied", rule: "builtin.party" },
      "of no report",
    );
    t.equal((await statements(asking, "feedback")).length, before, "nothing is kept of them");
  });
});

t.test("an information system reports by itself, and its officers see the answer", async (t) => {
  const about = await exchange();
  const { result, asking: asked } = await country.watch(() =>
    country.ask(report({ about, kind: "other", fields: [] })),
  );
  t.equal(result.status, 200, result.body.toString());
  t.equal(asked[0]?.document.about, about);
  const { id } = result.json() as { readonly id: string };
  t.equal(id, result.header("Sealway-Exchange-Id"));
  await order(answering, { order: "feedback answer", id, outcome: "forwarded", reason: "to Harbour City" });
  const list = await reported(asking, { order: "feedback list" }, (all) =>
    all.some((one) => one.report === id),
  );
  t.match(
    list.find((one) => one.report === id),
    { about, kind: null, state: "answered", outcome: "forwarded" },
  );
});

t.test("of a push the provider reports, for it got the data", async (t) => {
  country.register.answer({ status: 202, headers: json, body: '{"reference":"R"}' });
  const body = `{"code":"${person}","account":"DV1"}`;
  const about = await exchange({
    method: "POST",
    path: pathOf(messages.changes, "/changes"),
    headers: json,
    body,
  });
  await t.rejects(order(asking, { order: "feedback send", about, kind: "wrong", fields: [] }), {
    code: "bad_request",
  });
  const { report: id } = await order(answering, {
    order: "feedback send",
    about,
    kind: "wrong",
    fields: ["/account"],
  });
  t.match(await order(asking, { order: "feedback show", id }), { side: "receiver", own: clients.benefits });
});

t.test("a stranger's report about others' exchange looks like one about none", async (t) => {
  const about = await exchange();
  const unknown = "01a203e6-a0ef-77f0-bf98-6dbb83a447d9";
  const said = async (ask: Ask) => {
    const { exchange: _, ...problem } = (await country.ask(ask)).json();
    return { ...problem, detail: null };
  };
  const stranger = await said(report({ about, kind: "wrong", fields: [] }, clients.onboarding));
  t.match(stranger, { code: "access_denied", rule: "builtin.party" });
  t.same(stranger, await said(report({ about: unknown, kind: "wrong", fields: [] }, clients.onboarding)));
  t.same(stranger, await said(report({ about: unknown, kind: "wrong", fields: [] })));
  const refused = await country.ask({ ...find, client: clients.umlaut });
  const of = refused.header("Sealway-Exchange-Id");
  t.same(
    stranger,
    await said(report({ about: of, kind: "wrong", fields: [] }, clients.umlaut)),
    "nothing was disclosed",
  );
});

answerAsUsual();
const about = await exchange();
const bad: [what: string, body: object | string, error: RegExp][] = [
  ["text of 2,001 characters", { about, kind: "wrong", fields: [], text: "x".repeat(2_001) }, /text/],
  ["an empty text", { about, kind: "wrong", fields: [], text: "" }, /text/],
  ["a pointer that is none", { about, kind: "wrong", fields: ["Mari"] }, /fields\/0/],
  ["a pointer to nothing", { about, kind: "wrong", fields: ["/name", "/Mari"] }, /fields\/1/],
  ["a pointer below a field", { about, kind: "wrong", fields: ["/name/Mari"] }, /fields\/0/],
  ["an index that is none", { about, kind: "wrong", fields: ["/children/07/code"] }, /fields\/0/],
  [
    "101 pointers",
    { about, kind: "wrong", fields: Array.from({ length: 101 }, (_, i) => `/a${i}`) },
    /fields/,
  ],
  ["another kind", { about, kind: "rude", fields: [] }, /kind/],
  ["an exchange id that is none", { about: "all", kind: "wrong", fields: [] }, /about/],
  ["a member that there is not", { about, kind: "wrong", fields: [], answer: "yes" }, /additional/],
  ["no document", "[]", /object/],
];
for (const [what, body, error] of bad) {
  t.test(`refused: ${what}`, async (t) => {
    const before = (await statements(answering, "feedback")).length;
    const problem = (await country.ask(report(body))).json();
    t.equal(problem.code, "invalid_body");
    t.match(problem.message, error);
    t.notMatch(problem.message, /Mari/);
    t.equal((await statements(answering, "feedback")).length, before, "nothing is kept");
  });
}

t.test("refused: a report sent again under another exchange, or twice", async (t) => {
  const body = Buffer.from(JSON.stringify({ about: await exchange(), kind: "outdated", fields: [] }));
  const real = await realRequest(country, report(body.toString()));
  const before = (await statements(answering, "feedback")).length;
  const request = await forgeRequest(country, real, {}, body);
  const [first, again] = [await peer.send(request), await peer.send(request)];
  t.equal(first.status, 200, JSON.stringify(first.problem));
  t.ok(again.body.equals(first.body), "a resend gets the same answer");
  const id = request.id;
  const other = await forgeRequest(
    country,
    real,
    {
      document: (one) => ({ ...one, id }),
      head: (head) => ({
        ...head,
        headers: head.headers.map(([name, value]) => [name, name === "x-road-request-id" ? id : value]),
      }),
    },
    body,
  );
  t.equal((await peer.send(other)).problem.code, "replay");
  const changed = await forgeRequest(country, real, { document: (one) => ({ ...one, about: null }) }, body);
  t.equal((await peer.send(changed)).problem.code, "inconsistent_headers");
  t.equal((await statements(answering, "feedback")).length, before + 1);
});

const answers = `/r1/${clients.inspection}/sealway.feedback/answers`;
t.test("refused: answers that are to no report of the one who gets them", async (t) => {
  const reportedNow = await order(asking, { order: "feedback send", about, kind: "wrong", fields: [] });
  const body = JSON.stringify({ about: reportedNow.report, outcome: "corrected" });
  const ask = { method: "POST", path: answers, client: clients.benefits, headers: json, body };
  t.match((await country.ask(ask)).json(), { code: "access_denied", rule: "builtin.party" });
  const noReason = { order: "feedback answer", id: reportedNow.report, outcome: "unchanged" } as const;
  await t.rejects(order(answering, noReason), { code: "bad_request" });
});

t.test("an answer waits for a reporter that is down, over a restart", async (t) => {
  const { report: id } = await order(asking, {
    order: "feedback send",
    about,
    kind: "incomplete",
    fields: [],
    text,
  });
  await asking.stop();
  await order(answering, { order: "feedback answer", id, outcome: "corrected" });
  const failed = await reported(answering, { order: "feedback list" }, (all) =>
    all.some(({ failure }) => failure !== null),
  );
  t.match(
    failed.find((one) => one.report === id),
    { state: "answered", delivered: false },
  );
  await answering.restart();
  await asking.start();
  const list = await reported(answering, { order: "feedback list" }, (all) => {
    // Time in which a peer that was not there is left alone.
    country.clock.ahead += 5_000;
    return all.find((one) => one.report === id)?.delivered === true;
  });
  t.match(
    list.find((one) => one.report === id),
    { failure: null },
  );
  t.match(await order(asking, { order: "feedback show", id }), { outcome: "corrected", text });
});

t.test("what nobody answers in time is an alarm", async (t) => {
  const { report: id } = await order(asking, {
    order: "feedback send",
    about: await exchange(),
    kind: "wrong",
    fields: [],
  });
  const { ahead } = country.clock;
  const codes = () => answering.gateway.health().alarms.map(({ code }) => code);
  t.notOk(codes().includes("feedback_overdue"));
  country.clock.ahead += 31 * 86_400_000;
  t.match(await order(answering, { order: "feedback show", id }), { state: "overdue" });
  t.ok(codes().includes("feedback_overdue"));
  country.clock.ahead = ahead;
});

t.test("some thousand reports with long fields are listed by pages, one is found and answered", async (t) => {
  const { clock } = country;
  const services = {
    ...{ clock, log: { keep: async () => undefined } },
    seals: { get: () => ({ signer: signerOf(answering.parts.seals.get(populationRegister)!) }) },
    trust: () => ({ configuration: { parameters: { instance: "DEV" } } }),
  };
  const work = {
    ...{ services: () => services, journal: { services: () => services, isShared: false } },
    ...{ texts: { protect: async () => null, read: async () => null } },
  } as unknown as CaseworkParts;
  const feedback = new FeedbackDesk(work);
  const fields = Array.from({ length: 100 }, (_, i) => `/${"f".repeat(190)}/${i}`);
  const ids = Array.from({ length: 2_000 }, (_, i) => uuidV7(i));
  const [about, due] = [ids[0] as ExchangeId, clock.now()];
  for (const [i, id] of ids.entries()) {
    const own = i % 2 === 0 ? clients.population : clients.business;
    const said = { event: "reported", side: "receiver", peer: clients.inspection, text: null } as const;
    await feedback.journal.note({
      ...said,
      id,
      about,
      own,
      kind: "wrong",
      fields: i % 8 < 2 ? fields : [],
      due,
    });
  }
  const office = new CaseworkOffice({ feedback } as unknown as CaseDesks, work);
  const stateDirectory = newDirectory();
  const taking = await takeOrders(stateDirectory, (bytes) => office.execute(parseCaseworkOrder(bytes)!));
  t.teardown(() => taking?.close());
  const desk = caseDesk({ stateDirectory } as ServerConfiguration);
  const all = await listCases({ stateDirectory }, "feedback list");
  t.strictSame(
    all.map(({ report }) => report),
    ids.toReversed(),
    "all of them, newest first",
  );
  const members = new Set<string>([populationRegister]);
  const first = await desk.list("feedback", { members });
  const second = await desk.list("feedback", { members, cursor: first.cursor! });
  const own = ids.filter((_, i) => i % 2 === 0).toReversed();
  const shown = [...first.cases, ...second.cases].map(({ id }) => id);
  t.strictSame(shown, own.slice(0, shown.length), "one page after the other, of the member's alone");
  t.ok(second.cases.length > 0 && second.cursor !== null);
  const [old] = ids;
  t.match(await desk.list("feedback", { members, id: old! }), { cases: [{ id: old }], cursor: null });
  t.strictSame(await desk.list("feedback", { members, id: ids[1]! }), { cases: [], cursor: null });
  t.match(await desk.answerFeedback(old!, "corrected", undefined), { id: old, told: { state: "answered" } });
});
