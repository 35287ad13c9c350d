import t from "tap";
import { sha256Base64Url } from "../../src/core/bytes.ts";
import { parseServiceId } from "../../src/core/ids.ts";
import { bank, clients, type PlannedService } from "../exchange/country/plan.ts";
import { AdminScene } from "./admin-scene.ts";

/* What is about persons and their data: permissions, and what follows an exchange, by officers over the API. */

const scheme = "urn:dev:personal-code";
const mari = { scheme, value: "38001010000" };
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
const scene = await AdminScene.start(t, {
  registration: "taken",
  more: {
    services: [permitted],
    agreements: [
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
