import { join } from "node:path";
import t, { type Test } from "tap";
import { openReader } from "../../../src/assembly/log-store.ts";
import { permissionRefusalType } from "../../../src/exchange/permissions/keep-refusal.ts";
import { parseStatement } from "../../../src/message/signed-statement.ts";
import { type Permission, serializePermission } from "../../../src/policy/permissions/permission.ts";
import { openSqlitePermissionStore } from "../../../src/store/sqlite/permission-store.ts";
import { checkProblem, recorded } from "../country/expectation.ts";
import { forgeRequest, realRequest } from "../country/forgery.ts";
import { Peer } from "../country/peer.ts";
import { clients } from "../country/plan.ts";
import type { RawAnswer } from "../country/raw-http.ts";
import {
  bank,
  jaan,
  limitedService,
  mari,
  otherService,
  PermissionScene,
  told,
  type UseChanges,
  useOf,
} from "./permission-scene.ts";

/*
 * Everything right but one thing: the register sees no call, the consumer learns nothing but that a permission is
 * required, and the provider's own log has the rule.
 */

const scene = await PermissionScene.start(t);
const { country } = scene;
const denied = { code: "permission_required", rule: "person", ...recorded.refusedThere, calls: 0 } as const;
const log = () => openReader({ stateDirectory: country.answering.stateDirectory });

/** The rule in the newest signed reason. */
async function keptRule(exchange: unknown): Promise<unknown> {
  const reader = log();
  try {
    const [last] = (await reader.documentsOf("permission-refusal", 1)).slice(-1);
    const { payload } = parseStatement(last!.bytes, permissionRefusalType);
    return payload.exchange === exchange ? payload.rule : undefined;
  } finally {
    reader.close();
  }
}

/** Puts a revision into the store as no act could make it. */
async function alter(permission: Permission, changes: Partial<Permission>): Promise<void> {
  const store = openSqlitePermissionStore(join(country.answering.stateDirectory, "log"));
  const last = (await store.revisions(permission.id)).at(-1)!;
  const revision = last.revision + 1;
  const document = serializePermission({ ...permission, ...changes, revision });
  t.ok(await store.add({ ...last, revision, document }));
  await store.close();
}

const day = 24 * 60 * 60 * 1000;
const now = () => country.clock.now();

interface Fault {
  /** What is done before the call; the permission is in force until then. */
  readonly before?: (given: Permission) => unknown;
  readonly ask?: Parameters<typeof scene.given>[0];
  readonly use?: UseChanges;
  readonly rule: string;
}

const faults: Readonly<Record<string, Fault>> = {
  "wrong client": { use: { client: clients.benefits }, rule: "permission.client" },
  "wrong subject": { use: { code: jaan.value }, rule: "permission.subject" },
  "wrong service": { use: { service: otherService }, rule: "permission.service" },
  "wrong field": {
    before: (given) => alter(given, { fields: ["/income"], elements: ["person.name"] }),
    rule: "permission.fields",
  },
  "wrong purpose": { use: { purpose: "lending" }, rule: "permission.purpose" },
  "expired by a second": {
    before: (given) => alter(given, { validity: { from: now() - day, to: now() - 1000 } }),
    rule: "permission.validity",
  },
  "not yet valid by a second": {
    before: (given) => alter(given, { validity: { from: now() + 1000 + 10_000, to: now() + day } }),
    rule: "permission.validity",
  },
  "for another revision of the purpose": {
    before: (given) => alter(given, { purpose: { ...given.purpose, revision: 2 } }),
    rule: "permission.purpose",
  },
  "used up": {
    ask: { limits: { uses: 1 } },
    before: (given) => scene.use({ permission: given.id }),
    rule: "permission.uses",
  },
  "used up in this period": {
    ask: { limits: { perPeriod: { uses: 1, days: 1 } } },
    before: (given) => scene.use({ permission: given.id }),
    rule: "permission.period-uses",
  },
  "beyond the period of the data": {
    ask: { limits: { dataPeriod: { from: "2026-01-01", to: "2026-06-30", parameters: ["from"] } } },
    use: { query: "?from=2026-07-01" },
    rule: "permission.data-period",
  },
  "without the days that it limits": {
    ask: { limits: { dataPeriod: { from: "2026-01-01", to: "2026-06-30", parameters: ["from"] } } },
    rule: "permission.data-period",
  },
  withdrawn: { before: (given) => scene.withdraw(given), rule: "permission.state" },
  "given by someone else": { ask: { person: jaan }, rule: "permission.subject" },
};

const answers: RawAnswer[] = [];

for (const [name, { ask, before, rule, use }] of Object.entries(faults)) {
  t.test(name, async (t) => {
    const given = await scene.given(ask);
    await before?.(given);
    await refused(t, { ...use, permission: given.id }, rule);
    if (given.state === "active") await scene.withdraw(given).catch(() => undefined);
  });
}

t.test("only asked for", async (t) => {
  const { id } = told(await scene.request()).permission;
  await refused(t, { permission: id }, "permission.state");
});

t.test("declined", async (t) => {
  const { id, revision } = told(await scene.request()).permission;
  const token = await scene.token("session");
  told(await scene.act({ act: "decline", permission: id, revision, token }));
  await refused(t, { permission: id }, "permission.state");
});

t.test("forged: of an id that there is not", (t) =>
  refused(t, { permission: "01937a3e-0000-7000-8000-000000000000" }, "permission.exists"),
);

t.test("none at all", (t) => refused(t, { purpose: "lending" }, "permission.exists"));

async function refused(t: Test, use: UseChanges, rule: string): Promise<void> {
  const seen = await checkProblem(t, country, () => scene.use(use), denied);
  t.equal(await keptRule(seen.result.json().exchange), rule, "the provider's log has the rule");
  t.equal(seen.answering[0]?.record.type, "request");
  if (use.service === undefined) answers.push(seen.result);
}

t.test("to the consumer all of them are equal, apart from ids and times", async (t) => {
  t.ok(answers.length > 15);
  t.same(new Set(answers.map(masked)).size, 1);
});

function masked({ body, headers, status }: RawAnswer): string {
  const text = `${status}\n${headers.map((line) => line.join(": ")).join("\n")}\n${body}`;
  const ids = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
  return text
    .replace(ids, "ID")
    .replace(/^X-Road-Request-Hash: .*$/gim, "")
    .replace(/^Date: .*$/gim, "");
}

t.test("a used-up quota does not tell who has permitted what", async (t) => {
  const its = await scene.given({ service: limitedService.id });
  const left = async (use: UseChanges) => {
    const answer = await scene.use({ service: limitedService, ...use });
    return [answer.status, answer.header("RateLimit-Remaining")];
  };
  t.same(await left({}), [200, "2"]);
  t.same(await left({ code: jaan.value }), [500, "1"], "who has permitted nothing counts as well");
  t.same(await left({ purpose: "statistics" }), [500, undefined], "what depends on nobody does not");
  t.same(await left({ code: jaan.value }), [500, "0"]);
  const [permitted, refusedNow] = [
    await scene.use({ service: limitedService }),
    await scene.use({ service: limitedService, code: jaan.value }),
  ];
  t.match(permitted.json(), { code: "quota_exceeded", rule: "agreement.quota" });
  const untimed = (answer: RawAnswer) => masked(answer).replace(/^(?:Retry-After|RateLimit.*): .*$/gim, "");
  t.equal(untimed(refusedNow), untimed(permitted));
  await scene.withdraw(its);
});

t.test("an opening that does not fit its commitment is no message of a gateway", async (t) => {
  const given = await scene.given();
  const real = await realRequest(country, useOf({ permission: given.id }));
  const peer = new Peer(country, country.asking.parts.tls);
  t.teardown(() => peer.close());
  const body = Buffer.from(useOf().body as string);
  const calls = country.register.begun;
  const other = {
    nonce: real.head.openings.permission!.nonce,
    value: "01937a3e-0000-7000-8000-000000000000",
  };
  const head = (one: typeof real.head) => ({ ...one, openings: { ...one.openings, permission: other } });
  const answer = await peer.send(await forgeRequest(country, real, { head }, body));
  t.equal(answer.problem.code, "subject.mismatch");
  const hidden = (document: typeof real.document) => ({ ...document, permission: null });
  const without = await peer.send(await forgeRequest(country, real, { document: hidden }, body));
  t.equal(without.problem.code, "subject.mismatch");
  const scheme = { ...real.document.permission!, scheme: "urn:x-road:issue" };
  const elsewhere = (document: typeof real.document) => ({ ...document, permission: scheme });
  const renamed = await peer.send(await forgeRequest(country, real, { document: elsewhere }, body));
  t.equal(renamed.problem.code, "subject.mismatch", "the scheme is part of the commitment");
  t.equal(country.register.begun, calls);
});

t.test("what is not a party's looks like not there", async (t) => {
  const { id } = await scene.given();
  const own = await scene.call(bank, `/permissions/${id}`);
  t.equal(told(own).permission.id, id);
  const others = await scene.call(clients.benefits, `/permissions/${id}`);
  const none = await scene.call(clients.benefits, "/permissions/01937a3e-0000-7000-8000-000000000000");
  const noId = await scene.call(clients.benefits, `/permissions/${mari.value}`);
  t.equal(others.json().code, "not_found");
  t.equal(new Set([others, none, noId].map(masked)).size, 1);
});
