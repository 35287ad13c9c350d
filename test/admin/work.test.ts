import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { agreementDesk } from "../../src/assembly/console/agreement-desk.ts";
import { Turns } from "../../src/assembly/console/turns.ts";
import { orderAgreement } from "../../src/assembly/order-agreement.ts";
import { loadServerConfiguration } from "../../src/assembly/server-configuration.ts";
import type { Identity } from "../../src/dev/ca.ts";
import { makeSigningKey } from "../../src/dev/identity-provider/id-token.ts";
import {
  type RunningProvider,
  startIdentityProvider,
} from "../../src/dev/identity-provider/identity-provider.ts";
import { castOf } from "../../src/dev/registers/cast.ts";
import { defaultSeed, generateCountry } from "../../src/dev/registers/country.ts";
import { writeCertificatesPem } from "../../src/pki/certificate.ts";
import { loadKeyFile } from "../../src/pki/key-file.ts";
import { residence } from "../catalogue/residence.ts";
import { terms } from "../exchange/builtin/agreement-scene.ts";
import { badge, bank, benefitsAgency, clients, services } from "../exchange/country/plan.ts";
import { MovedClock } from "../exchange/country.ts";
import { newDirectory } from "../new-directory.ts";
import { answers } from "../policy/agreements/acts.ts";
import { Browser, formIn, post as formPost } from "../portal/browser.ts";
import { until } from "../until.ts";
import { AdminScene } from "./admin-scene.ts";

const substantial = "http://eidas.europa.eu/LoA/substantial";
const people = generateCountry(defaultSeed);
const cast = castOf(people, Date.now());
let provider!: RunningProvider;
const scene = await AdminScene.start(t, { registration: "taken" }, async (publicUrl) => {
  const client = { id: "console", secret: "a secret & two spaces" };
  const clientSecretFile = join(newDirectory(), "secret");
  writeFileSync(clientSecretFile, `${client.secret}\n`, { mode: 0o600 });
  const redirectUris = [`${publicUrl}/signed-in`];
  provider = await startIdentityProvider({
    ...{ port: 0, key: await makeSigningKey(), country: people, clock: new MovedClock() },
    clients: [{ ...client, redirectUris, postLogoutRedirectUris: [], offers: "officers" }],
  });
  const { issuer } = provider;
  return { identityProvider: { issuer, clientId: client.id, clientSecretFile, acr: [substantial] } };
});
t.teardown(() => provider.close());
const developer = await scene.user("service-developer");
const bankAdministrator = await scene.user("administrator", bank);
const post = (path: string, key: string, body: unknown) => scene.call(path, { method: "POST", key, body });
const inBase64 = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64");

t.test("an administrator sees health and configuration, without what is secret", async (t) => {
  const { key } = scene.first;
  const health = await scene.call("/health", { key });
  t.match(health.body, { server: `${benefitsAgency}/ss1`, alarms: Array });
  const { bytes, body } = await scene.call("/configuration", { key });
  t.match(body, { server: `${benefitsAgency}/ss1`, management: { port: Number } });
  t.notMatch(bytes.toString(), /tokenDigests/);
  t.equal(body.clients.find(({ id }: { id: string }) => id === clients.badged).tokens, 1, badge.slice(0, 1));
});

t.test(
  "a developer is told what the gate finds, publishes a service of the own member, and suspends it",
  async (t) => {
    const id = `${clients.benefits}/residence`;
    const description = { ...residence, id };
    const foreign = { ...description, id: `${clients.onboarding}/residence` };
    t.equal((await post("/services", developer.key, { description: foreign })).status, 404);
    const { purposes: _, ...lacking } = description;
    const refused = await post("/services", developer.key, { description: lacking, dryRun: true });
    t.match(refused.headers["content-type"], /^application\/problem\+json/);
    t.match(refused.body, { status: 422, code: "publication_refused" });
    t.ok(refused.body.findings.some(({ place }: { place: string }) => place === "/purposes"));
    const published = await post("/services", developer.key, { description });
    t.match(published.body, { service: id, answer: { kind: "taken" } }, published.bytes.toString());
    const states = async () =>
      (await scene.call("/services", { key: developer.key })).body.services
        .filter((one: { id: string }) => one.id === id)
        .map(({ state, version }: { state: string; version: string }) => [version, state]);
    await until("it is in the catalogue", async () => (await states()).length > 0);
    t.strictSame(await states(), [["1.0.0", "published"]]);
    const act = { service: id, version: "1.0.0", act: "suspend", reason: "A fault" };
    t.match((await post("/service-acts", developer.key, act)).body, { answer: { kind: "taken" } });
    await until("it is suspended", async () => (await states())[0]?.[1] === "suspended");
    const officer = await scene.user("auditor");
    const { entries } = (await scene.call("/audit", { key: officer.key })).body;
    t.match(
      entries.find(({ route }: { route: string }) => route === "POST /api/v1/service-acts"),
      { by: developer.id, reason: "A fault", fact: { what: "ordered" } },
    );
  },
);

t.test("a security officer sees how keys stand, and chooses one of the own member's", async (t) => {
  const officer = await scene.user("security-officer");
  const { keys } = (await scene.call("/keys", { key: officer.key })).body;
  const slots = keys.map(({ slot }: { slot: string }) => slot).toSorted();
  t.strictSame(slots, [`seal ${bank}`, `seal ${benefitsAgency}`, "tls"]);
  const choose = (slot: string, name: string) =>
    post("/key-choices", officer.key, { slot, name, reason: "Rotation" });
  t.equal((await choose(`seal ${benefitsAgency}`, "configured")).status, 200);
  t.equal((await choose(`seal ${benefitsAgency}`, "none")).status, 400);
  t.equal((await choose(`seal ${bank}`, "configured")).status, 404, "not those of whom it hosts");
  const bankOfficer = await scene.user("security-officer", bank, bankAdministrator);
  const own = (await scene.call("/keys", { key: bankOfficer.key })).body.keys;
  t.strictSame(
    own.map(({ slot }: { slot: string }) => slot),
    [`seal ${bank}`],
  );
});

t.test(
  "a security officer makes a key, has it certified and registered, and ends it when it leaked",
  async (t) => {
    const officer = await scene.user("security-officer");
    const bankOfficer = await scene.user("security-officer", bank, bankAdministrator);
    const { ca, directory, asking } = scene.country;
    const slot = `seal ${benefitsAgency}`;
    const reason = "Rotation";
    t.equal((await post("/keys", bankOfficer.key, { slot, reason })).status, 404, "not another member's");
    t.equal((await post("/keys", officer.key, { slot: `seal ${bank}`, reason })).status, 404, "nor a host");
    t.equal((await post("/keys", bankOfficer.key, { slot: "tls", reason })).status, 404, "nor the server's");
    const made = await post("/keys", officer.key, { slot, reason });
    t.match(made.body, { slot, name: /^seal-10000003-/, request: /BEGIN CERTIFICATE REQUEST/ });
    const { name } = made.body;
    const key = { slot, name, reason };
    const asQuery = (of: string) => `/key-requests?${new URLSearchParams({ slot: of, name })}`;
    const file = await scene.call(asQuery(slot), { key: officer.key });
    t.equal(file.bytes.toString(), made.body.request);
    t.equal((await scene.call(asQuery("tls"), { key: officer.key })).status, 404);
    // What the configuration names has no request here; and nobody learns what keys others have.
    const bankKey = await post("/keys", bankOfficer.key, { slot: `seal ${bank}`, reason });
    for (const method of ["GET", "POST"]) {
      const path = method === "GET" ? asQuery(slot).replace(name, "configured") : "/key-requests";
      const body = method === "GET" ? {} : { body: { slot, name: "configured", reason } };
      const none = await scene.call(path, { method, key: officer.key, ...body });
      t.ok(none.status === 400 || none.status === 404, method);
      t.notMatch(none.bytes.toString(), new RegExp(bankKey.body.name));
    }
    const facts = { organization: "Another name", country: "EE" };
    const anew = await post("/key-requests", officer.key, { ...key, ...facts });
    t.not(anew.body.request, made.body.request);
    const { keysDirectory } = await loadServerConfiguration(asking.configurationFile);
    const passphrase = readFileSync(join(directory, "passphrase"), "utf8").trim();
    const privateKey = await loadKeyFile(join(keysDirectory, name, "key.pem"), passphrase);
    const pem = (of: Identity) => writeCertificatesPem([of.certificate]);
    const certificate = pem(ca.issueSeal(benefitsAgency, "Owner", { privateKey }));
    const foreign = await post("/key-certificates", officer.key, {
      ...key,
      certificate: pem(ca.issueSeal(bank, "Bank", { privateKey })),
    });
    t.match(foreign.body, {
      status: 422,
      code: "certificate_refused",
      findings: [{ code: "foreign_names" }],
    });
    const other = await post("/key-certificates", officer.key, {
      ...key,
      certificate: pem(ca.issueSeal(benefitsAgency, "Owner")),
    });
    t.match(other.body.findings, [{ code: "other_key" }]);
    const imported = await post("/key-certificates", officer.key, { ...key, certificate });
    t.match(imported.body, { slot, name, ends: String }, imported.bytes.toString());
    const registered = await post("/key-registrations", officer.key, key);
    t.match(registered.body, { request: String, state: "approved" }, registered.bytes.toString());
    t.equal((await post("/key-enrolments", officer.key, { slot, reason })).body.code, "bad_request", "no CA");
    const early = { ...key, from: new Date(scene.country.clock.now() + 60_000).toISOString() };
    t.equal((await post("/key-compromises", officer.key, early)).status, 400);
    const leaked = { ...key, from: new Date(scene.country.clock.now() - 1000).toISOString() };
    const report = await post("/key-compromises", officer.key, leaked);
    t.match(report.body, { member: benefitsAgency, concerned: { exchanges: 0 } }, report.bytes.toString());
    const { keys } = (await scene.call("/keys", { key: officer.key })).body;
    const stands = keys.find((one: { name: string }) => one.name === name);
    t.match(stands.state, /^not usable/);
  },
);

t.test("an approver approves and suspends an agreement of the own member, on its side", async (t) => {
  const { stateDirectory } = scene.country.asking;
  const document = { ...terms("bank-own", services.own.id), consumer: clients.onboarding };
  const order = { order: "agreement request", document: inBase64(document) } as const;
  await orderAgreement({ stateDirectory }, { ...order, answers: inBase64(answers) });
  const bankApprover = await scene.user("approver", bank, bankAdministrator);
  const approver = await scene.user("approver");
  const act = (key: string, word: string, as?: string) =>
    post("/agreement-acts", key, {
      agreement: "bank-own",
      act: word,
      reason: "Looked at",
      ...(as && { as }),
    });
  t.equal((await act(bankApprover.key, "approve", "provider")).status, 404, "not for the other side");
  const approved = await act(approver.key, "approve");
  t.match(approved.body, { agreement: "bank-own", state: "approved" }, approved.bytes.toString());
  t.match((await act(bankApprover.key, "suspend")).body, { state: "approved" });
  const { agreements } = (await scene.call("/agreements", { key: bankApprover.key })).body;
  t.strictSame(
    agreements.map(({ id, suspendedBy }: { id: string; suspendedBy: string[] }) => [id, suspendedBy]),
    [["bank-own", ["consumer"]]],
  );
});

t.test("somebody signs in at the identity provider, and is whom an administrator made", async (t) => {
  const signIn = async (code: string) => {
    const away = await scene.ask("/sign-in");
    const errand = String(away.headers["set-cookie"]).split(";")[0]!;
    const browser = new Browser();
    const page = await browser.load(String(away.headers.location));
    const fields = { code, acr: substantial, choice: "sign-in" };
    const { url, body } = formIn(page, "/sign-in", fields);
    const sent = await browser.step(url, formPost(body, new URL(page.url).origin));
    const back = new URL(sent.headers.get("location")!);
    return scene.ask(back.pathname + back.search, { headers: { cookie: errand } });
  };
  const stranger = await signIn(cast.parent);
  t.strictSame([stranger.status, stranger.body.code], [401, "sign_in_required"]);
  const made = await post("/users", scene.first.key, { name: "Ann", place: "*", subject: cast.parent });
  t.equal(made.body.signsIn, true);
  t.notMatch(made.bytes.toString(), new RegExp(cast.parent));
  const back = await signIn(cast.parent);
  t.equal(back.status, 303, back.bytes.toString());
  t.equal(back.headers.location, "/", "and comes to the first page");
  const enter = await scene.ask("/enter");
  t.match(enter.bytes.toString(), /<a class="button" href="\/sign-in">/);
  const cookies = back.headers["set-cookie"] as readonly string[];
  const cookie = cookies.find((one) => one.startsWith("__Host-sealway-session="))!.split(";")[0]!;
  const me = await scene.call("/me", { headers: { cookie } });
  t.match(me.body, { id: made.body.id, name: "Ann", roles: { length: 0 } });
  const key = { name: "in her name", days: 1 };
  const another = await post(`/users/${made.body.id}/keys`, scene.first.key, key);
  t.equal(another.body.code, "not_permitted", "nobody makes a key of somebody who signs in");
  const twice = await post("/users", scene.first.key, { name: "Bob", place: "*", subject: cast.parent });
  t.equal(twice.status, 412, "one person, one user");
  const user = `/users/${made.body.id}`;
  const { etag } = (await scene.call(user, { key: scene.first.key })).headers;
  await scene.call(user, {
    ...{ method: "PATCH", key: scene.first.key, headers: { "if-match": String(etag) } },
    body: { subject: "somebody-else", reason: "Another person has the post" },
  });
  const after = await scene.call("/me", { headers: { cookie } });
  t.equal(after.status, 401, "a session ends when its user signs in as somebody else");
});

t.test(
  "counting what agreements are used for takes a turn, as all do who read the log for people",
  async (t) => {
    const { asking, clock } = scene.country;
    const turns = new Turns();
    const { use } = agreementDesk(await loadServerConfiguration(asking.configurationFile), clock, turns);
    const { promise: isOver, resolve: finish } = Promise.withResolvers<void>();
    const readings = Array.from({ length: 4 }, () => turns.take(() => isOver));
    const period = { since: 0, until: clock.now() };
    await t.rejects(use(period), { code: "overloaded" });
    finish();
    await Promise.all(readings);
    t.match(await use(period), { agreements: Array });
  },
);
