import t from "tap";
import { openReader } from "../../../src/assembly/log-store.ts";
import { memberOf, parseServiceId } from "../../../src/core/ids.ts";
import { keepPermissionCopy } from "../../../src/exchange/permissions/keep-copy.ts";
import { signStatement } from "../../../src/message/signed-statement.ts";
import { permissionType } from "../../../src/policy/permissions/permission.ts";
import { consumerSeal } from "../../message/scene.ts";
import { clients } from "../country/plan.ts";
import type { RawAnswer } from "../country/raw-http.ts";
import {
  bank,
  jaan,
  json,
  mari,
  PermissionScene,
  portal,
  record,
  service,
  told,
} from "./permission-scene.ts";

/* The bank's story by the paths of GovStack's consent building block; beside it the same permission by our own. */

const served = { clients: [{ id: clients.population, authentication: "http" }] };
/** One that its parties alone may see; the bank is none. */
const hidden = {
  ...service,
  id: parseServiceId(`${clients.population}/hidden`),
  described: { ...service.described, visibility: "parties" },
};
const terms = { purposes: [{ id: "onboarding" }] };
const scene = await PermissionScene.start(
  t,
  {
    services: [hidden],
    agreements: [{ id: "hidden", consumer: clients.benefits, service: hidden.id, terms }],
  },
  served,
);
const { country } = scene;
const base = `/r1/${clients.population}/sealway.permission`;
const own = "/service/individual/record";

function ask(
  client: string,
  method: string,
  path: string,
  { body, user }: { readonly body?: object; readonly user?: string } = {},
): Promise<RawAnswer> {
  const named = user === undefined ? [] : ["X-Road-UserId", user];
  const headers = [...(body === undefined ? [] : json), ...named];
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  return country.ask({ method, path: `${base}${path}`, client, headers, ...sent });
}

interface ConsentRecord {
  readonly id: string;
  readonly signatureId: string;
  readonly permission: { readonly revision: number };
}

/** What the paths answer, as far as they do. */
interface Answered {
  readonly dataAgreement: object;
  readonly dataAgreements: readonly { readonly id: string }[];
  readonly consentRecord: ConsentRecord;
  readonly consentRecords: readonly ConsentRecord[];
  readonly next: string | null;
  readonly revision: { readonly serializedSnapshot: string };
  readonly revisions: readonly { readonly predecessorHash: string | null }[];
  readonly signature: { readonly verificationHash: string; readonly signature: string };
  readonly signatures: readonly { readonly id: string }[];
}

async function good(...asked: Parameters<typeof ask>): Promise<Answered> {
  const answer = await ask(...asked);
  if (answer.status !== 200) throw new Error(`${answer.status} ${answer.body}`);
  return answer.json() as unknown as Answered;
}

const agreement = "personal:onboarding";
const user = mari.value;
const request = { individual: { externalId: mari.value, externalIdType: mari.scheme }, days: 30 };

t.test("what can be consented to", async (t) => {
  const { dataAgreement } = await good(bank, "GET", `/service/data-agreement/${agreement}`);
  t.match(dataAgreement, {
    ...{ id: agreement, lawfulBasis: "consent", purpose: "onboarding", controllerId: clients.population },
    dataAttributes: [{ id: "person.name" }, { id: "person.residence.address" }],
  });
  const { dataAgreements } = await good(bank, "GET", "/service/verification/data-agreements");
  t.ok(dataAgreements.some(({ id }) => id === agreement));
  t.notOk(
    dataAgreements.some(({ id }) => id === "personal:register"),
    "it needs no permission",
  );
  t.match((await ask(bank, "GET", "/service/data-agreement/personal:register")).json(), {
    code: "not_found",
  });
});

t.test("asked, drafted, signed, verified, used, withdrawn: one engine", async (t) => {
  const asked = await good(bank, "POST", `${own}/data-agreement/${agreement}`, { body: request });
  const { id } = asked.consentRecord;
  t.match(asked.consentRecord, { dataAgreementId: agreement, optIn: false, state: "unsigned" });
  t.equal(told(await scene.request()).permission.id, id, "the same request by our own path");
  const { signature: blank, revision } = await good(portal, "POST", `${own}/consent-record/${id}/signature`, {
    user,
  });
  t.equal(blank.verificationHash, told(await scene.act({ act: "text", of: "give", permission: id })).digest);
  const signed = { signature: await scene.token(blank.verificationHash), revision };
  const given = await good(portal, "PUT", `${own}/consent-record/${id}/signature`, { user, body: signed });
  t.match(given.consentRecord, { id, optIn: true, state: "signed" });
  t.match(given.signature, { verificationHash: blank.verificationHash, id: given.consentRecord.signatureId });
  t.same((await scene.use({ permission: id })).json(), { name: record.name, address: record.address });

  const path = `/service/verification/consent-record/${id}`;
  const verified = await good(bank, "GET", path);
  t.same(verified, given, "both parties are told the same");
  t.same(JSON.parse(verified.revision.serializedSnapshot), verified.consentRecord.permission);
  t.notMatch(JSON.stringify(verified), mari.value, "it names nobody");
  const reader = openReader({ stateDirectory: country.asking.stateDirectory });
  const copies = (await reader.documentsOf("permission")).map(({ bytes }) => bytes.toString("latin1"));
  reader.close();
  t.ok(copies.includes(verified.signature.signature), "its consumer's server keeps a copy");
  const { consentRecords } = await good(bank, "GET", "/service/verification/consent-records?limit=1");
  t.match(consentRecords, [{ id }]);

  const optOut = { optIn: false, signature: await scene.token("session"), revision: 2 };
  const withdrawn = await good(portal, "PUT", `${own}/consent-record/${id}`, { user, body: optOut });
  t.match(withdrawn.consentRecord, { optIn: false, permission: { state: "withdrawn", revision: 3 } });
  t.equal((await scene.use({ permission: id })).status, 500);
  const mine = await good(portal, "GET", `${own}/consent-record`, { user });
  t.match(mine, { consentRecords: [{ id }], next: null });
  t.match((await good(portal, "GET", `${own}/data-agreement/${agreement}`, { user })).consentRecords, [
    { id },
  ]);
  t.same((await good(portal, "GET", `${own}/data-agreement/personal:lending`, { user })).consentRecords, []);
  t.same((await good(portal, "GET", `${own}/consent-record`, { user: jaan.value })).consentRecords, []);
});

t.test("what waits is declined", async (t) => {
  const body = { ...request, limits: { uses: 2 } };
  const { consentRecord } = await good(bank, "POST", `${own}/data-agreement/${agreement}`, { body });
  const optOut = { optIn: false, signature: await scene.token("session"), revision: 1 };
  const path = `${own}/consent-record/${consentRecord.id}`;
  t.match(await good(portal, "PUT", path, { user, body: optOut }), {
    consentRecord: { permission: { state: "declined" } },
  });
});

t.test("who may do what", async (t) => {
  const { id } = told(await scene.request({ limits: { uses: 3 } })).permission;
  const record = `${own}/consent-record/${id}`;
  const code = async (...asked: Parameters<typeof ask>) => (await ask(...asked)).json().code;
  const signed = { signature: "x", revision: 1 };
  t.equal(await code(bank, "GET", `${own}/consent-record`, { user }), "access_denied", "a bank is no portal");
  t.equal(await code(bank, "PUT", `${record}/signature`, { user, body: signed }), "access_denied");
  t.equal(await code(bank, "GET", "/audit/consent-records"), "access_denied", "nor the register itself");
  t.equal(await code(portal, "GET", `/audit/consent-record/${id}`), "access_denied");
  t.equal(await code(clients.benefits, "GET", `/service/verification/consent-record/${id}`), "not_found");
  t.same((await good(clients.benefits, "GET", "/service/verification/consent-records")).consentRecords, []);
  t.equal(
    await code(portal, "POST", `${record}/signature`, { user: jaan.value }),
    "not_found",
    "of another person",
  );
  t.equal(await code(portal, "GET", `${own}/consent-record`), "subject_malformed", "of nobody");
  t.equal(await code(portal, "PUT", `${record}/signature`, { user, body: signed }), "sign_in_refused");
  t.equal(await code(portal, "PUT", record, { user, body: { ...signed, optIn: true } }), "invalid_body");
  t.equal(await code(bank, "GET", "/service/verification/consent-records?offset=5"), "bad_request");
  t.equal(await code(bank, "POST", `${own}/data-agreement/personal:nothing`, { body: request }), "not_found");
});

t.test("a service that the caller may not see is as if there were none", async (t) => {
  const told = async (...asked: Parameters<typeof ask>) => {
    const { code, message } = (await ask(...asked)).json();
    return { code, message };
  };
  for (const [method, path, sent] of [
    ["GET", "/service/data-agreement/", {}],
    ["POST", `${own}/data-agreement/`, { body: request }],
  ] as const) {
    const hidden = await told(bank, method, `${path}hidden:onboarding`, sent);
    t.equal(hidden.code, "not_found");
    t.same(hidden, await told(bank, method, `${path}none:onboarding`, sent));
  }
  const asked = async (service: string) => {
    const { code, message } = (await scene.request({ service })).json();
    return { code, message };
  };
  t.equal((await asked(hidden.id)).code, "permission_terms");
  t.same(await asked(hidden.id), await asked(`${clients.population}/none`));
  t.match(await good(clients.benefits, "GET", "/service/data-agreement/hidden:onboarding"), {
    dataAgreement: { id: "hidden:onboarding" },
  });
});

t.test("the register's own systems read all of it", async (t) => {
  const server = { port: country.answering.gateway.ports.http! };
  const audit = async (path: string) => {
    const answer = await country.ask({ path: `${base}/audit${path}`, client: clients.population }, server);
    if (answer.status !== 200) throw new Error(`${answer.status} ${answer.body}`);
    return answer.json() as unknown as Answered;
  };
  const { consentRecords, next } = await audit("/consent-records?limit=2");
  t.equal(consentRecords.length, 2);
  const more = await audit(`/consent-records?before=${next}`);
  const ids = [...consentRecords, ...more.consentRecords].map(({ id }) => id);
  t.equal(new Set(ids).size, ids.length);
  const { revisions, signatures, consentRecord } = await audit(`/consent-record/${ids.at(-1)}`);
  t.equal(revisions.length, consentRecord.permission.revision);
  t.same(
    revisions.map(({ predecessorHash }) => predecessorHash),
    [null, ...signatures.slice(0, -1).map(({ id }) => id)],
    "each names the one before it",
  );
  t.ok((await audit("/data-agreements")).dataAgreements.length > 0);
});

t.test("a statement that is no permission is delivered, and not kept", async (t) => {
  const kept: object[] = [];
  const keep = async (payload: object) => {
    const statement = await signStatement(consumerSeal.signer, permissionType, {
      instance: "DEV",
      time: 1,
      ...payload,
    });
    const bytes = Buffer.from(JSON.stringify({ statement: statement.toString("latin1") }));
    await keepPermissionCopy({
      ...{ client: bank, target: { service: `${clients.population}/sealway.permission` } },
      ...{ answer: { document: { type: "response", ts: 1 } }, answerBody: { bytes } },
      trust: { directory: { seal: () => ({ member: memberOf(clients.population) }) } },
      services: { log: { keep: async (one: object) => void kept.push(one) } },
    } as never);
  };
  for (const payload of [{}, { service: 7, consumer: null }, { service: service.id, consumer: bank }])
    await keep(payload);
  t.same(kept, []);
  const { permission } = told(await scene.request());
  await keep(permission);
  t.match(kept, [{ kind: "permission" }]);
});
