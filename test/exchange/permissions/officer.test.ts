import { join } from "node:path";
import t from "tap";
import { lapsedRequests } from "../../../src/assembly/lapsed-requests.ts";
import { openReader } from "../../../src/assembly/log-store.ts";
import { orderPermission } from "../../../src/assembly/permission-command.ts";
import { sha256Base64Url } from "../../../src/core/bytes.ts";
import { SealwayError } from "../../../src/core/errors.ts";
import { uuidV7 } from "../../../src/core/uuid.ts";
import { permissionErasureType } from "../../../src/exchange/permissions/permission-book.ts";
import { parseStatement } from "../../../src/message/signed-statement.ts";
import { permissionType } from "../../../src/policy/permissions/permission.ts";
import { openSqlitePermissionStore } from "../../../src/store/sqlite/permission-store.ts";
import { checkProblem, recorded } from "../country/expectation.ts";
import { clients } from "../country/plan.ts";
import { bank, jaan, mari, PermissionScene, scheme, service, told } from "./permission-scene.ts";

/* Permissions that officers declare, by orders to the running server. */

const scene = await PermissionScene.start(t);
const { country } = scene;
const { stateDirectory } = country.answering;
const here = { stateDirectory };
const paper = sha256Base64Url("a paper");
const denied = { code: "permission_required", rule: "person", ...recorded.refusedThere, calls: 0 } as const;

const declaration = {
  order: "permissions declare",
  consumer: bank,
  officer: "Officer One",
  proof: paper,
  asked: { service: service.id, purpose: "onboarding", person: mari, days: 10 },
  representation: null,
} as const;

t.test("declared, in force, listed, shown, exported, withdrawn", async (t) => {
  const { id } = await orderPermission(here, declaration);
  t.equal((await scene.use()).status, 200);
  const list = { order: "permissions list", consumer: null, state: null, before: null } as const;
  const listed = await orderPermission(here, { ...list, provider: clients.population, person: mari });
  t.match(listed.permissions, [{ id, state: "active", kind: "consent", purpose: "onboarding" }]);
  t.same(
    (await orderPermission(here, { ...list, provider: clients.population, person: jaan })).permissions,
    [],
  );
  const shown = await orderPermission(here, { order: "permissions show", permission: id });
  t.match(shown.revisions[0]?.act, { kind: "declared", officer: "Officer One", proof: paper });
  t.match(shown.text[0], /^You consent/);
  const { record, statement } = await orderPermission(here, { order: "permissions export", permission: id });
  t.notMatch(JSON.stringify([record, statement]), mari.value);
  t.match(record, { "dct:identifier": id });
  const withdrawal = { order: "permissions withdraw", permission: id, officer: "Officer Two" } as const;
  t.match(await orderPermission(here, { ...withdrawal, reason: null }), { id, revision: 2 });
  await checkProblem(t, country, () => scene.use({ permission: id }), denied);
  await t.rejects(orderPermission(here, { ...withdrawal, reason: null }), { code: "permission_state" });
});

t.test(
  "by a representative, whose power is bound by its digest; ended by the majority of the person",
  async (t) => {
    const representation = { kind: "guardian", proof: paper, ...jaan } as const;
    const { id } = await orderPermission(here, { ...declaration, representation });
    const [first] = (await orderPermission(here, { order: "permissions show", permission: id })).revisions;
    t.match(first?.representation, { kind: "guardian", proof: paper, representative: { scheme } });
    t.notMatch(JSON.stringify(first), jaan.value);
    t.equal((await scene.use({ permission: id })).status, 200);
    const end = {
      order: "permissions withdraw",
      permission: id,
      officer: "Officer",
      reason: "majority",
    } as const;
    await orderPermission(here, end);
    await checkProblem(t, country, () => scene.use({ permission: id }), denied);
  },
);

t.test("what no officer may declare", async (t) => {
  const asked = declaration.asked;
  const bad: readonly (readonly [object, string])[] = [
    [{ asked: { ...asked, purpose: "register" } }, "permission_terms"],
    [{ consumer: clients.secured }, "access_denied"],
    [{ officer: "" }, "bad_request"],
    [{ proof: "paper" }, "bad_request"],
    [{ more: 1 }, "bad_request"],
    [{ representation: { kind: "friend", proof: paper, ...jaan } }, "bad_request"],
  ];
  for (const [changes, code] of bad)
    await t.rejects(orderPermission(here, { ...declaration, ...changes }), { code }, JSON.stringify(changes));
  await t.rejects(
    orderPermission(here, { order: "permissions show", permission: "01937a3e-0000-7000-8000-000000000000" }),
    { code: "not_found" },
  );
});

t.test("each revision is a signed statement in the log, which a batch covers", async (t) => {
  const { id } = await orderPermission(here, declaration);
  const reader = openReader({ stateDirectory });
  try {
    const documents = await reader.documentsOf("permission");
    const payloads = documents.map(({ bytes }) => parseStatement(bytes, permissionType).payload);
    t.match(payloads.at(-1), { id, revision: 1, state: "active" });
    t.notMatch(JSON.stringify(payloads), mari.value);
    t.ok(await country.answering.gateway.sealNow());
    let covered = false;
    for (let batch = 1; await reader.batch(batch); batch++) {
      for await (const { sha256 } of reader.documentsIn(batch))
        covered ||= sha256 === documents.at(-1)?.sha256;
    }
    t.ok(covered, "time-stamped with the batch");
  } finally {
    reader.close();
  }
});

t.test("permissions outlive a restart", async (t) => {
  const { id } = await orderPermission(here, declaration);
  await country.answering.restart();
  t.equal((await scene.use({ permission: id })).status, 200);
});

t.test("what names the person of one that is over is erased, and what was signed stays", async (t) => {
  const asked = told(await scene.request({ purpose: "lending" }));
  const { id, revision } = asked.permission;
  const erase = (permission: string) =>
    orderPermission(here, {
      order: "permissions erase",
      permission,
      officer: "Officer",
      why: "asked for it",
    });
  await t.rejects(erase(id), { code: "permission_state" }, "it waits");
  const token = await scene.token(asked.digest);
  const given = told(await scene.act({ act: "give", permission: id, revision, token })).permission;
  await t.rejects(erase(id), { code: "permission_state" }, "it is in force");
  await scene.withdraw(given);
  const before = told(await scene.call(bank, `/permissions/${id}`));
  t.match(await erase(id), { id, revision: 3 });
  const { permissions } = told(await scene.act({ act: "list" }));
  t.notOk(
    permissions.some(({ permission }) => permission.id === id),
    "the person finds it no more",
  );
  t.same(told(await scene.call(bank, `/permissions/${id}`)), before, "its consumer does");
  t.equal((await orderPermission(here, { order: "permissions show", permission: id })).revisions.length, 3);
  const store = openSqlitePermissionStore(join(stateDirectory, "log"));
  t.same(
    (await store.revisions(id)).map(({ secret }) => secret.length),
    [0, 0, 0],
  );
  await store.close();
  const reader = openReader({ stateDirectory });
  const [kept] = await reader.documentsOf("permission-erasure");
  reader.close();
  const { payload } = parseStatement(kept!.bytes, permissionErasureType);
  t.match(payload, { permission: id, revision: 3, officer: "Officer", why: "asked for it" });
});

t.test("a request whose time has passed has ended", async (t) => {
  const { permission } = told(await scene.request({ purpose: "lending", days: 1, fields: ["/income"] }));
  const { id } = permission;
  const show = () => orderPermission(here, { order: "permissions show", permission: id });
  t.equal((await show()).revisions.length, 1);
  country.clock.ahead += 24 * 3_600_000;
  t.teardown(() => {
    country.clock.ahead = 0;
  });
  const list = { order: "permissions list", consumer: null, state: null, before: null } as const;
  const { permissions } = await orderPermission(here, {
    ...list,
    provider: clients.population,
    person: mari,
  });
  t.match(permissions[0], { id, state: "ended" });
  const { revisions } = await show();
  t.match(revisions[1], { state: "ended", reason: "request-lapsed", act: null, revision: 2 });
  t.equal(revisions.length, 2, "once");
});

t.test("a request that cannot be ended keeps no other one open", async (t) => {
  const [gone, lapsed] = [uuidV7(1), uuidV7(2)];
  const ended: string[] = [];
  const rounds = lapsedRequests({
    store: {
      waiting: async () =>
        [gone, lapsed].map((id) => ({ document: Buffer.from(JSON.stringify({ id })) }) as never),
    },
    current: async (permission) => {
      if (permission.id === gone) throw new SealwayError("unknown_member", "it is not served here");
      ended.push(permission.id);
      return permission;
    },
  });
  await rounds.now();
  t.same(ended, [lapsed]);
});
