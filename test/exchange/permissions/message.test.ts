import { readFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { openReader } from "../../../src/assembly/log-store.ts";
import { openEvidence } from "../../../src/assembly/open-evidence.ts";
import { loadServerConfiguration } from "../../../src/assembly/server-configuration.ts";
import { parseServiceId } from "../../../src/core/ids.ts";
import { permissionRefusalType } from "../../../src/exchange/permissions/keep-refusal.ts";
import { parseStatement } from "../../../src/message/signed-statement.ts";
import { buildEvidencePackage } from "../../../src/messagelog/evidence/evidence-package.ts";
import { collectEvidence } from "../../../src/messagelog/evidence/evidence-package-collect.ts";
import { verifyPackage } from "../../../src/messagelog/evidence/verify-package.ts";
import {
  type Permission,
  permissionScheme,
  serializePermission,
} from "../../../src/policy/permissions/permission.ts";
import { openSqlitePermissionStore } from "../../../src/store/sqlite/permission-store.ts";
import { loadAnchor } from "../../../src/trust/anchor.ts";
import { checkProblem, recorded } from "../country/expectation.ts";
import { forgeRequest, realRequest } from "../country/forgery.ts";
import { messages } from "../country/messages.ts";
import { Peer } from "../country/peer.ts";
import { clients } from "../country/plan.ts";
import { type Ask, pathOf } from "../country.ts";
import { jaan, json, mari, PermissionScene, told } from "./permission-scene.ts";

/*
 * Of a message the sender discloses: its gateway holds the permission, judges it before anything is signed, counts its
 * uses and lets nothing pass that it does not cover. Everything right but one thing is refused there, and the recipient
 * gets nothing.
 */

const { benefits, badged, business, population } = clients;
const agreed = { purposes: [{ id: "on-request" }, { id: "by-consent" }] };
const agree = (id: string, consumer: typeof benefits, service = messages.changes) => ({
  ...{ id, consumer, service: service.id, terms: agreed },
});
/** To whom the same sender sends, too. */
const toOther = { ...messages.changes, id: parseServiceId(`${business}/changes`) };
const scene = await PermissionScene.start(
  t,
  {
    services: [messages.changes, messages.observed, toOther],
    agreements: [
      agree("push-permitted", benefits),
      agree("push-permitted-too", benefits, messages.observed),
      agree("push-by-another", badged),
      agree("push-to-another", benefits, toOther),
    ],
  },
  { clients: [population, business].map((id) => ({ id, authentication: "http" })) },
);
const { country } = scene;
scene.discloser = benefits;
scene.asker = population;
country.register.answer({ status: 202, headers: json, body: '{"reference":"RC-1"}' });

const wanted = { service: messages.changes.id, purpose: "on-request" };
const given = (changes: object = {}): Promise<Permission> => scene.given({ ...wanted, ...changes });
const bearer = ["Proxy-Authorization", "Bearer a-long-and-random-token"];

interface Push {
  readonly purpose?: string;
  readonly permission?: string;
  readonly body?: object;
  readonly client?: typeof benefits;
  readonly service?: typeof messages.changes;
  readonly query?: string;
}

function push({ purpose = "on-request", permission, query = "", ...more }: Push): Ask {
  const {
    body = { code: mari.value, account: "DV81" },
    client = benefits,
    service = messages.changes,
  } = more;
  const named = permission === undefined ? [] : ["Sealway-Permission", permission];
  return {
    ...{ method: "POST", client, path: pathOf(service, `/changes${query}`), body: JSON.stringify(body) },
    headers: [...json, ...(client === badged ? bearer : []), "Sealway-Purpose", purpose, ...named],
  };
}

t.test("on the person's explicit request, which the sender's own gateway holds", async (t) => {
  const asked = told(await scene.request(wanted, population));
  t.match(asked.text.en[0], /^You request that .+ \(DEV\/GOV\/.+\/benefits\) sends data about you to /);
  t.match(asked.permission, { consumer: benefits, pattern: "message", kind: "explicit-request" });
  const { id, revision } = asked.permission;
  const token = await scene.token(asked.digest);
  told(await scene.act({ act: "give", permission: id, revision, token }));
  const { result, asking, answering } = await country.watch(() => country.ask(push({})));
  t.equal(result.status, 202, result.body.toString());
  t.equal(asking[0]?.document.permission?.scheme, permissionScheme, "the message commits to it");
  t.equal(answering[0]?.head.openings.permission?.value, id, "though its sender did not name it");
  t.equal(told(await scene.call(population, `/permissions/${id}`)).permission.state, "active");
  const shown = told(await scene.act({ act: "list" })).permissions;
  t.match(shown[0], { permission: { id } });
  t.equal((await scene.withdraw(shown[0]!.permission)).status, 200);
  await refused(t, {}, "permission.exists");
});

t.test("by consent, to the fields that were consented to", async (t) => {
  const consent = await given({ purpose: "by-consent", fields: ["/account", "/name"], limits: { uses: 3 } });
  t.same(consent.elements, ["account.number", "person.name"]);
  const by = { purpose: "by-consent" };
  const good = await country.ask(push(by));
  t.equal(good.status, 202, good.body.toString());
  const more = push({ ...by, body: { code: mari.value, account: "DV81", income: "1" } });
  await checkProblem(t, country, () => country.ask(more), {
    ...{ code: "fields_not_granted", rule: "message.fields", ...recorded.refusedHere },
    detail: /: \/income$/,
  });
  const beside = push({ ...by, query: "?income=98765" });
  await checkProblem(t, country, () => country.ask(beside), {
    ...{ code: "fields_not_granted", rule: "message.fields", detail: /query:income/ },
    ...recorded.refusedHere,
  });
  const [shown] = told(await scene.act({ act: "list" })).permissions;
  t.equal(shown?.used, 1, "what is refused uses nothing up");
  await scene.withdraw(consent);
});

/** Puts a revision into the store as no act could make it. */
async function alter(permission: Permission, changes: Partial<Permission>): Promise<void> {
  const store = openSqlitePermissionStore(join(country.asking.stateDirectory, "log"));
  const last = (await store.revisions(permission.id)).at(-1)!;
  const revision = last.revision + 1;
  const document = serializePermission({ ...permission, ...changes, revision });
  t.ok(await store.add({ ...last, revision, document }));
  await store.close();
}

const day = 24 * 60 * 60 * 1000;
const now = () => country.clock.now();

interface Fault {
  readonly before?: (given: Permission) => unknown;
  readonly ask?: object;
  readonly push?: Push;
  readonly rule: string;
}

const faults: Readonly<Record<string, Fault>> = {
  "wrong client": { push: { client: badged }, rule: "permission.client" },
  "wrong subject": { push: { body: { code: jaan.value, account: "DV81" } }, rule: "permission.subject" },
  "wrong service": { push: { service: messages.observed }, rule: "permission.service" },
  "wrong purpose": { push: { purpose: "by-consent" }, rule: "permission.purpose" },
  "expired by a second": {
    before: (its) => alter(its, { validity: { from: now() - day, to: now() - 1000 } }),
    rule: "permission.validity",
  },
  "used up": {
    ask: { limits: { uses: 1 } },
    before: ({ id }) => country.ask(push({ permission: id })),
    rule: "permission.uses",
  },
  "used up in this period": {
    ask: { limits: { perPeriod: { uses: 1, days: 1 } } },
    before: ({ id }) => country.ask(push({ permission: id })),
    rule: "permission.period-uses",
  },
  withdrawn: { before: (its) => scene.withdraw(its), rule: "permission.state" },
  "given by someone else": { ask: { person: jaan }, rule: "permission.subject" },
};

for (const [name, { ask, before, push: changes, rule }] of Object.entries(faults)) {
  t.test(name, async (t) => {
    const its = await given(ask);
    await before?.(its);
    await refused(t, { ...changes, permission: its.id }, rule);
    await scene.withdraw(its).catch(() => undefined);
  });
}

t.test("wrong field", async (t) => {
  const its = await given();
  await alter(its, { elements: ["income"] });
  await checkProblem(t, country, () => country.ask(push({ permission: its.id })), {
    ...{ code: "fields_not_granted", rule: "message.fields", ...recorded.refusedHere, calls: 0 },
    detail: /: \/account$/,
  });
  await scene.withdraw(its).catch(() => undefined);
});

t.test("forged: of an id that there is not", (t) =>
  refused(t, { permission: "01937a3e-0000-7000-8000-000000000000" }, "permission.exists"),
);

t.test("none at all", (t) => refused(t, { purpose: "by-consent" }, "permission.exists"));

async function refused(t: Test, changes: Push, rule: string): Promise<void> {
  const seen = await checkProblem(t, country, () => country.ask(push(changes)), {
    ...{ code: "permission_required", rule: "person", ...recorded.refusedHere, calls: 0 },
  });
  const reader = openReader({ stateDirectory: country.asking.stateDirectory });
  const [last] = (await reader.documentsOf("permission-refusal", 1)).slice(-1);
  reader.close();
  const { payload } = parseStatement(last!.bytes, permissionRefusalType);
  t.match(payload, { exchange: seen.result.json().exchange, rule }, "the sender's log has the rule");
}

t.test("of messages at once one gets the last use", async (t) => {
  const its = await given({ limits: { uses: 1 } });
  const answers = await Promise.all([1, 2, 3].map(() => country.ask(push({ permission: its.id }))));
  const codes = answers.map(({ status, ...answer }) => (status === 202 ? status : answer.json().code)).sort();
  t.same(codes, [202, "permission_required", "permission_required"]);
  await scene.withdraw(its);
});

t.test("whoever neither sends nor receives asks for none", async (t) => {
  t.equal((await scene.request(wanted, clients.onboarding)).json().code, "permission_terms");
  scene.discloser = population;
  t.equal((await scene.request(wanted, benefits)).json().code, "permission_terms");
  scene.discloser = benefits;
  t.equal(told(await scene.request(wanted, benefits)).permission.state, "requested", "the sender does");
});

t.test("the recipient's gateway refuses a message that names none", async (t) => {
  const its = await given();
  const peer = new Peer(country, country.asking.parts.tls);
  t.teardown(() => peer.close());
  const ask = push({});
  const real = await realRequest(country, ask);
  const body = Buffer.from(ask.body as string);
  const calls = country.register.begun;
  const answer = await peer.send(
    await forgeRequest(
      country,
      real,
      {
        document: (one) => ({ ...one, permission: null }),
        head: (one) => ({ ...one, openings: { ...one.openings, permission: null } }),
      },
      body,
    ),
  );
  t.equal(answer.problem.code, "permission_required", JSON.stringify(answer.problem));
  t.equal(country.register.begun, calls);
  await scene.withdraw(its);
});

t.test("a dry run stays open: it names nobody whose permission could be judged", async (t) => {
  const question = { service: messages.changes.id, method: "POST", path: "/changes", purpose: "on-request" };
  const answer = await country.ask({
    ...{ method: "POST", path: "/decisions", client: benefits, headers: json },
    body: JSON.stringify(question),
  });
  t.match(answer.json(), { verdict: "open", needed: ["permission"] });
});

t.test("the sender's evidence shows by which permission a message was sent", async (t) => {
  const permission = await given({ limits: { uses: 7 } });
  const { result } = await country.watch(() => country.ask(push({ permission: permission.id })));
  t.equal(result.status, 202, result.body.toString());
  const found: string[][] = [];
  for (const server of [country.asking, country.answering]) {
    await server.gateway.sealNow();
    const reader = await openEvidence(await loadServerConfiguration(server.configurationFile));
    const anchor = await loadAnchor(country.authority.anchorFile);
    const id = result.header("Sealway-Exchange-Id")!;
    const collected = await collectEvidence(reader, id, anchor, { heads: "shown" });
    reader.close();
    if (collected.outcome !== "collected") throw new Error(collected.outcome);
    const options = { anchor: readFileSync(country.authority.anchorFile), at: country.clock.now() };
    const { findings, verdict } = await verifyPackage(await buildEvidencePackage(collected.parts), options);
    t.equal(verdict, "valid", JSON.stringify(findings));
    found.push(findings.map(({ code }) => code).filter((code) => code.startsWith("permission-")));
  }
  t.same(found, [
    ["permission-signed", "permission-permitted", "permission-act-withheld"],
    ["permission-not-shown"],
  ]);
});

t.test("how much is asked for one recipient tells another one nothing", async (t) => {
  const ask = (uses: number, service = messages.changes, client: string = population) =>
    scene.request({ ...wanted, person: jaan, service: service.id, limits: { uses } }, client);
  for (let uses = 1; uses <= 20; uses++) t.equal((await ask(uses)).status, 200);
  t.equal((await ask(21)).json().code, "too_many_open");
  t.equal((await ask(21, toOther, business)).status, 200);
});
