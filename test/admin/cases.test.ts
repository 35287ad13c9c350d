import { generateKeyPairSync } from "node:crypto";
import { chmodSync, readFileSync } from "node:fs";
import t from "tap";
import { sha256Base64Url } from "../../src/core/bytes.ts";
import { parseServiceId } from "../../src/core/ids.ts";
import { uuidV7 } from "../../src/core/uuid.ts";
import type { Identity } from "../../src/dev/ca.ts";
import { pointOf } from "../../src/pki/hybrid-envelope.ts";
import { ConsoleBrowser } from "../console/console-browser.ts";
import {
  answeringServer,
  askingServer,
  bank,
  benefitsAgency,
  clients,
  type PlannedService,
  services,
} from "../exchange/country/plan.ts";
import { recordPlans, records } from "../exchange/country/records.ts";
import { type Ask, pathOf } from "../exchange/country.ts";
import { order } from "../exchange/feedback/orders.ts";
import { until } from "../until.ts";
import { AdminScene, type TestUser } from "./admin-scene.ts";

/* What is about persons and their data: permissions, and what follows an exchange, by officers over the API. */

const scheme = "urn:dev:personal-code";
const mari = { scheme, value: "38001010000" };
const script = "<img src=x onerror=alert(1)>";
const jaan = { scheme, value: "38001010011" };
const permitted: PlannedService = {
  id: parseServiceId(`${clients.benefits}/permitted`),
  ...{
    contentKind: "opaque",
    target: "register",
    endpoints: [["GET", "/find", { in: "query", name: "code" }]],
  },
  described: {
    validation: "enforce",
    purposes: [
      {
        id: "onboarding",
        title: { en: "Opening an account" },
        elements: ["person.name"],
        permission: "consent",
      },
    ],
  },
};
const settings = {
  portals: [{ id: clients.benefits, scheme }],
  inquiries: { answerDays: 1, supervisoryAuthority: clients.business },
};
let officers: readonly Identity[] = [];
const point = () => pointOf(generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey);
const scene = await AdminScene.start(t, {
  parameters: {
    orderingAuthorities: [{ member: benefitsAgency, encryptionKey: point() }],
    supervisoryKey: point(),
    restrictablePurposes: [{ service: records.enforced.id, purpose: "means-test" }],
  },
  registration: "taken",
  moreSeals: (ca) => {
    officers = ["One", "Two"].map((name) => ca.issueSeal(benefitsAgency, name));
    return [];
  },
  registry: (whole) => ({
    ...whole,
    registration: {
      officers: officers.map(({ certificate }) => ({ der: certificate.der.toString("base64") })),
      persons: { "member-rename": 2 },
    },
  }),
  ...{ asking: settings, answering: settings },
  more: {
    services: [permitted, ...recordPlans.services],
    agreements: [
      ...recordPlans.agreements,
      { id: "bank-own", consumer: clients.onboarding, service: services.own.id },
      {
        ...{ id: "permitted", consumer: clients.onboarding, service: permitted.id },
        terms: { purposes: [{ id: "onboarding" }] },
      },
    ],
  },
});
const approver = await scene.user("approver");
const dpo = await scene.user("data-protection-officer");
const auditor = await scene.user("auditor");
const bankAdministrator = await scene.user("administrator", bank);
const bankApprover = await scene.user("approver", bank, bankAdministrator);
const post = (path: string, key: string, body: unknown) => scene.call(path, { method: "POST", key, body });
const get = (path: string, key: string) => scene.call(path, { key });
const bankDpo = await scene.user("data-protection-officer", bank, bankAdministrator);
const { country } = scene;
const json = ["Content-Type", "application/json"];
country.register.answer({
  headers: json,
  body: `{"code":"${mari.value}","name":"Mari","address":{"city":"Harbour"}}`,
});

async function exchange(ask: Ask): Promise<string> {
  const answer = await country.ask(ask);
  if (answer.status >= 300) throw new Error(answer.body.toString());
  return answer.header("Sealway-Exchange-Id")!;
}

/** The owner's inspection gets Mari's data from the population register. */
const found = () =>
  exchange({
    ...{ method: "POST", path: pathOf(records.enforced, "/find"), client: clients.inspection },
    ...{ headers: json, body: `{"code":"${mari.value}"}` },
  });
const paper = sha256Base64Url("a paper");

t.test("an officer declares a permission, finds it, and ends it; the log names nobody", async (t) => {
  const declaration = {
    ...{ consumer: clients.onboarding, service: permitted.id, purpose: "onboarding", person: mari },
    ...{ days: 10, proof: paper, reason: "On paper, at the counter" },
  };
  const representation = { kind: "guardian", proof: paper, value: jaan.value };
  const foreign = { ...declaration, service: `${clients.population}/open`, consumer: clients.rogue };
  t.equal((await post("/permissions", approver.key, foreign)).status, 404, "of others' data");
  const recipient = await post("/permissions", bankApprover.key, declaration);
  t.strictSame([recipient.status, recipient.body.code], [403, "access_denied"], "by whoever gets the data");
  const made = await post("/permissions", approver.key, { ...declaration, representation });
  t.equal(made.status, 201, made.bytes.toString());
  const { id } = made.body;
  const provider = clients.benefits;
  const listed = await scene.call(`/permissions?provider=${provider}&state=active`, { key: approver.key });
  t.match(listed.body, { more: false, permissions: [{ id, purpose: "onboarding", state: "active" }] });
  const foreignList = await scene.call(`/permissions?provider=${provider}`, { key: bankApprover.key });
  t.equal(foreignList.status, 404);
  const search = { provider, person: mari, reason: "Complaint 8" };
  t.equal((await post("/permissions/search", auditor.key, search)).body.code, "mandate_missing");
  t.equal((await post("/permissions/search", dpo.key, search)).body.permissions.length, 1);
  const other = await post("/permissions/search", dpo.key, { ...search, person: jaan });
  t.strictSame(other.body.permissions, []);
  const one = await scene.call(`/permissions/${id}`, { key: approver.key });
  t.match(one.body, { id, state: "active", used: null, revisions: [{ act: { kind: "declared" } }] });
  const hidden = await scene.call(`/permissions/${id}`, { key: bankApprover.key });
  t.equal(hidden.status, 404, "another member's");
  const record = await scene.call(`/permissions/${id}/record`, { key: approver.key });
  t.match(record.body.record, { "dct:identifier": id });
  const early = await post(`/permissions/${id}/erasure`, dpo.key, { reason: "asked for it" });
  t.equal(early.body.code, "permission_state", "it is in force");
  const end = { because: "majority", reason: "She is of age" };
  t.equal((await post(`/permissions/${id}/end`, bankApprover.key, end)).status, 404);
  t.match((await post(`/permissions/${id}/end`, approver.key, end)).body, { id, revision: 2 });
  t.equal((await post(`/permissions/${id}/erasure`, dpo.key, { reason: "asked for it" })).status, 200);
  const { entries } = (await scene.call("/audit?limit=1000", { key: auditor.key })).body;
  t.match(
    entries.find(({ route }: { route: string }) => route === "POST /api/v1/permissions/search"),
    { by: dpo.id, reason: "Complaint 8", fact: { what: "read" } },
  );
  const told = JSON.stringify([entries, listed.body, one.body, record.body, scene.logged]);
  for (const { value } of [mari, jaan]) t.notMatch(told, new RegExp(value));
});

t.test(
  "feedback goes out in the name of whoever got the data, and is answered by whoever gave it",
  async (t) => {
    const about = await exchange({ path: pathOf(services.own, "/a"), client: clients.onboarding });
    const report = { about, kind: "other", text: "It is about Mari Maasikas", reason: "Complaint 9" };
    const foreign = await post("/feedback", dpo.key, report);
    t.strictSame([foreign.status, foreign.body.code], [400, "bad_request"], "not by whoever gave it");
    const sent = await post("/feedback", bankDpo.key, report);
    t.equal(sent.status, 201, sent.bytes.toString());
    const { report: id } = sent.body;
    const own = (await get("/feedback", dpo.key)).body.cases;
    t.match(own, [{ id, about, side: "receiver", state: "open", own: clients.benefits }]);
    t.equal(own.length, 1, "and not the other member's side");
    t.equal(
      (await post(`/feedback/${id}/reading`, auditor.key, { reason: "x" })).body.code,
      "mandate_missing",
    );
    const read = await post(`/feedback/${id}/reading`, dpo.key, { reason: "To answer it" });
    t.strictSame(read.body, { text: report.text, reason: null });
    const answer = { outcome: "unchanged", text: "He did, in 2019.", reason: "Looked at" };
    t.equal((await post(`/feedback/${id}/answer`, bankDpo.key, answer)).status, 404, "not by whoever asked");
    t.match((await post(`/feedback/${id}/answer`, dpo.key, answer)).body, { state: "answered" });
    t.equal((await post(`/feedback/${id}/answer`, dpo.key, answer)).body.code, "already_answered");
    const { entries } = (await get("/audit?limit=1000", auditor.key)).body;
    t.notMatch(JSON.stringify(entries), /Maasikas|in 2019/, "what people write is not in the log in clear");
  },
);

t.test("a notice that data was wrong is seen and answered by the member that got it", async (t) => {
  await found();
  const now = country.clock.now();
  const notice = {
    ...{ own: clients.population, service: records.enforced.id, subject: mari },
    ...{ elements: ["person.residence.address"], asOf: now, from: now - 3_600_000, until: now + 1_000 },
  } as const;
  const { id } = await order(country.answering, { order: "corrections announce", ...notice });
  const seen = async () => (await get("/corrections", dpo.key)).body.cases;
  await until(async () => (await seen()).length > 0);
  t.match(await seen(), [{ id, side: "recipient", own: clients.inspection, due: String }]);
  t.strictSame((await get("/corrections", bankDpo.key)).body.cases, []);
  const read = await post(`/corrections/${id}/reading`, dpo.key, { reason: "To mend it" });
  t.match(read.body.subject, mari);
  const answer = { outcome: "deleted", reason: "Done" };
  t.equal((await post(`/corrections/${id}/answer`, bankDpo.key, answer)).status, 404);
  const told = await post(`/corrections/${id}/answer`, dpo.key, answer);
  t.match(told.body.recipients, [{ state: "deleted" }]);
  const iso = (time: number) => new Date(time).toISOString();
  const times = { asOf: iso(now), from: iso(notice.from), until: iso(notice.until) };
  const own = { ...notice, own: clients.benefits, service: permitted.id, ...times, reason: "Mended" };
  t.match((await post("/corrections", dpo.key, own)).body, { id: null, recipients: 0 });
  t.equal((await post("/corrections", bankDpo.key, own)).status, 404, "in another's name");
});

t.test("an inquiry is read with a reason, answered and closed by the member that is asked", async (t) => {
  const about = await found();
  const text = "Why did you look at where Mari Maasikas lives?";
  const asked = await country.ask({
    ...{
      method: "POST",
      path: `/r1/${clients.inspection}/sealway.inquiry/inquiries`,
      client: clients.benefits,
    },
    ...{ headers: [...json, "X-Road-UserId", mari.value], body: JSON.stringify({ about, text }) },
  });
  const { id } = asked.json() as { readonly id: string };
  t.match((await get("/inquiries", approver.key)).body.cases, [
    { id, about, side: "addressee", state: "asked" },
  ]);
  t.strictSame((await get("/inquiries", bankDpo.key)).body.cases, []);
  t.equal((await post(`/inquiries/${id}/reading`, bankDpo.key, { reason: "x" })).status, 404);
  const read = await post(`/inquiries/${id}/reading`, dpo.key, { reason: "To answer it" });
  t.match(read.body, { person: mari, text, answer: null });
  const answer = { text: "To decide on a benefit.", reason: "Looked at" };
  t.equal((await post(`/inquiries/${id}/answer`, bankDpo.key, answer)).status, 404);
  t.match((await post(`/inquiries/${id}/answer`, dpo.key, answer)).body, { state: "answered" });
  t.equal((await post(`/inquiries/${id}/close`, bankDpo.key, { reason: "x" })).status, 404);
  t.match((await post(`/inquiries/${id}/close`, dpo.key, { reason: "Over" })).body, { state: "closed" });
});

t.test("a legal hold is proposed by one person, and placed when another one confirms it", async (t) => {
  const about = await found();
  const review = new Date(country.clock.now() + 86_400_000).toISOString();
  const wanted = { case: "2-26-17", authority: "Circuit Court", review, reason: "Court order" };
  const holds = async () => (await get("/holds", approver.key)).body.holds;
  const before = (await holds()).length;
  const none = await post("/holds", dpo.key, wanted);
  t.equal(none.status, 400, "a hold of nothing");
  t.equal((await post("/holds", bankDpo.key, { ...wanted, exchanges: [about] })).status, 403, "the server's");
  const proposed = await post("/holds", dpo.key, { ...wanted, exchanges: [about] });
  t.match(proposed.body, { state: "waiting", act: "hold", namesPerson: false, proposedBy: dpo.id });
  t.equal((await holds()).length, before, "nothing is done yet");
  const confirmation = (id: string) => `/proposals/${id}/confirmation`;
  const alone = await post(confirmation(proposed.body.id), dpo.key, { reason: "x" });
  t.equal(alone.body.code, "two_people_needed");
  const done = await post(confirmation(proposed.body.id), approver.key, { reason: "Seen the order" });
  t.match(done.body, {
    state: "done",
    confirmedBy: approver.id,
    result: new RegExp(`^hold ${proposed.body.id} keeps [1-9]\\d* messages$`),
  });
  const again = await post(confirmation(proposed.body.id), approver.key, { reason: "x" });
  t.equal(again.body.code, "changed_meanwhile", "once");
  const hold = (await holds()).find((one: { case: string }) => one.case === wanted.case);
  t.match(hold, { state: "in-force", scope: "exchanges", by: [String, String] });
  const lift = await post(`/holds/${hold.hold}/lift`, dpo.key, { reason: "The case is closed" });
  t.match((await post(confirmation(lift.body.id), approver.key, { reason: "x" })).body, { state: "done" });
  t.match(
    (await holds()).find((one: { hold: string }) => one.hold === hold.hold),
    { state: "lifted" },
  );
});

t.test("a hold of a person's records: both name the person, whom the log does not", async (t) => {
  const review = new Date(country.clock.now() + 86_400_000).toISOString();
  const wanted = { case: "2-26-18", authority: "Circuit Court", review, reason: "Court order" };
  const { body } = await post("/holds", dpo.key, { ...wanted, person: mari });
  t.match(body, { state: "waiting", namesPerson: true });
  const confirm = (about: object) =>
    post(`/proposals/${body.id}/confirmation`, approver.key, { ...about, reason: "Seen" });
  t.equal((await confirm({})).status, 400);
  t.equal((await confirm({ person: jaan })).status, 400);
  t.match((await confirm({ person: mari })).body, { state: "done" });
  const dropped = await post("/holds", dpo.key, { ...wanted, person: jaan });
  const path = `/proposals/${dropped.body.id}`;
  t.match((await scene.call(path, { method: "DELETE", key: dpo.key })).body, { state: "dropped" });
  t.equal((await post(`${path}/confirmation`, approver.key, { person: jaan, reason: "x" })).status, 412);
  const { entries } = (await get("/audit?limit=1000", auditor.key)).body;
  const { proposals } = (await get("/proposals", auditor.key)).body;
  const told = JSON.stringify([entries, proposals, scene.logged]);
  for (const { value } of [mari, jaan]) t.notMatch(told, new RegExp(value));
});

t.test("a time that there is not ends no hold: it is refused, and not taken as no end", async (t) => {
  const review = new Date(country.clock.now() + 86_400_000).toISOString();
  const pair = { consumer: clients.inspection, provider: clients.population };
  const wanted = { case: "2-26-19", authority: "Circuit Court", pair, review, reason: "Court order" };
  for (const name of ["from", "to", "review"]) {
    const { status, body } = await post("/holds", dpo.key, { ...wanted, [name]: "2027-02-31T00:00:00Z" });
    t.strictSame([status, body.code], [400, "invalid_parameter"], name);
  }
});

t.test("an ordering authority's officers restrict, review and lift; nobody else learns of it", async (t) => {
  const day = 86_400_000;
  const inDays = (days: number) => new Date(country.clock.now() + days * day).toISOString();
  const wanted = {
    ...{ provision: "Criminal Procedure Act § 110", reference: "case 1-17/2026", ground: "investigation" },
    ...{ consumer: clients.onboarding, service: records.enforced.id, purpose: "means-test" },
    ...{ reviewBy: inDays(90), reason: "Case 1-17/2026" },
  };
  for (const path of ["", `/${uuidV7(0)}/lift`, `/${uuidV7(0)}/review`]) {
    const body =
      path === "" ? wanted : path.endsWith("lift") ? { reason: "x" } : { reviewBy: inDays(9), reason: "x" };
    t.equal(
      (await post(`/restrictions${path}`, bankApprover.key, body)).status,
      404,
      `another member${path}`,
    );
  }
  t.equal((await get("/restrictions", bankApprover.key)).status, 404);
  for (const until of ["2027-13-01T00:00:00Z", "2027-02-31T00:00:00Z", "2026-12-31T23:59:60Z"]) {
    const impossible = await post("/restrictions", approver.key, { ...wanted, until });
    t.strictSame([impossible.status, impossible.body.code], [400, "invalid_parameter"], until);
  }
  const far = await post("/restrictions", approver.key, { ...wanted, reviewBy: inDays(500) });
  t.ok(far.status >= 400 && far.status < 500, "reviewed within twelve months");
  const done = await post("/restrictions", approver.key, wanted);
  t.equal(done.status, 201, done.bytes.toString());
  t.match(done.body, { revision: 1, state: "ordered", nonce: String, deliveries: [{ failure: null }] });
  const { id } = done.body;
  const review = { reviewBy: inDays(120), reason: "It stands" };
  const reviewed = await post(`/restrictions/${id}/review`, approver.key, review);
  t.match(reviewed.body, { revision: 2, state: "reviewed", nonce: null });
  const { restrictions } = (await get("/restrictions", auditor.key)).body;
  t.match(restrictions, [{ id, state: "in force", reviewBy: review.reviewBy, until: null }]);
  t.match((await post(`/restrictions/${id}/lift`, approver.key, { reason: "Over" })).body, {
    state: "lifted",
  });
});

t.test("on pages: a permission is declared, found and ended; no address names the person", async (t) => {
  const browser = await ConsoleBrowser.of(scene, approver.key);
  const list = await browser.load(`/permissions?provider=${encodeURIComponent(clients.benefits)}`);
  t.match(list.text, /onboarding/);
  const declaration = {
    ...{ consumer: clients.onboarding, service: permitted.id, purpose: "onboarding", ...mari, days: "10" },
    reason: "On paper, at the counter",
  };
  const made = await browser.submit(list, "/permissions/new", declaration);
  t.match(made.path, /^\/permissions\/[0-9a-f-]{36}\?done=made$/, made.text);
  t.notMatch(made.text, new RegExp(mari.value));
  const ended = await browser.submit(made, "/end", { because: "", reason: "She called" });
  t.match(ended.text, /withdrawn/);
  const officer = await ConsoleBrowser.of(scene, dpo.key);
  const asking = await officer.load("/permissions");
  const search = { provider: clients.benefits, ...mari, reason: "Complaint 8" };
  const found = await officer.submit(asking, "/permissions/search", search);
  t.match([found.path, found.text], ["/permissions/search", /onboarding/]);
  const recorded = await officer.submit(await officer.load(ended.path.split("?")[0]!), "/record");
  t.match(JSON.parse(recorded.text), { record: Object, statement: String });
  const refused = await (await ConsoleBrowser.of(scene, auditor.key)).submit(
    asking,
    "/permissions/search",
    search,
  );
  t.equal(refused.status, 403, "an auditor without a mandate");
});

t.test("on pages: what people wrote is read with a reason, and runs nowhere", async (t) => {
  const about = await found();
  const asked = await country.ask({
    ...{
      method: "POST",
      path: `/r1/${clients.inspection}/sealway.inquiry/inquiries`,
      client: clients.benefits,
    },
    ...{ headers: [...json, "X-Road-UserId", mari.value], body: JSON.stringify({ about, text: script }) },
  });
  const { id } = asked.json() as { readonly id: string };
  const browser = await ConsoleBrowser.of(scene, dpo.key);
  t.match((await browser.load("/cases")).text, /Inquiries of persons/);
  const list = await browser.load("/cases/inquiries");
  const link = new RegExp(`href="(/cases/inquiries/${id}[^"]*)"`)
    .exec(list.text)![1]!
    .replaceAll("&amp;", "&");
  const one = await browser.load(link);
  t.notMatch(one.text, /onerror/, "not before a reason");
  t.equal((await browser.submit(one, "/reading", { reason: "" })).status, 400);
  const read = await browser.submit(one, "/reading", { reason: "To answer it" });
  t.match(read.text, /&lt;img src=x onerror/);
  t.notMatch(read.text, /<img/);
  const answered = await browser.submit(one, "/answer", { text: "To decide.", reason: "Looked at" });
  t.match(answered.text, /<dd>answered<\/dd>/);
  t.match((await browser.submit(answered, "/close", { reason: "Over" })).text, /<dd>closed<\/dd>/);
  const sender = await ConsoleBrowser.of(scene, bankDpo.key);
  const exchanged = await exchange({ path: pathOf(services.own, "/b"), client: clients.onboarding });
  const report = { about: exchanged, kind: "other", text: script, reason: "Complaint 10" };
  const sent = await sender.submit(await sender.load("/cases/feedback"), "/cases/feedback", report);
  t.match(sent.text, /on its way/, sent.text);
  t.match((await browser.load("/cases/feedback")).text, /open/);
});

t.test(
  "on pages: the other party of an exchange is offered neither to read an inquiry nor to end it",
  async (t) => {
    const about = await found();
    const asked = await country.ask({
      ...{
        method: "POST",
        path: `/r1/${clients.population}/sealway.inquiry/inquiries`,
        client: clients.benefits,
      },
      ...{ headers: [...json, "X-Road-UserId", mari.value], body: JSON.stringify({ about, text: script }) },
    });
    const { id } = asked.json() as { readonly id: string };
    const browser = await ConsoleBrowser.of(scene, dpo.key);
    let page = await browser.load(`/cases/inquiries/${id}`);
    await until(async () => {
      page = await browser.load(`/cases/inquiries/${id}`);
      return page.status === 200;
    });
    t.match(page.text, /<dd>other<\/dd>/);
    t.notMatch(page.text, /\/reading"|\/close"|\/answer"/);
  },
);

t.test("on pages: restrictions are the ordering authority's officers' alone", async (t) => {
  const browser = await ConsoleBrowser.of(scene, approver.key);
  const page = await browser.load("/restrictions");
  const order = {
    ...{ provision: "Criminal Procedure Act § 110", reference: "case 2", ground: "investigation" },
    ...{ consumer: clients.onboarding, service: records.enforced.id, purpose: "means-test", exchanges: "" },
    reviewBy: new Date(country.clock.now() + 90 * 86_400_000).toISOString().slice(0, 10),
    reason: "Case 2",
  };
  const ordered = await browser.submit(page, "/restrictions", order);
  t.match(ordered.text, /Ordered, and recorded/, ordered.text);
  const id = /action="(\/restrictions\/[0-9a-f-]{36}\/lift)"/.exec(ordered.text)![1]!;
  const until = new Date(country.clock.now() + 120 * 86_400_000).toISOString().slice(0, 10);
  const review = { reviewBy: until, until, reason: "It stands" };
  const reviewed = await browser.submit(ordered, id.replace("/lift", "/review"), review);
  t.equal(reviewed.path, "/restrictions?done=ordered", reviewed.text);
  t.match(reviewed.text, new RegExp(`${id.split("/")[2]}[\\s\\S]*?datetime="${until}`), "reviewed by then");
  t.match((await browser.submit(reviewed, id, { reason: "Over" })).text, /lifted/);
  const stranger = await ConsoleBrowser.of(scene, bankApprover.key);
  const told = await stranger.load("/restrictions");
  t.match(told.text, /None of your members is an ordering authority/);
  t.notMatch(told.text, /<table|action="\/restrictions/);
  t.equal((await browser.load("/cases/others")).status, 404);
  t.notMatch((await stranger.load("/")).text, /restriction/i);
});

/** As the configuration in force has it. */
function officerKeyFile(officer: number): string {
  const { management } = JSON.parse(readFileSync(country.asking.configurationFile, "utf8"));
  return management.officers[officer].key;
}

/** Two users, each with the key of an officer of the authority: `words 0` and `words 1` open them. */
async function seatOfficers(): Promise<readonly TestUser[]> {
  const people = [await scene.user("registration-officer"), await scene.user("registration-officer")];
  await scene.seat(people, officers);
  return people;
}

t.test(
  "a member asks to be registered otherwise; officers of the authority see it, and decide with their own keys",
  async (t) => {
    const clerk = await scene.user("registration-officer");
    const bankClerk = await scene.user("registration-officer", bank, bankAdministrator);
    const people = await seatOfficers();
    const change = { kind: "member-rename", member: benefitsAgency, name: "Agency of Benefits" };
    const wanted = { member: benefitsAgency, changes: [change], note: "By decree", reason: "Decree 7" };
    const foreign = await post("/registration-requests", bankClerk.key, wanted);
    t.equal(foreign.status, 404, "by another member's seal");
    const asked = await post("/registration-requests", clerk.key, wanted);
    t.match(asked.body, { state: "requested", changes: [change], note: "By decree" }, asked.bytes.toString());
    const { id, sha256 } = asked.body;
    const path = `/registration-requests/${id}`;
    const listed = await get(`/registration-requests?member=${benefitsAgency}`, clerk.key);
    t.match(listed.body.requests, [{ id, sha256 }]);
    t.equal((await get(`/registration-requests?member=${benefitsAgency}`, bankClerk.key)).status, 404);
    const unknown = await get("/registration-requests/018f0000-0000-7000-8000-000000000000", clerk.key);
    t.strictSame([unknown.status, unknown.body.code], [404, "registration_unknown"]);
    const approval = { sha256, decision: "approve", reason: "Seen the decree" };
    const nobody = await post(`${path}/decision`, clerk.key, { ...approval, passphrase: "words 0" });
    t.equal(nobody.status, 404, "the member's clerk is no officer of the authority");
    const guess = await post(`${path}/decision`, people[0]!.key, { ...approval, passphrase: "guess" });
    t.strictSame([guess.status, guess.body.code], [400, "invalid_parameter"]);
    const stale = { ...approval, sha256: paper, passphrase: "words 0" };
    t.equal((await post(`${path}/decision`, people[0]!.key, stale)).body.code, "changed_meanwhile");
    const queue = await post("/registration-queue", people[0]!.key, {
      passphrase: "words 0",
      reason: "Daily",
    });
    t.match(queue.body.requests, [{ id, sha256, approved: 0 }]);
    const { persons } = asked.body;
    for (let i = 0; i < persons; i++) {
      const done = await post(`${path}/decision`, people[i]!.key, { ...approval, passphrase: `words ${i}` });
      t.match(done.body, { approved: i + 1, state: i + 1 === persons ? "approved" : "requested" });
    }
    const another = await post("/registration-requests", clerk.key, wanted);
    const other = `/registration-requests/${another.body.id}`;
    const withdrawn = await post(`${other}/withdrawal`, clerk.key, {
      member: benefitsAgency,
      reason: "Not needed",
    });
    t.match(withdrawn.body, { state: "declined" }, withdrawn.bytes.toString());
    const { entries } = (await get("/audit?limit=1000", auditor.key)).body;
    t.notMatch(JSON.stringify([entries, scene.logged]), /words [01]|guess/, "no passphrase");
    const asPerson = (passphrase: string) =>
      post("/registration-queue", people[1]!.key, { passphrase, reason: "Daily" });
    const key = officerKeyFile(1);
    chmodSync(key, 0o644);
    for (let i = 0; i < 11; i++)
      t.equal(
        (await asPerson("words 1")).body.code,
        "signer_unavailable",
        "that is no guess, nor told as one",
      );
    chmodSync(key, 0o600);
    t.equal((await asPerson("words 1")).status, 200);
    const guesses = await Promise.all(Array.from({ length: 20 }, (_, i) => asPerson(`guess ${i}`)));
    const failed = guesses.filter(({ body }) => body.code === "invalid_parameter");
    t.equal(failed.length, 10, "guesses that are made at once are counted one after the other");
    const locked = await post(`${path}/decision`, people[1]!.key, { ...approval, passphrase: "words 1" });
    t.equal(locked.body.code, "too_many_attempts", "guesses of the passphrase are counted");
  },
);

t.test(
  "on pages: a member asks for another name, and two officers of the authority approve it",
  async (t) => {
    const people = await seatOfficers();
    const [one, other] = await Promise.all(people.map(({ key }) => ConsoleBrowser.of(scene, key)));
    const clerk = await ConsoleBrowser.of(scene, (await scene.user("registration-officer")).key);
    const kind = new URLSearchParams({ member: benefitsAgency, kind: "member-rename" });
    const form = await clerk.load(`/registration/new?${kind}`);
    const name = `</strong> ${script}`;
    const wanted = { name, note: script, reason: "Decree 8" };
    const asked = await clerk.submit(form, "/registration/new", wanted);
    t.equal(asked.status, 200, asked.text);
    const path = asked.path.replace(/\?.*/, "");
    t.match(asked.text, /Ordered, and recorded/);
    for (const part of [/waits for the officers/, /so many: 2</, /Signed by seals of<\/dt><dd>[^<]*10000003/])
      t.match(asked.text, part);
    t.notMatch(
      asked.text,
      /<script|<\/strong> </,
      "what the member wrote is text, apart from the words around it",
    );
    t.match(asked.text, /The member <strong><bdi>[^<]*<\/bdi><\/strong> is called <strong><bdi>&lt;/);
    t.notMatch(asked.text, /approval"|decline"/, "the clerk is no officer of the authority");
    t.match((await clerk.load("/registration")).text, new RegExp(`${path}">.*0 of 2`, "s"));
    t.notMatch((await clerk.load("/registration/queue")).text, /passphrase"/);
    const key = { passphrase: "words 0", reason: "Daily" };
    const question = await one!.load("/registration/queue");
    const wrong = await one!.submit(question, "/queue", { show: "open", ...key, passphrase: "smuggled" });
    t.match([wrong.status, wrong.text], [400, /passphrase does not open/]);
    t.notMatch(wrong.text, /smuggled/, "the page does not say it again");
    const queue = await one!.submit(question, "/queue", { show: "open", ...key });
    t.match(queue.text, new RegExp(`${path}"`), queue.text);
    t.notMatch(queue.text, /<script/);
    const read = await one!.load(path);
    const stale = await one!.submit(read, "/approval", { ...key, sha256: paper });
    t.match([stale.status, stale.text], [412, /changed_meanwhile/]);
    t.equal((await one!.submit(read, "/decline", key)).status, 400, "declined without a word to who asked");
    t.match((await one!.submit(read, "/approval", key)).text, /so many: 1</);
    const twice = await one!.submit(read, "/approval", key);
    t.match([twice.status, twice.text], [422, /another must/], "one person is not two");
    const second = { passphrase: "words 1", reason: "Seen, too" };
    const approved = await other!.submit(await other!.load(path), "/approval", second);
    t.match(approved.text, /<dd>approved<\/dd>/, approved.text);
    t.notMatch(approved.text, /approval"|withdrawal"/, "it is over");
  },
);

t.test("on pages: officers decline, who asked withdraws, and certificates say whose they are", async (t) => {
  const [officer] = await seatOfficers();
  const one = await ConsoleBrowser.of(scene, officer!.key);
  const clerk = await ConsoleBrowser.of(scene, (await scene.user("registration-officer")).key);
  const ask = async (changes: unknown) => {
    const page = await clerk.load(
      `/registration/new?${new URLSearchParams({ member: benefitsAgency, kind: "other" })}`,
    );
    return clerk.submit(page, "/registration/new", { changes: String(changes), reason: "Decree 9" });
  };
  t.match(await ask("[{"), { status: 400, text: /cannot be read/ }, "broken JSON");
  t.match(await ask('[{"kind":"member-burn"}]'), { status: 422 }, "a change that there is not");
  const rename = JSON.stringify({ kind: "member-rename", member: benefitsAgency, name: "Benefits" });
  const declining = await ask(rename);
  const said = { words: script, passphrase: "words 0", reason: "Not lawful" };
  const path = declining.path.replace(/\?.*/, "");
  const declined = await one.submit(await one.load(path), "/decline", said);
  t.match(declined.text, /declined or withdrawn.*Why it was declined<\/dt><dd>&lt;img/s, declined.text);
  const withdrawing = await ask(rename);
  const back = await clerk.submit(withdrawing, "/withdrawal", { member: benefitsAgency, reason: "Over" });
  t.match(back.text, /declined or withdrawn/, back.text);
  const subsystem = `${benefitsAgency}/archive`;
  const added = { kind: "subsystem-add", subsystem, name: "Archive" };
  const elsewhere = { kind: "client-add", client: subsystem, server: answeringServer };
  const saved = await ask(JSON.stringify([added, elsewhere]));
  t.match(saved.text, /waits for another signature.*has not signed: DEV\/GOV\/10000001</s, saved.text);
  const [{ certificate }] = officers as readonly [Identity, Identity];
  const der = certificate.der.toString("base64");
  const persons = { kind: "server-officers", server: askingServer, officers: [der] };
  const shown = await ask(JSON.stringify(persons));
  for (const part of [/Holder<\/dt><dd>[^<]*One/, /Issuer<\/dt><dd>[^<]*DEV/, certificate.fingerprint])
    t.match(shown.text, part);
});
