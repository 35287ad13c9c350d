import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { loadServerConfiguration } from "../../src/assembly/server-configuration.ts";
import { freePort } from "../../src/dev/free-port.ts";
import { writeCertificatesPem } from "../../src/pki/certificate.ts";
import { loadKeyFile } from "../../src/pki/key-file.ts";
import { AdminScene } from "../admin/admin-scene.ts";
import { bank, benefitsAgency, clients, services } from "../exchange/country/plan.ts";
import { pathOf } from "../exchange/country.ts";
import { SmallAcme } from "../pki/acme/small-acme.ts";
import { until } from "../until.ts";
import { ConsoleBrowser, type ConsolePage } from "./console-browser.ts";

const scene = await AdminScene.start(t, {
  registration: "taken",
  // Not known before the country's CA runs.
  beforeStart: async ({ asking, directory, trust }) => {
    const acme = await SmallAcme.start(trust.ca.url);
    t.teardown(() => acme.close());
    const root = join(directory, "acme-root.pem");
    writeFileSync(root, acme.root);
    const configuration = JSON.parse(readFileSync(asking.configurationFile, "utf8"));
    configuration.acme = {
      ...{ directory: acme.directory, trustedCertificates: root, dnsNames: ["localhost"] },
      challenge: { host: "127.0.0.1", port: await freePort() },
      profiles: { seal: "seal" },
    };
    writeFileSync(asking.configurationFile, JSON.stringify(configuration));
  },
});
const administrator = await ConsoleBrowser.of(scene, scene.first.key);

/** What a page shows once as a secret. */
function secretIn({ text }: ConsolePage): string {
  return /<p class="secret"><code>([^<]+)<\/code>/.exec(text)![1]!;
}

t.test("an administrator makes a user, gives a role, and makes, rotates and ends a key", async (t) => {
  const users = await administrator.load("/users");
  const made = await administrator.submit(users, "/users", { name: "Ann", place: "*" });
  t.match(made.text, /<h1>Ann<\/h1>/);
  const at = made.path.split("?")[0]!;
  const given = { role: "auditor", place: "*", reason: "Audit of the year" };
  const auditor = await administrator.submit(made, `${at}/roles`, given);
  t.match(auditor.text, /<th scope="row">Auditor<\/th><td>the server itself<\/td>/);
  const first = await administrator.submit(auditor, `${at}/keys`, { name: "laptop", days: "30" });
  t.match(first.text, /shown this once/);
  const ann = await ConsoleBrowser.of(scene, secretIn(first));
  t.match((await ann.load("/me")).text, /Signed in as Ann/);
  const page = await administrator.load(at);
  const rotation = /action="(\/users\/[^"]+\/rotation)"/.exec(page.text)![1]!;
  const second = await administrator.submit(page, rotation, { overlapHours: "0" });
  t.not(secretIn(second), secretIn(first));
  t.equal((await ann.load("/me")).path, "/enter?to=%2Fme", "the old key's session is over");
  const disable = await administrator.submit(await administrator.load(at), `${at}/disable`, {
    reason: "On leave",
  });
  t.match(disable.text, /disabled/);
  const refused = await new ConsoleBrowser(scene).submit(
    await new ConsoleBrowser(scene).load("/enter"),
    "/enter/key",
    { key: secretIn(second) },
  );
  t.equal(refused.status, 401);
});

t.test("users are found by a part of their names", async (t) => {
  const found = await administrator.load("/users?name=An&from=0");
  t.match(found.text, />Ann<\/a>/);
  t.notMatch(found.text, />First<\/a>/);
  t.match((await administrator.load("/users?name=none")).text, /There is nothing to show/);
  t.match((await administrator.load("/users?from=200")).text, /First page/);
});

t.test("concurrent edits: what was changed meanwhile is not changed by who did not see it", async (t) => {
  const { id } = await scene.user(null);
  const at = `/users/${id}`;
  const [mine, theirs] = [await administrator.load(at), await administrator.load(at)];
  const change = { name: "Mine", reason: "Married" };
  t.equal((await administrator.submit(mine, at, change)).status, 200);
  const late = await administrator.submit(theirs, at, { name: "Theirs", reason: "Typo" });
  t.equal(late.status, 412);
  t.match(late.text, /changed_meanwhile/);
  t.match(late.text, /<h1>Mine<\/h1>/, "and shown as it is now");
  t.match(late.text, /value="Theirs"/, "with what was filled in");
});

t.test("a mandate is ordered by one person, confirmed by another, and ended", async (t) => {
  const [officer, approver, auditor] = await Promise.all(
    ["data-protection-officer", "approver", "auditor"].map(async (role) => {
      const { id, key } = await scene.user(role);
      return { id, browser: await ConsoleBrowser.of(scene, key) };
    }),
  );
  const order = {
    ...{ auditor: `${auditor!.id} ${benefitsAgency}`, order: "Court order 7", reason: "Ordered" },
    ...{ from: "2026-01-01T00:00", to: "2026-12-31T00:00" },
  };
  const empty = await officer!.browser.load("/mandates");
  t.match(empty.text, new RegExp(`<option value="${auditor!.id} ${benefitsAgency}">`));
  const now = scene.country.clock.now();
  const [from, to] = [now - 3_600_000, now + 86_400_000].map((at) => new Date(at).toISOString().slice(0, 16));
  const ordered = await officer!.browser.submit(empty, "/mandates", { ...order, from: from!, to: to! });
  t.match(ordered.text, /waits for a second person/);
  t.notMatch(ordered.text, /\/confirmation/, "whoever ordered it is not offered to confirm it");
  const seen = await approver!.browser.load("/mandates");
  t.match((await approver!.browser.submit(seen, "/confirmation", { reason: "Seen" })).text, /in force/);
  const own = await auditor!.browser.load("/mandates");
  t.match(own.text, /Court order 7/);
  t.notMatch(own.text, /\/confirmation/, "an auditor sees what they cannot do nowhere");
  t.match((await officer!.browser.submit(ordered, "/end")).text, /ended/);
});

t.test("the admin audit names who did what, filters and pages", async (t) => {
  const { key } = await scene.user("security-officer");
  const officer = await ConsoleBrowser.of(scene, key);
  const all = await officer.load("/audit");
  t.match(all.text, /made a user/);
  t.match(all.text, /Court order|ordered a mandate|Ann/);
  const made = await officer.load("/audit?what=key-made");
  t.match(made.text, /made an API key/);
  t.notMatch(made.text, /<td>made a user/);
  const nobody = await officer.load("/audit?until=2020-01-01");
  t.match(nobody.text, /There is nothing to show/);
  const wrong = await officer.load("/audit?since=yesterday");
  t.equal(wrong.status, 400);
});

t.test("the overview counts exchanges as they come, and draws them", async (t) => {
  const { country } = scene;
  country.register.answer({ status: 200, headers: ["Content-Type", "application/json"], body: "{}" });
  const path = pathOf(services.persons, "/persons/47101010033");
  await country.watch(() => country.ask({ client: clients.benefits, path }));
  await until("the exchange is counted", async () => {
    country.clock.ahead += 3_000;
    return (await scene.call("/traffic?hours=1", { key: scene.first.key })).body.peers.length > 0;
  });
  const { body } = await scene.call("/traffic?hours=1", { key: scene.first.key });
  const answered = body.points.reduce((sum: number, point: { answered: number }) => sum + point.answered, 0);
  t.equal(answered, 1);
  t.match(body.peers, [{ answered: 1, failed: 0, lastFailure: null }]);
  const page = await administrator.load("/?hours=1");
  t.match(page.text, /<svg class="plot" role="img" aria-labelledby="exchanges"/);
  t.match(page.text, /<rect class="main"/);
  t.match(page.text, /The same as a table/);
  t.match(page.text, new RegExp(body.peers[0].server));
  t.match(page.text, /<dt>Oldest record without a time-stamp<\/dt>\s*<dd>(?:–|[\d.]+ s)<\/dd>/);
});

const slot = `seal ${benefitsAgency}`;

t.test(
  "a key has its request written anew, is certified, registered, used, and ended when it leaked",
  async (t) => {
    const { country } = scene;
    const { ca, directory, asking, clock } = country;
    const browser = await ConsoleBrowser.of(scene, (await scene.user("security-officer")).key);
    const reason = "Rotation";
    const request = /<pre>(-----BEGIN CERTIFICATE REQUEST-----[^<]+)<\/pre>/;
    const made = await browser.submit(await browser.load("/members"), "/members", {
      ...{ slot, algorithm: "ES256", organization: "", country: "", dnsNames: "", ipAddresses: "", reason },
    });
    const first = request.exec(made.text)![1]!;
    const address = /<a href="(\/members\/key\?[^"]+)"/.exec(made.text)![1]!.replaceAll("&amp;", "&");
    const name = new URLSearchParams(address.split("?")[1]).get("name")!;
    const key = await browser.load(address);
    const download = /href="(\/members\/request\?[^"]+)"/.exec(key.text)![1]!.replaceAll("&amp;", "&");
    const file = await browser.load(download);
    t.match(file.headers, {
      "content-type": "application/x-pem-file",
      "content-disposition": new RegExp(`${name}\\.csr\\.pem`),
    });
    t.equal(file.text.trim(), first.trim());
    const facts = { organization: "Agency of Benefits", country: "EE", dnsNames: "", ipAddresses: "" };
    const anew = await browser.submit(key, "/anew", { ...facts, reason });
    t.equal(anew.path, `${address}&done=ordered`, anew.text);
    t.not((await browser.load(download)).text, file.text);

    const { keysDirectory } = await loadServerConfiguration(asking.configurationFile);
    const passphrase = readFileSync(join(directory, "passphrase"), "utf8").trim();
    const privateKey = await loadKeyFile(join(keysDirectory, name, "key.pem"), passphrase);
    // Browsers end the lines of a form as HTTP does.
    const issued = (to: typeof bank) =>
      writeCertificatesPem([ca.issueSeal(to, "Issued", { privateKey }).certificate]).replaceAll("\n", "\r\n");
    const foreign = await browser.submit(anew, "/import", { certificate: issued(bank), reason });
    t.match(
      [foreign.status, foreign.text],
      [422, /certificate_refused[\s\S]*What is wrong with the certificate/],
    );
    const imported = await browser.submit(foreign, "/import", {
      certificate: issued(benefitsAgency),
      reason,
    });
    t.equal(imported.path, `${address}&done=ordered`, imported.text);
    t.match(imported.text, /SHA-256 of the certificate<\/dt><dd><code>[\w-]{43}</);
    const registered = await browser.submit(imported, "/register", { reason });
    t.equal(registered.path, `${address}&done=ordered`, registered.text);
    const { version } = country.authority.health();
    await until(() => asking.gateway.health().configurationVersion === version);
    const chosen = await browser.submit(registered, "/choose", { reason });
    t.equal(chosen.path, `${address}&done=ordered`, chosen.text);
    const at = (ahead: number) => new Date(clock.now() + ahead).toISOString().slice(0, 16);
    const early = await browser.submit(chosen, "/compromise", { from: at(120_000), reason });
    t.match([early.status, early.text], [400, /the time has not come/]);
    const ended = await browser.submit(early, "/compromise", { from: at(-60_000), reason: "It leaked" });
    t.equal(ended.path, `${address}&done=ordered`, ended.text);
    t.match(ended.text, /<dd>not usable/);
  },
);

t.test("the CA of the configuration certifies a new key, and one that is there", async (t) => {
  const { key } = await scene.user("security-officer");
  const browser = await ConsoleBrowser.of(scene, key);
  const page = await browser.load("/members/enrolment");
  const made = await browser.submit(page, "/enrolment", { slot, reason: "The old one ends" });
  t.match(made.path, /^\/members\/key\?slot=seal[^&]*&name=[^&]+&done=made$/, made.text);
  const fingerprint = ({ text }: ConsolePage) => /<dd><code>([\w-]{43})</.exec(text)![1]!;
  const again = await browser.submit(made, "/enrol", { reason: "Another address" });
  t.equal(again.path, made.path.replace("done=made", "done=ordered"), again.text);
  t.not(fingerprint(again), fingerprint(made));
  const { keys } = (await scene.call("/keys", { key })).body;
  const name = new URLSearchParams(again.path.split("?")[1]).get("name");
  t.equal(keys.filter((one: { name: string }) => one.name === name).length, 1, "and its first one is gone");
});

t.test(
  "a certificate about to end is shown by its day; one that was replaced no more once it ended",
  async (t) => {
    const { ca, clock, directory, asking } = scene.country;
    const { id, key } = await scene.user("security-officer");
    const slot = `seal ${benefitsAgency}`;
    const post = (path: string, body: object, by = key) =>
      scene.call(path, { method: "POST", key: by, body });
    const { name } = (await post("/keys", { slot, reason: "Rotation" })).body;
    const { keysDirectory } = await loadServerConfiguration(asking.configurationFile);
    const passphrase = readFileSync(join(directory, "passphrase"), "utf8").trim();
    const privateKey = await loadKeyFile(join(keysDirectory, name, "key.pem"), passphrase);
    const notAfter = clock.now() + 2 * 86_400_000;
    const issued = ca.issueSeal(benefitsAgency, "Owner", { privateKey, notAfter });
    const certificate = writeCertificatesPem([issued.certificate]);
    const imported = await post("/key-certificates", { slot, name, certificate, reason: "Rotation" });
    t.equal(imported.status, 200, imported.bytes.toString());
    const { secret } = (await post(`/users/${id}/keys`, { name: "long", days: 30 }, scene.first.key)).body;
    const soon = (await (await ConsoleBrowser.of(scene, key)).load("/")).text;
    const day = new Date(notAfter).toISOString().slice(0, 10);
    t.match(soon, new RegExp(`${name}[^<]*</a></th><td>${day}</td>`), "and no time of day is made up");
    clock.ahead += 4 * 86_400_000;
    const later = await (await ConsoleBrowser.of(scene, secret)).load("/members");
    t.match(later.text, new RegExp(name), "it is still there");
    t.notMatch((await (await ConsoleBrowser.of(scene, secret)).load("/")).text, new RegExp(name));
  },
);
