import { readFileSync } from "node:fs";
import t from "tap";
import { openReader } from "../../../src/assembly/log-store.ts";
import { permissionRefusalType } from "../../../src/exchange/permissions/keep-refusal.ts";
import { parseStatement } from "../../../src/message/signed-statement.ts";
import { verifyPackage } from "../../../src/messagelog/evidence/verify-package.ts";
import { permissionType } from "../../../src/policy/permissions/permission.ts";
import { checkProblem, recorded } from "../country/expectation.ts";
import {
  bank,
  jaan,
  json,
  mari,
  PermissionScene,
  record,
  service,
  told,
  wanted,
} from "./permission-scene.ts";

/* The bank's story over real gateways: refused, asked, given, used, withdrawn, refused on the very next call. */

const scene = await PermissionScene.start(t);
const { country } = scene;
const denied = { code: "permission_required", rule: "person", ...recorded.refusedThere, calls: 0 } as const;

t.test("without a permission the register is not asked", async (t) => {
  const seen = await checkProblem(t, country, () => scene.use(), denied);
  t.equal(seen.answering[0]?.document.permission, null);
});

t.test("asked, given, used, withdrawn, refused", async (t) => {
  const asked = told(await scene.request());
  t.match(asked.permission, { state: "requested", kind: "consent", revision: 1, consumer: bank, act: null });
  t.match(
    asked.text.en[0],
    /^You consent that .* gives data about you to .*\(DEV\/COM\/30000001\/onboarding\)\.$/,
  );
  t.match(asked.text.zh[1], "开户");
  t.equal(asked.url, `https://portal.example/permissions/${asked.permission.id}`);
  t.notMatch(JSON.stringify(asked), mari.value, "it names nobody");
  t.equal(told(await scene.request()).permission.id, asked.permission.id, "who asks twice has asked once");
  await checkProblem(t, country, () => scene.use(), denied);

  const listed = told(await scene.act({ act: "list" }));
  t.match(listed, { more: false, permissions: [{ permission: { id: asked.permission.id }, used: null }] });
  const { id, revision } = asked.permission;
  const shown = told(await scene.act({ act: "text", of: "give", permission: id }));
  t.same([shown.text, shown.digest], [asked.text, asked.digest], "the person reads what the bank was told");
  const token = await scene.token(shown.digest);
  const given = told(await scene.act({ act: "give", permission: id, revision, token }));
  t.match(given.permission, { state: "active", revision: 2, act: { kind: "signed-in", text: shown.digest } });
  const { payload } = parseStatement(Buffer.from(given.statement, "latin1"), permissionType);
  t.same(payload, given.permission, "both parties have it signed by the provider's member");

  for (const permission of [undefined, id]) {
    const { result, answering } = await country.watch(() =>
      scene.use(permission === undefined ? {} : { permission }),
    );
    t.equal(result.status, 200, result.body.toString());
    t.same(result.json(), { name: record.name, address: record.address }, "no more than was permitted");
    const [request, answer] = answering;
    t.equal(request?.head.openings.permission?.value, permission);
    t.equal(answer?.head.openings.permission?.value, id, "the answer says by which permission it was");
    t.notMatch(JSON.stringify(answer?.document), id, "and not in clear");
  }

  const withdrawn = await scene.withdraw(given.permission);
  t.match(told(withdrawn).permission, { state: "withdrawn", revision: 3, act: { text: null } });
  await checkProblem(t, country, () => scene.use(), denied);
  await checkProblem(t, country, () => scene.use({ permission: id }), denied);
  const latest = told(await scene.call(bank, `/permissions/${id}`));
  t.equal(latest.permission.state, "withdrawn");
  const reader = openReader({ stateDirectory: country.asking.stateDirectory });
  const kept = (await reader.documentsOf("permission")).map(({ bytes }) => bytes.toString("latin1"));
  reader.close();
  t.same([kept[0], kept.at(-1)], [asked.statement, latest.statement], "the bank's server keeps its copies");
  t.equal(kept.length, 2, "each once");
});

t.test("a permission that is used up is used up", async (t) => {
  const { id } = await scene.given({ limits: { uses: 2 } });
  for (const _ of [1, 2]) t.equal((await scene.use({ permission: id })).status, 200);
  await checkProblem(t, country, () => scene.use({ permission: id }), denied);
  const { permissions } = told(await scene.act({ act: "list" }));
  t.equal(permissions.find(({ permission }) => permission.id === id)?.used, 2);
});

t.test("two calls at once do not share the last use", async (t) => {
  const { id } = await scene.given({ limits: { uses: 1 } });
  const { result, calls } = await country.watch(() =>
    Promise.all([1, 2, 3].map(() => scene.use({ permission: id }))),
  );
  const refused = result.filter(({ status }) => status !== 200);
  t.equal(refused.length, 2);
  t.equal(calls, 1);
  const usual = await scene.use({ permission: id });
  const told = ({ code, message, rule }: Record<string, unknown>) => ({ code, message, rule });
  for (const one of refused)
    t.same(told(one.json()), told(usual.json()), "as of one that was used up before");
  const often = await scene.given({ limits: { perPeriod: { uses: 1, days: 1 } }, fields: ["/name"] });
  await Promise.all([1, 2, 3].map(() => scene.use({ permission: often.id })));
  await scene.use({ permission: often.id });
  const reader = openReader({ stateDirectory: country.answering.stateDirectory });
  const kept = await reader.documentsOf("permission-refusal");
  reader.close();
  const rules = kept.map(({ bytes }) => parseStatement(bytes, permissionRefusalType).payload.rule);
  t.same(rules.slice(-6), [
    ...["permission.uses", "permission.uses", "permission.uses"],
    ...["permission.period-uses", "permission.period-uses", "permission.period-uses"],
  ]);
});

t.test("a dry run says what the call would be told", async (t) => {
  const ask = async (subject?: typeof mari) => {
    const question = { service: service.id, method: "POST", path: "/find", purpose: "lending", subject };
    const body = JSON.stringify(question);
    const call = { method: "POST", path: "/decisions", client: bank, headers: json, body };
    return (await country.ask(call)).json();
  };
  t.match(await ask(), { verdict: "open", needed: ["permission"] });
  t.match(await ask(mari), { verdict: "deny", code: "permission_required", rule: "person" });
  const given = await scene.given({ purpose: "lending" });
  const permit = await ask(mari);
  const live = await country.watch(() => scene.use({ purpose: "lending" }));
  t.match(permit, { verdict: "permit", code: null });
  t.same(permit.fieldsRemoved, live.answering[1]?.document.decision?.fieldsRemoved);
  t.match(await ask(jaan), { verdict: "deny", code: "permission_required" });
  await scene.withdraw(given);
  t.match(await ask(mari), { verdict: "deny", code: "permission_required", rule: "person" });
});

t.test("a purpose that needs none is as ever", async (t) => {
  const answer = await scene.use({ purpose: "register" });
  t.equal(answer.status, 200, answer.body.toString());
  t.same(answer.json(), { name: record.name });
});

t.test("fields of the request are all that is disclosed", async (t) => {
  const { id } = await scene.given({ ...wanted, fields: ["/address/city"] });
  t.same((await scene.use({ permission: id })).json(), { address: { city: "Harbour" } });
});

t.test("the evidence of a permitted and of a refused call verifies", async (t) => {
  const given = await scene.given();
  const permitted = await scene.use({ permission: given.id });
  await scene.withdraw(given);
  const refused = await scene.use({ permission: given.id });
  t.same([permitted.status, refused.status], [200, 500]);
  await country.asking.gateway.sealNow();
  const anchor = readFileSync(country.authority.anchorFile);
  for (const answer of [permitted, refused]) {
    const path = `/evidence/${answer.header("Sealway-Exchange-Id")}`;
    const { body } = await country.ask({ path, client: bank });
    const { verdict, findings } = await verifyPackage(body, { anchor, at: country.clock.now() });
    t.equal(verdict, "valid", JSON.stringify(findings));
  }
});

t.test("who asks for ever other terms does not flood a person", async (t) => {
  const ask = (uses: number) => scene.request({ person: jaan, limits: { uses } });
  for (let uses = 1; uses <= 20; uses++) t.equal((await ask(uses)).status, 200);
  t.match((await ask(21)).json(), { code: "too_many_open" });
  t.equal((await ask(20)).status, 200, "what is open is told again");
  t.equal((await scene.request({ limits: { uses: 21 } })).status, 200, "others are asked");
});
