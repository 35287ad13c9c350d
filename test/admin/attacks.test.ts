import t from "tap";
import { administrationType } from "../../src/admin/administration/entry.ts";
import { SignedAdministrationLog } from "../../src/assembly/console/administration-log.ts";
import { readTrust } from "../../src/assembly/read-trust.ts";
import { loadServerConfiguration } from "../../src/assembly/server-configuration.ts";
import { sha256Base64Url } from "../../src/core/bytes.ts";
import { uuidV7 } from "../../src/core/uuid.ts";
import { signStatement } from "../../src/message/signed-statement.ts";
import { keyOperation } from "../../src/pki/private-key.ts";
import { SignerPool } from "../../src/pki/signer.ts";
import { bank, benefitsAgency, clients, rogueAgency, services } from "../exchange/country/plan.ts";
import { pathOf } from "../exchange/country.ts";
import { AdminScene, type TestUser } from "./admin-scene.ts";

const person = "47101010033";
const scene = await AdminScene.start(t, {
  more: {
    services: [],
    agreements: [{ id: "bank-open", consumer: clients.onboarding, service: services.open.id }],
  },
});
const { country } = scene;
const exchanges = {
  owner: await exchangeOf(clients.benefits, pathOf(services.persons, `/persons/${person}`)),
  bank: await exchangeOf(clients.onboarding, pathOf(services.open, "/a")),
};
const of: Record<string, TestUser> = {
  bankAdministrator: await scene.user("administrator", bank),
  dpo: await scene.user("data-protection-officer"),
  approver: await scene.user("approver"),
  auditor: await scene.user("auditor"),
};
of.bankAuditor = await scene.user("auditor", bank, of.bankAdministrator);
const { auditor, bankAdministrator, bankAuditor, dpo, approver } = of as Record<string, TestUser> & {
  readonly [Name in "auditor" | "bankAdministrator" | "bankAuditor" | "dpo" | "approver"]: TestUser;
};

async function exchangeOf(client: string, path: string): Promise<string> {
  country.register.answer({ status: 200, headers: ["Content-Type", "application/json"], body: "{}" });
  const { asking, result } = await country.watch(() => country.ask({ client, path }));
  if (asking.length === 0) throw new Error(`no exchange: ${result.status} ${result.body}`);
  return asking[0]!.document.id;
}

const post = (path: string, key: string | undefined, body: unknown, headers = {}) =>
  scene.call(path, { method: "POST", body, headers, ...(key !== undefined && { key }) });

t.test("the first administrator's code is worth nothing once there is one", async (t) => {
  const again = await post("/first-administrator", undefined, {
    code: scene.console.firstCode,
    name: "Second",
  });
  t.strictSame([again.status, again.body.code], [401, "sign_in_required"]);
  const wrong = await post("/first-administrator", undefined, { code: "x", name: "Second" });
  t.equal(wrong.body.code, "sign_in_required");
  await scene.open();
  t.equal(scene.console.firstCode, undefined, "and none is printed");
});

t.test("session fixation: a sign-in gives an id that nobody knew before", async (t) => {
  const fixed = `__Host-sealway-session=${"A".repeat(43)}`;
  const first = await post("/session", undefined, { key: scene.first.key }, { cookie: fixed });
  const cookie = String(first.headers["set-cookie"]).split(";")[0]!;
  t.match(String(first.headers["set-cookie"]), /^__Host-.*; HttpOnly; SameSite=Lax; Secure$/);
  t.not(cookie, fixed);
  t.equal((await scene.call("/me", { headers: { cookie: fixed } })).status, 401);
  const second = await post("/session", undefined, { key: scene.first.key }, { cookie });
  t.equal((await scene.call("/me", { headers: { cookie } })).status, 401, "the id before is gone");
  const newest = String(second.headers["set-cookie"]).split(";")[0]!;
  t.equal((await scene.call("/me", { headers: { cookie: newest } })).status, 200);
});

t.test("CSRF: a session changes nothing without its form token, from our own pages", async (t) => {
  const begun = await post("/session", undefined, { key: scene.first.key });
  const cookie = String(begun.headers["set-cookie"]).split(";")[0]!;
  const token = begun.body.formToken;
  const user = { name: "Mallory", place: "*" };
  const refused = [
    {},
    { "x-form-token": "x".repeat(43) },
    { "x-form-token": token, origin: "https://evil.example" },
    { "x-form-token": token, "sec-fetch-site": "cross-site" },
    { "x-form-token": token, "sec-fetch-site": "same-site" },
  ];
  for (const headers of refused) {
    const { status, body } = await post("/users", undefined, user, { cookie, ...headers });
    t.strictSame([status, body.code], [403, "form_not_ours"], JSON.stringify(Object.keys(headers)));
  }
  const observer = await scene.user("observer");
  const watching = await post("/session", undefined, { key: observer.key });
  const seen = { cookie: String(watching.headers["set-cookie"]).split(";")[0]! };
  t.equal(
    (await scene.call("/exchanges", { headers: seen })).body.code,
    "form_not_ours",
    "nor a search in a name",
  );
  const search = { headers: { ...seen, "x-form-token": watching.body.formToken } };
  t.equal((await scene.call("/exchanges", search)).status, 200);
  const form = await scene.call("/users", {
    ...{ method: "POST", body: user },
    headers: { cookie, "x-form-token": token, "content-type": "application/x-www-form-urlencoded" },
  });
  t.equal(form.status, 415, "a form");
  const elsewhere = await post(
    "/session",
    undefined,
    { key: scene.first.key },
    { origin: "https://evil.example" },
  );
  t.equal(elsewhere.body.code, "form_not_ours", "nobody is signed in by a stranger's page");
  const done = await post("/users", undefined, user, { cookie, "x-form-token": token, origin: scene.url });
  t.equal(done.status, 201);
  const end = { method: "DELETE", headers: { cookie, "x-form-token": token } };
  t.equal((await scene.call("/session", end)).status, 204);
  t.equal((await scene.call("/me", { headers: { cookie } })).status, 401);
});

t.test("enumeration across tenants: what is another member's does not exist", async (t) => {
  const nobody = await scene.call(`/users/${uuidV7(0)}`, { key: bankAdministrator.key });
  const other = await scene.call(`/users/${scene.first.id}`, { key: bankAdministrator.key });
  t.equal(other.status, 404);
  t.strictSame(other.body, nobody.body, "told from none by nothing");
  const { users } = (await scene.call("/users", { key: bankAdministrator.key })).body;
  t.strictSame([...new Set(users.map(({ place }: { place: string }) => place))], [bank]);
  const found = async (key: string) =>
    (await scene.call("/exchanges", { key })).body.results.map(
      (one: { exchangeId: string }) => one.exchangeId,
    );
  t.strictSame(await found(bankAuditor.key), [exchanges.bank]);
  t.strictSame(
    await found(auditor.key),
    [exchanges.owner],
    "the host's auditor sees nothing of whom it hosts",
  );
  const take = { heads: "withheld", reason: "Case 1" };
  const foreign = await post(`/exchanges/${exchanges.owner}/evidence`, bankAuditor.key, take);
  const none = await post(`/exchanges/${uuidV7(0)}/evidence`, bankAuditor.key, take);
  t.equal(foreign.status, 404);
  t.strictSame(foreign.body, none.body);
  const { members } = (await scene.call("/members", { key: bankAuditor.key })).body;
  t.strictSame(members, [{ id: bank, isOwner: false }]);
  const service = { service: services.own.id, version: "1.2.3", act: "suspend", reason: "x" };
  const developer = await scene.user("service-developer", bank, bankAdministrator);
  t.equal((await post("/service-acts", developer.key, service)).status, 404);
  const { entries } = (await scene.call("/audit", { key: bankAuditor.key })).body;
  t.ok(entries.length > 0);
  t.ok(entries.every(({ member }: { member: string }) => member === bank));
  const hosts = (await scene.call("/audit?limit=1000", { key: auditor.key })).body.entries;
  t.notOk(hosts.some(({ member }: { member: string }) => member === bank));
});

t.test("a host acts in the name of nobody who sees a hosted member's records", async (t) => {
  const patch = async (user: TestUser, body: object) => {
    const { etag } = (await scene.call(`/users/${user.id}`, { key: scene.first.key })).headers;
    return scene.call(`/users/${user.id}`, {
      ...{ method: "PATCH", key: scene.first.key, body: { reason: "x", ...body } },
      headers: { "if-match": String(etag) },
    });
  };
  const made = await post(`/users/${bankAuditor.id}/keys`, scene.first.key, { name: "host", days: 1 });
  t.strictSame([made.status, made.body.code], [403, "not_permitted"], "a key");
  const [key] = (await scene.call(`/users/${bankAuditor.id}`, { key: scene.first.key })).body.keys;
  const rotation = `/users/${bankAuditor.id}/keys/${key.id}/rotation`;
  const rotated = await post(rotation, scene.first.key, { overlapHours: 1 });
  t.strictSame([rotated.status, rotated.body.code], [403, "not_permitted"], "a rotation");
  const signsIn = await patch(bankAuditor, { subject: "somebody-of-the-host" });
  t.strictSame([signsIn.status, signsIn.body.code], [403, "not_permitted"], "a sign-in");
  t.equal((await scene.call("/me", { key: bankAuditor.key })).status, 200);
  // A key that the host makes of somebody without a role is none once the member gives one.
  const { id } = (await post("/users", scene.first.key, { name: "New", place: bank })).body;
  const early = await post(`/users/${id}/keys`, scene.first.key, { name: "early", days: 1 });
  const given = { role: "auditor", place: bank, reason: "x" };
  const headers = { "if-match": '"2"' };
  t.equal((await post(`/users/${id}/roles`, bankAdministrator.key, given, headers)).status, 200);
  t.equal((await scene.call("/exchanges", { key: early.body.secret })).status, 403);
});

t.test("one person, one user: nobody is made to sign in as somebody else here", async (t) => {
  const subject = "one-person";
  t.equal((await post("/users", scene.first.key, { name: "A", place: "*", subject })).status, 201);
  const other = await scene.user(null);
  const { etag } = (await scene.call(`/users/${other.id}`, { key: scene.first.key })).headers;
  const changed = await scene.call(`/users/${other.id}`, {
    ...{ method: "PATCH", key: scene.first.key, body: { subject, reason: "x" } },
    headers: { "if-match": String(etag) },
  });
  t.strictSame([changed.status, changed.body.code], [412, "changed_meanwhile"]);
});

t.test("a member's user gets no role of the server's or of another member", async (t) => {
  const give = (place: string) =>
    post(
      `/users/${bankAdministrator.id}/roles`,
      scene.first.key,
      { role: "administrator", place, reason: "x" },
      { "if-match": '"3"' },
    );
  for (const place of ["*", benefitsAgency]) {
    const { status, body } = await give(place);
    t.strictSame([status, body.code], [403, "not_permitted"], place);
  }
});

t.test("a puppet: nobody is their own second person by a user whom they made", async (t) => {
  const give = (user: TestUser, by: TestUser, role: string, seen: number) => {
    const headers = { "if-match": `"${seen}"` };
    return post(`/users/${user.id}/roles`, by.key, { role, place: "*", reason: "x" }, headers);
  };
  const two = await scene.user("administrator");
  t.equal((await give(two, scene.first, "data-protection-officer", 3)).status, 200);
  const puppet = await scene.user("approver", "*", two);
  const second = await scene.user("administrator", "*", two);
  t.equal((await give(two, second, "auditor", 4)).body.code, "two_people_needed", "a role by a puppet");
  const now = country.clock.now();
  const [from, to] = [now - 1000, now + 86_400_000].map((time) => new Date(time).toISOString());
  const order = { auditor: auditor.id, member: benefitsAgency, order: "Own order", from, to, reason: "x" };
  const ordered = await post("/mandates", two.key, order);
  const path = `/mandates/${ordered.body.id}/confirmation`;
  t.equal((await post(path, puppet.key, { reason: "y" })).body.code, "two_people_needed");
  t.match((await post(path, approver.key, { reason: "y" })).body, { inForce: true }, "another one confirms");
  await scene.call(`/mandates/${ordered.body.id}`, { method: "DELETE", key: dpo.key });
  const left = await post("/mandates", two.key, order);
  const { etag } = (await scene.call(`/users/${two.id}`, { key: scene.first.key })).headers;
  await scene.call(`/users/${two.id}`, {
    ...{ method: "PATCH", key: scene.first.key, body: { enabled: false, reason: "left" } },
    headers: { "if-match": String(etag) },
  });
  const late = await post(`/mandates/${left.body.id}/confirmation`, approver.key, { reason: "y" });
  t.equal(late.body.code, "changed_meanwhile", "nor is what somebody ordered who was disabled since");
});

t.test("nobody raises their own rights, or makes a key that may do more", async (t) => {
  const give = (user: string, key: string, role: string, place: string) =>
    post(`/users/${user}/roles`, key, { role, place, reason: "x" }, { "if-match": '"3"' });
  const self = await give(scene.first.id, scene.first.key, "auditor", "*");
  t.equal(self.body.code, "two_people_needed");
  const wider = await give(bankAuditor.id, bankAdministrator.key, "auditor", "*");
  t.equal(wider.status, 404, "a member's administrator gives nothing of the server's");
  const host = await give(auditor.id, scene.first.key, "auditor", bank);
  t.equal(host.body.code, "not_permitted", "the host gives nobody a hosted member's records");
  const { roles } = (await scene.call("/me", { key: scene.first.key })).body;
  const made = await post("/me/keys", scene.first.key, { name: "none", days: 1, assignments: [] });
  t.equal((await scene.call("/users", { key: made.body.secret })).status, 403);
  const assignments = roles.map(({ id }: { id: string }) => id);
  const raised = await post("/me/keys", made.body.secret, { name: "all", days: 1, assignments });
  t.equal(raised.body.code, "not_permitted");
  t.equal((await post("/me/keys", made.body.secret, { name: "all", days: 1 })).body.code, "not_permitted");
  const first = (await scene.call(`/users/${scene.first.id}`, { key: scene.first.key })).body.keys[0].id;
  const rotated = await post(`/me/keys/${first}/rotation`, made.body.secret, { overlapHours: 1 });
  t.equal(rotated.body.code, "not_permitted", "nor takes over one that may");
});

t.test(
  "an auditor sees a person's exchanges under a mandate of two others alone, and the log has no identifier",
  async (t) => {
    const sought = { person: { scheme: "urn:dev:personal-code", value: person }, reason: "Complaint 7" };
    const without = await post("/exchanges/search", auditor.key, sought);
    t.strictSame([without.status, without.body.code], [403, "mandate_missing"]);
    t.equal(
      (await post("/exchanges/search", dpo.key, { person: sought.person })).status,
      400,
      "without a reason",
    );
    const now = country.clock.now();
    const [from, to] = [now - 1000, now + 86_400_000].map((time) => new Date(time).toISOString());
    const order = {
      auditor: auditor.id,
      member: benefitsAgency,
      order: "Court order 12",
      from,
      to,
      reason: "12",
    };
    const ordered = await post("/mandates", dpo.key, order);
    t.equal(ordered.status, 201);
    const path = `/mandates/${ordered.body.id}/confirmation`;
    t.equal((await post(path, dpo.key, { reason: "y" })).body.code, "two_people_needed", "who ordered it");
    t.equal((await post("/exchanges/search", auditor.key, sought)).body.code, "mandate_missing", "not yet");
    t.match((await post(path, approver.key, { reason: "y" })).body, { inForce: true });
    const found = await post("/exchanges/search", auditor.key, sought);
    t.strictSame(
      found.body.results.map((one: { exchangeId: string }) => one.exchangeId),
      [exchanges.owner],
    );
    t.ok(await country.asking.gateway.sealNow());
    const whole = { heads: "shown", reason: "Complaint 7" };
    const zip = await post(`/exchanges/${exchanges.owner}/evidence`, auditor.key, whole);
    t.strictSame([zip.status, zip.headers["content-type"]], [200, "application/zip"]);
    const line = { heads: "withheld", open: ["request-line"], reason: "Complaint 7" };
    const undisclosed = await post(`/exchanges/${exchanges.owner}/evidence`, auditor.key, line);
    t.equal(
      undisclosed.body.code,
      "invalid_parameter",
      "a package discloses no request line: none is recorded",
    );
    const mandate = { method: "DELETE", key: dpo.key };
    t.match((await scene.call(`/mandates/${ordered.body.id}`, mandate)).body, { inForce: false });
    t.equal((await post(`/exchanges/${exchanges.owner}/evidence`, auditor.key, whole)).status, 403);
    const { entries } = (await scene.call("/audit?limit=1000", { key: auditor.key })).body;
    const read = entries.find(({ route }: { route: string }) => route === "POST /api/v1/exchanges/search");
    t.match(read, {
      by: auditor.id,
      roles: ["auditor"],
      reason: "Complaint 7",
      fact: { what: "read", results: 1 },
    });
    t.notMatch(JSON.stringify(entries), new RegExp(person));
    t.notMatch(scene.logged.join(""), new RegExp(person));
    t.notMatch(JSON.stringify(entries), /digest/, "nor what could be guessed from");
  },
);

t.test("concurrent edits: whoever has not seen the newest state changes nothing", async (t) => {
  const { id } = await scene.user(null);
  const change = (name: string, headers: object) =>
    scene.call(`/users/${id}`, {
      ...{ method: "PATCH", key: scene.first.key, body: { name, reason: "x" } },
      headers: { ...headers },
    });
  t.equal((await change("A", {})).body.code, "precondition_missing");
  const { etag } = (await scene.call(`/users/${id}`, { key: scene.first.key })).headers;
  const both = await Promise.all(["B", "C"].map((name) => change(name, { "if-match": etag })));
  t.strictSame(both.map(({ status }) => status).toSorted(), [200, 412]);
  t.equal((await change("D", { "if-match": "*" })).body.code, "changed_meanwhile");
});

t.test("a key ends when it is rotated, ended, or its user disabled", async (t) => {
  const user = await scene.user("observer");
  const name = (await scene.call("/me", { key: user.key })).body.name;
  const { keys } = (await scene.call(`/users/${user.id}`, { key: scene.first.key })).body;
  const rotated = await post(`/me/keys/${keys[0].id}/rotation`, user.key, { overlapHours: 1 });
  t.equal((await scene.call("/me", { key: user.key })).status, 200, "while they overlap");
  t.equal((await scene.call("/me", { key: rotated.body.secret })).body.name, name);
  const end = { method: "DELETE", key: rotated.body.secret };
  t.equal((await scene.call(`/me/keys/${keys[0].id}`, end)).status, 204);
  t.equal((await scene.call("/me", { key: user.key })).status, 401);
  const begun = await post("/session", undefined, { key: rotated.body.secret });
  const cookie = String(begun.headers["set-cookie"]).split(";")[0]!;
  const { etag } = (await scene.call(`/users/${user.id}`, { key: scene.first.key })).headers;
  await scene.call(`/users/${user.id}`, {
    ...{ method: "PATCH", key: scene.first.key, body: { enabled: false, reason: "left" } },
    headers: { "if-match": String(etag) },
  });
  t.equal((await scene.call("/me", { key: rotated.body.secret })).status, 401);
  t.equal((await scene.call("/me", { headers: { cookie } })).status, 401, "and the session with it");
});

t.test("oversized, strange and ambiguous requests are refused", async (t) => {
  const key = scene.first.key;
  const large = await post("/users", key, { name: "x".repeat(2 * 1024 * 1024), place: "*" });
  t.strictSame([large.status, large.body.code], [413, "body_too_large"]);
  const strange = [
    { name: "", place: "*" },
    { name: "a\u0000b", place: "*" },
    { name: "a", place: "DEV/GOV/a b" },
    { name: "a", place: "*", role: "administrator" },
  ];
  for (const body of strange) t.equal((await post("/users", key, body)).status, 400, JSON.stringify(body));
  t.equal((await scene.call("/users/constructor", { key })).status, 404);
  t.equal((await scene.call("/exchanges?since=yesterday", { key: auditor.key })).status, 400);
  t.equal((await scene.call("/exchanges?limit=1&limit=2", { key: auditor.key })).status, 400);
  t.equal((await scene.call("/me", { key, headers: { host: "evil.example" } })).status, 421, "DNS rebinding");
});

t.test(
  "an administrator that another seal signed is none: a database that was written is not believed",
  async (t) => {
    const configuration = await loadServerConfiguration(country.asking.configurationFile);
    const signers = new Map([country.asking.parts, country.rogue].flatMap(({ seals }) => [...seals]));
    const documents = await Promise.all(
      [benefitsAgency, rogueAgency, bank].map(async (member) => {
        const { certificate, privateKey } = signers.get(member)!;
        const time = country.clock.now();
        const bytes = await signStatement(
          new SignerPool(certificate, keyOperation(privateKey)),
          administrationType,
          {
            ...{
              instance: "DEV",
              time,
              id: uuidV7(time),
              by: "first-code",
              key: null,
              roles: [],
              route: "x",
            },
            ...{ member: null, about: [], reason: member, fact: { what: "ordered" } },
          },
        );
        return { kind: "administration", sha256: sha256Base64Url(bytes), bytes } as const;
      }),
    );
    let judged = 0;
    const watched = documents.map(({ bytes, ...document }) => ({
      ...document,
      get bytes() {
        judged++;
        return bytes;
      },
    }));
    const log = new SignedAdministrationLog({
      ...{ stateDirectory: configuration.stateDirectory, owner: benefitsAgency, clock: country.clock },
      reader: { documentsOf: async () => watched },
      readTrust: () => readTrust(configuration, country.clock),
    });
    t.strictSame(
      (await log.entries()).map(({ reason }) => reason),
      [benefitsAgency],
    );
    judged = 0;
    for (const most of [1000, 1, 1000]) {
      const listed = await log.newest(most);
      t.equal(judged, documents.length, "a list reads each once, and verifies none");
      t.equal(listed.length, Math.min(most, 2 * documents.length));
    }
    const verified = new Set<string | null | undefined>();
    for (const one of await log.newest(1000)) verified.add((await one.verified())?.reason);
    t.strictSame([...verified].sort(), [benefitsAgency, undefined], "what somebody else signed is no entry");
    t.equal(judged, documents.length + 1 + 2 * 2, "what is good is verified once, what is not each time");
  },
);

t.test("brute force: who fails often waits, with good keys too", async (t) => {
  const wrong = `sealway_${uuidV7(0)}_${"A".repeat(43)}`;
  const statuses = new Set<number>();
  for (let i = 0; i < 30; i++) statuses.add((await scene.call("/me", { key: wrong })).status);
  t.strictSame([...statuses], [401, 429]);
  const good = await scene.call("/me", { key: scene.first.key });
  t.strictSame([good.status, good.headers["retry-after"]], [429, "600"]);
  country.clock.ahead += 601_000;
  t.equal((await scene.call("/me", { key: scene.first.key })).status, 200);
});

t.test("a session ends a quarter of an hour after its last request", async (t) => {
  const begun = await post("/session", undefined, { key: scene.first.key });
  const headers = { cookie: String(begun.headers["set-cookie"]).split(";")[0]! };
  country.clock.ahead += 840_000;
  t.equal((await scene.call("/me", { headers })).status, 200);
  country.clock.ahead += 901_000;
  t.equal((await scene.call("/me", { headers })).status, 401);
});

t.test("what cannot be recorded is neither done nor shown", async (t) => {
  await country.asking.gateway.close();
  const search = await scene.call("/exchanges", { key: auditor.key });
  t.strictSame([search.status, search.body.code], [503, "log_unavailable"]);
  t.equal((await post("/users", scene.first.key, { name: "Late", place: "*" })).status, 503);
  t.equal((await scene.call("/me", { key: scene.first.key })).status, 200, "the console itself goes on");
});
