import { readFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { openReader } from "../../../src/assembly/log-store.ts";
import { openEvidence } from "../../../src/assembly/open-evidence.ts";
import { loadServerConfiguration } from "../../../src/assembly/server-configuration.ts";
import { SealwayError } from "../../../src/core/errors.ts";
import type { ExchangeId } from "../../../src/core/ids.ts";
import { uuidV7 } from "../../../src/core/uuid.ts";
import type { GatewayServices } from "../../../src/exchange/gateway-services.ts";
import { permissionRefusalType } from "../../../src/exchange/permissions/keep-refusal.ts";
import { endByEvent } from "../../../src/exchange/representation/end-by-event.ts";
import {
  endPowersGone,
  judgeRepresentation,
} from "../../../src/exchange/representation/judge-representation.ts";
import { PowerDesk } from "../../../src/exchange/representation/power-desk.ts";
import type { PowerSource } from "../../../src/exchange/representation/representation-settings.ts";
import { parseStatement } from "../../../src/message/signed-statement.ts";
import { buildEvidencePackage } from "../../../src/messagelog/evidence/evidence-package.ts";
import { collectEvidence } from "../../../src/messagelog/evidence/evidence-package-collect.ts";
import { verifyPackage } from "../../../src/messagelog/evidence/verify-package.ts";
import type { UseSight } from "../../../src/policy/permissions/judge-permission.ts";
import {
  type Permission,
  permissionType,
  readPermission,
  serializePermission,
} from "../../../src/policy/permissions/permission.ts";
import type { Power } from "../../../src/policy/representation/power.ts";
import { openSqlitePermissionStore } from "../../../src/store/sqlite/permission-store.ts";
import { loadAnchor } from "../../../src/trust/anchor.ts";
import { until } from "../../until.ts";
import { clients } from "../country/plan.ts";
import type { RawAnswer } from "../country/raw-http.ts";
import { bank, jaan, mari, portal, told } from "../permissions/permission-scene.ts";
import {
  anna,
  askAgainAfter,
  casedService,
  custody,
  otherSource,
  powersService,
  privateService,
  RepresentationScene,
} from "./representation-scene.ts";

/*
 * A guardian acts for a child: the power is fetched from its authentic source at the moment of use, and whatever is wrong
 * with it, the register of the data sees no call.
 */

const scene = await RepresentationScene.start(t);
const { country, permissions } = scene;
const hour = 3_600_000;
const dayOf = (time: number) => new Date(time).toISOString().slice(0, 10);

t.beforeEach(() => scene.forget());

/** A call of the bank, and whether data was asked for. */
async function use(permission: Permission) {
  const before = scene.asked.data;
  const answer = await permissions.use({ permission: permission.id });
  return { answer, asked: scene.asked.data - before };
}

async function withLog<Value>(
  read: (reader: ReturnType<typeof openReader>) => Promise<Value>,
): Promise<Value> {
  const reader = openReader({ stateDirectory: country.answering.stateDirectory });
  try {
    return await read(reader);
  } finally {
    await reader.close();
  }
}

/** The rule by which the newest call was refused, as the provider alone knows it. */
const keptRule = () =>
  withLog(async (reader) => {
    const all = await reader.documentsOf("permission-refusal", 10_000);
    return parseStatement(all.at(-1)!.bytes, permissionRefusalType).payload.rule;
  });

async function refusedUse(t: Test, permission: Permission, rule: string): Promise<void> {
  const { answer, asked } = await use(permission);
  t.match(answer.json(), { code: "permission_required", rule: "person" });
  t.equal(asked, 0, "the register of the data sees no call");
  t.equal(await keptRule(), rule, "the provider's log has the rule");
}

/** What the offline verifier finds of the permission of an exchange, from the provider's log. */
async function findingsOf(exchange: string) {
  await country.answering.gateway.sealNow();
  const reader = await openEvidence(await loadServerConfiguration(country.answering.configurationFile));
  try {
    const { anchorFile } = country.authority;
    const anchor = await loadAnchor(anchorFile);
    const collected = await collectEvidence(reader, exchange, anchor, { heads: "shown" });
    if (collected.outcome !== "collected") throw new Error(collected.outcome);
    const bytes = await buildEvidencePackage(collected.parts);
    const at = country.clock.now();
    const { findings, verdict } = await verifyPackage(bytes, { anchor: readFileSync(anchorFile), at });
    return { verdict, findings: findings.filter(({ code }) => code.startsWith("permission-")) };
  } finally {
    reader.close();
  }
}

const stateOf = async ({ id }: Permission) =>
  told(await permissions.call(bank, `/permissions/${id}`)).permission;

t.test(
  "a guardian reads, gives, sees and withdraws for the child; each revision says who acted for whom",
  async (t) => {
    const asked = told(await permissions.request());
    const { id, revision } = asked.permission;
    t.equal(told(await scene.act({ act: "list" })).permissions[0]?.permission.id, id);
    const text = told(await scene.act({ act: "text", of: "give", permission: id }));
    t.not(text.digest, asked.digest, "the text says that somebody acts for the person");
    t.match(text.text.en[0], /gives data about the person or organisation for whom you act to/);
    t.match(text.text.en.join("\n"), /You act for somebody else/);
    const given = told(await scene.give({ id, revision }, text.digest)).permission;
    t.match(given, { state: "active", act: { kind: "signed-in" } });
    const { representation } = given;
    t.match(representation, {
      kind: "guardian",
      power: { source: powersService.id, elements: null, until: Date.parse("2099-05-01T00:00:00Z") },
    });
    t.notMatch(JSON.stringify(given), new RegExp(`${anna.value}|${mari.value}`), "it names nobody");
    const fetched = await country.answering.log.after(0);
    const acts = fetched.filter(({ document }) => document.endpoint?.template === "/acts/represented");
    t.match(acts.at(0)?.document.subjects, [{ role: "asked-about" }, { role: "representative" }]);
    const own = fetched.filter(({ document }) => document.id === representation!.power!.exchange);
    t.match(own[0]?.document, {
      client: clients.population,
      service: { id: powersService.id },
      subjects: [{ role: "representative" }, { role: "asked-about" }],
    });
    const { answer } = await use(given);
    t.equal(answer.status, 200);
    const { source, exchange } = representation!.power!;
    t.match(await findingsOf(answer.header("Sealway-Exchange-Id")!), {
      verdict: "valid",
      findings: [
        { code: "permission-signed" },
        { code: "permission-represented", detail: `guardian, ${source}, exchange ${exchange}` },
        { code: "permission-permitted" },
      ],
    });
    const token = await permissions.token("session", { sub: anna.value });
    const act = { act: "withdraw", permission: id, revision: given.revision, token };
    const withdrawn = told(await scene.act(act)).permission;
    t.match(withdrawn, { state: "withdrawn", representation: { kind: "guardian" } });
    await refusedUse(t, withdrawn, "permission.state");
    await withLog(async (reader) => {
      const statements = (await reader.documentsOf("permission", 10_000)).map(
        ({ bytes }) => parseStatement(bytes, permissionType).payload as unknown as Permission,
      );
      const own = statements.filter((one) => one.id === id);
      t.same(
        own.map(({ representation }) => representation?.kind ?? null),
        [null, "guardian", "guardian"],
      );
    });
  },
);

/** Everything right but one thing about the power: nothing can be given. */
const badPowers: Readonly<Record<string, { readonly powers?: readonly Power[]; readonly rule: string }>> = {
  "no power": { powers: [], rule: "power.represented" },
  "a power over somebody else": {
    powers: [{ ...custody, represented: jaan.value }],
    rule: "power.represented",
  },
  "a power of a kind on which the register's word does not count": {
    powers: [{ ...custody, kind: "employee" }],
    rule: "power.kind",
  },
  "an heir, who gives nothing": { powers: [{ ...custody, kind: "heir" }], rule: "power.kind" },
  "a power that ended yesterday": {
    powers: [{ ...custody, until: dayOf(Date.now() - 24 * hour) }],
    rule: "power.ended",
  },
  "a power that ends today": { powers: [{ ...custody, until: dayOf(Date.now()) }], rule: "power.ended" },
  "a power that has not begun": { powers: [{ ...custody, from: "2098-01-01" }], rule: "power.begun" },
  "a power to see alone": { powers: [{ ...custody, acts: ["see"] }], rule: "power.act" },
  "a power over other data": {
    powers: [{ ...custody, elements: ["income", "person.name"] }],
    rule: "power.elements",
  },
};

for (const [name, { powers = [], rule }] of Object.entries(badPowers)) {
  t.test(`nothing is given by ${name}`, async (t) => {
    const { id, revision } = told(await permissions.request()).permission;
    const { digest } = told(await scene.act({ act: "text", of: "give", permission: id }));
    scene.powers = powers;
    const refused = (await scene.give({ id, revision }, digest)).json();
    t.equal(refused.code, "representation_refused");
    t.match(refused.message, new RegExp(rule));
    t.equal((await stateOf({ id } as Permission)).state, "requested");
  });
}

t.test("nothing is given by somebody else's power, sign-in or source", async (t) => {
  const { id, revision } = told(await permissions.request()).permission;
  const { digest } = told(await scene.act({ act: "text", of: "give", permission: id }));
  const code = async (answer: Promise<{ json(): { readonly code?: unknown } }>) => (await answer).json().code;
  t.equal(await code(scene.give({ id, revision }, digest, jaan)), "representation_refused", "no guardian");
  t.equal(await code(scene.give({ id, revision }, digest, mari)), "representation_refused", "oneself");
  t.equal(await code(scene.give({ id, revision }, digest, anna, otherSource.id)), "representation_refused");
  t.equal(await code(scene.give({ id, revision }, digest, anna, "powers")), "representation_refused");
  const token = await permissions.token(digest, { sub: mari.value });
  const act = { act: "give", permission: id, revision, token };
  t.equal(await code(scene.act(act)), "sign_in_refused", "the child's own sign-in");
  const own = await permissions.token(digest, { sub: anna.value });
  t.equal(await code(permissions.act({ ...act, token: own })), "sign_in_refused", "without saying for whom");
  const { digest: ownText } = told(await permissions.act({ act: "text", of: "give", permission: id }));
  t.equal(await code(scene.give({ id, revision }, ownText)), "sign_in_refused", "for the text of the child");
  const { value } = anna;
  const wrongPath = {
    act: "list",
    person: mari,
    representative: { scheme: anna.scheme, value, source: "x" },
  };
  t.equal(await code(permissions.call(portal, "/acts", wrongPath)), "invalid_body", "without naming both");
  t.equal(
    await code(permissions.call(portal, "/acts/represented", { act: "list", person: mari })),
    "subject_missing",
  );
  for (const asked of ["list", "text"]) {
    const body = { act: asked, ...(asked === "text" && { of: "give", permission: id }) };
    t.equal(await code(scene.act(body, jaan)), "representation_refused", asked);
  }
});

t.test(
  "a source that does not answer, or in another form, proves nothing: nothing passes, nothing ends",
  async (t) => {
    const given = await scene.given();
    const json = ["Content-Type", "application/json"];
    const body = (value: object) => ({ headers: json, body: JSON.stringify(value) });
    for (const answer of [
      { status: 500 },
      { status: 404, headers: json, body: "{}" },
      body({ powers: [{ ...custody, kind: "king" }] }),
      body({ powers: [{ ...custody, until: "2026-02-30" }] }),
      body([]),
    ]) {
      country.clock.ahead += askAgainAfter;
      scene.answer = answer;
      await refusedUse(t, given, "permission.representation-unknown");
      t.equal((await scene.act({ act: "list" })).json().code, "representation_unknown");
    }
    t.equal((await stateOf(given)).state, "active");
    scene.answer = undefined;
    t.equal((await use(given)).answer.status, 200, "and goes on when the source answers again");
  },
);

t.test("a use asks again, and no oftener than it must", async (t) => {
  const given = await scene.given();
  const { powers } = scene.asked;
  for (let i = 0; i < 3; i++) t.equal((await use(given)).answer.status, 200);
  t.equal(scene.asked.powers, powers, "the word that the act was done by counts for a while");
  country.clock.ahead += askAgainAfter;
  t.equal((await use(given)).answer.status, 200);
  t.equal(scene.asked.powers, powers + 1);
});

t.test("an order ends the power: the next use that asks closes the permission", async (t) => {
  const given = await scene.given();
  scene.powers = [{ ...custody, until: dayOf(Date.now()), ends: "order" }];
  t.equal((await use(given)).answer.status, 200, "within the time that the last word counts");
  country.clock.ahead += askAgainAfter;
  await refusedUse(t, given, "permission.representation");
  await until("it has ended", async () => (await stateOf(given)).state === "ended");
  t.match(await stateOf(given), { reason: "order", act: null });
  scene.powers = [custody];
  await refusedUse(t, given, "permission.state");
});

t.test("a dry run asks as a call does, and says what a call would hear", async (t) => {
  const { id, service } = await scene.given();
  const body = JSON.stringify({
    ...{ service, method: "POST", path: "/find", purpose: "onboarding" },
    subject: mari,
  });
  const headers = ["Content-Type", "application/json"];
  const dry = async () => {
    const answer = await country.ask({ method: "POST", path: "/decisions", client: bank, headers, body });
    return answer.json() as { readonly verdict?: unknown; readonly code?: unknown };
  };
  t.equal((await dry()).verdict, "permit");
  scene.answer = { status: 500 };
  country.clock.ahead += askAgainAfter;
  t.match(await dry(), { verdict: "deny", code: "permission_required" });
  t.equal((await stateOf({ id } as Permission)).state, "active");
  scene.answer = undefined;
  t.equal((await dry()).verdict, "permit");
});

t.test("a dry run ends nothing, and asks no register where the call would be refused before", async (t) => {
  const given = await scene.given({ service: casedService.id });
  const headers = ["Content-Type", "application/json"];
  const dry = async (decisionUse: string) => {
    const question = { method: "POST", path: "/find", purpose: "onboarding", decisionUse, subject: mari };
    const body = JSON.stringify({ ...question, service: given.service });
    const asked = scene.asked.powers;
    const answer = await country.ask({ method: "POST", path: "/decisions", client: bank, headers, body });
    return { ...answer.json(), asked: scene.asked.powers - asked };
  };
  country.clock.ahead += askAgainAfter;
  t.match(await dry("automated"), { verdict: "deny", code: "decision_use_not_allowed", asked: 0 });
  scene.powers = [{ ...custody, until: dayOf(Date.now()), ends: "order" }];
  t.match(await dry("caseworker"), { verdict: "deny", code: "permission_required", asked: 1 });
  await country.answering.gateway.sealNow();
  t.equal((await stateOf(given)).state, "active");
});

t.test("a power that is limited anew does not cover the permission any more", async (t) => {
  const given = await scene.given();
  scene.powers = [{ ...custody, elements: ["income"] }];
  country.clock.ahead += askAgainAfter;
  await refusedUse(t, given, "permission.representation");
});

t.test("a permission ends on the day on which the child comes of age", async (t) => {
  const until = dayOf(country.clock.now() + 5 * 24 * hour);
  scene.powers = [{ ...custody, until }];
  const given = await scene.given();
  t.equal(
    given.validity.to,
    Date.parse(`${until}T00:00:00Z`),
    "not after the thirty days that were asked for",
  );
  const { id, revision } = given;
  const to = given.validity.to + 100 * 24 * hour;
  const { digest } = told(await scene.act({ act: "text", of: "extend", permission: id, to }));
  const token = await permissions.token(digest, { sub: anna.value });
  const extended = told(await scene.act({ act: "extend", permission: id, revision, to, token })).permission;
  t.equal(extended.validity.to, given.validity.to, "nor is it extended beyond");
});

t.test("what a representative gave, the same takes back whatever became of the power", async (t) => {
  const given = await scene.given();
  scene.answer = { status: 500 };
  const token = await permissions.token("session", { sub: anna.value });
  const act = { act: "withdraw", permission: given.id, revision: given.revision, token };
  t.equal(told(await scene.act(act)).permission.state, "withdrawn");
});

t.test("the child itself withdraws what the guardian gave", async (t) => {
  const withdrawn = told(await permissions.withdraw(await scene.given())).permission;
  t.match(withdrawn, { state: "withdrawn", representation: null });
});

t.test("a register tells of majority, incapacity and death", async (t) => {
  for (const client of [bank, portal])
    t.equal((await scene.tell("death", client)).json().code, "access_denied", "nobody else does");
  const [byAnna, own] = [await scene.given(), await permissions.given({ purpose: "lending" })];
  t.equal((await scene.tell("majority")).status, 200);
  t.match(await stateOf(byAnna), { state: "ended", reason: "majority" });
  t.equal((await stateOf(own)).state, "active", "what the person gave is the person's own");
  const open = told(await permissions.request()).permission;
  t.equal((await scene.tell("incapacity")).status, 200);
  t.match(await stateOf(own), { state: "ended", reason: "incapacity" });
  t.match(await stateOf(open), { state: "ended", reason: "incapacity" });
  const last = await scene.given();
  t.equal((await scene.tell("death")).status, 200);
  t.match(await stateOf(last), { state: "ended", reason: "death" });
  await refusedUse(t, last, "permission.state");
});

t.test("a register of companies tells of no person's death", async (t) => {
  const given = await scene.given();
  t.match((await scene.tell("death", clients.business)).json(), {
    code: "access_denied",
    rule: "builtin.caller",
  });
  t.equal((await stateOf(given)).state, "active");
});

t.test("a guardian neither finds nor gives what the purpose keeps from who acts for the child", async (t) => {
  const asked = told(await permissions.request({ service: privateService.id, purpose: "counselling" }));
  const { id, revision } = asked.permission;
  const ids = async (answer: Promise<RawAnswer>) =>
    told(await answer).permissions.map((one) => one.permission.id);
  t.ok((await ids(permissions.act({ act: "list" }))).includes(id), "the child finds it");
  t.notOk((await ids(scene.act({ act: "list" }))).includes(id));
  const { powers } = scene.asked;
  const token = await permissions.token(asked.digest, { sub: anna.value });
  for (const act of [
    { act: "text", of: "give", permission: id },
    { act: "give", permission: id, revision, token },
    { act: "decline", permission: id, revision, token },
  ])
    t.equal((await scene.act(act)).json().code, "not_found", act.act);
  t.equal(scene.asked.powers, powers, "and no register is asked for that");
  const own = { act: "give", permission: id, revision, token: await permissions.token(asked.digest) };
  const given = told(await permissions.act(own)).permission;
  const withdraw = { act: "withdraw", permission: id, revision: given.revision, token };
  t.equal((await scene.act(withdraw)).json().code, "not_found");
  t.equal((await stateOf(given)).state, "active");
});

t.test("a guardian's list goes on behind a page of which nothing is the guardian's", async (t) => {
  const { id } = await permissions.given();
  const store = openSqlitePermissionStore(join(country.answering.stateDirectory, "log"));
  const last = (await store.revisions(id)).at(-1)!;
  for (let i = 0; i < 60; i++) {
    const other = uuidV7(country.clock.now());
    const document = { ...readPermission(last.document), id: other, service: privateService.id };
    await store.add({ ...last, id: other, revision: 1, document: serializePermission(document) });
  }
  await store.close();
  t.equal(told(await scene.act({ act: "list" })).permissions[0]?.permission.id, id);
});

/** Books of permissions in memory that end each of theirs, but for what a test has happen instead. */
function bookOf(
  states: Map<string, number>,
  revise: (id: string, revision: number) => void,
): GatewayServices {
  const of = (id: string) => ({ id, revision: states.get(id), state: "active", representation: null });
  const list = async ({ state }: { state: string }) =>
    [...states.keys()]
      .map((id) => ({ id, document: Buffer.from(JSON.stringify(of(id))) }))
      .slice(state === "active" ? 0 : states.size);
  const permissions = {
    ...{ tagOf: async () => Buffer.alloc(32), store: { list } },
    held: async (id: string) => (states.has(id) ? { permission: of(id) } : undefined),
    revise: async ({ permission: { id, revision } }: { permission: Permission }) => {
      revise(id, revision);
      states.delete(id);
      return { permission: of(id) };
    },
  };
  return { permissions } as unknown as GatewayServices;
}

const death = { person: mari, event: "death" } as const;

t.test("an act that comes in between keeps no permission in force after a death", async (t) => {
  const states = new Map([["one", 2]]);
  const services = bookOf(states, (id, revision) => {
    if (revision > 2) return;
    states.set(id, 3);
    throw new SealwayError("permission_state", "permission: another act came before this one");
  });
  await endByEvent(services, clients.population, death);
  t.same([...states], []);
});

t.test("a permission that cannot be ended keeps no other one in force after a death", async (t) => {
  const states = new Map([
    ["broken", 2],
    ["whole", 2],
  ]);
  const services = bookOf(states, (id) => {
    if (id === "broken") throw new SealwayError("internal_error", "what names the person is lost");
  });
  await t.rejects(endByEvent(services, clients.population, death), { code: "internal_error" });
  t.same([...states.keys()], ["broken"]);
});

t.test(
  "a use finds a power gone, and ends the permission behind its answer; one that a restriction hides ends none",
  async (t) => {
    const asked = { powers: 0 };
    const clock = { now: () => country.clock.now() };
    const source = {
      service: powersService.id,
      kinds: ["guardian"],
      representative: anna.scheme,
      represented: mari.scheme,
    };
    const settings = { sources: [source as PowerSource], askAgainAfter };
    let powers: readonly Power[] = [
      { represented: mari.value, kind: "guardian", acts: ["permit"], from: "2020-01-01" },
    ];
    const exchange = uuidV7(clock.now()) as ExchangeId;
    const ask = async () => {
      asked.powers++;
      return { powers, exchange, answer: Buffer.alloc(0) };
    };
    const given = await scene.given();
    const held = { permission: given, secret: { representative: anna, person: mari } };
    let closed = 0;
    const permissions = { held: async () => held, revise: async () => closed++ };
    const services = {
      permissions,
      powers: new PowerDesk(settings, ask, clock),
    } as unknown as GatewayServices;
    const judged = { permission: given, statement: "", failed: undefined, counters: [] };
    const rule = async (sight: UseSight) => {
      const { failed, gone } = await judgeRepresentation(services, judged, sight);
      const before = closed;
      endPowersGone(services, gone && [gone]);
      t.equal(closed, before, "what answers the call goes first");
      await new Promise((resolve) => setImmediate(resolve));
      return failed;
    };

    t.equal(
      await rule("restricted"),
      "permission.representation-unknown",
      "nothing is known, and nothing passes",
    );
    t.equal(asked.powers, 0);
    t.equal(await rule("ordinary"), undefined);
    t.equal(await rule("restricted"), undefined, "what is known counts");
    scene.forget();
    country.clock.ahead += askAgainAfter;
    t.equal(await rule("restricted"), "permission.representation-unknown", "as long as it is fresh");
    t.equal(asked.powers, 1);
    powers = [];
    t.equal(await rule("ordinary"), "permission.representation");
    t.equal(closed, 1);
    t.equal(await rule("restricted"), "permission.representation");
    t.same([asked.powers, closed], [2, 1]);
  },
);
