import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { addKey, keepCertificates } from "../../../src/assembly/keys/key-folder.ts";
import { loadMemberSigners } from "../../../src/assembly/keys/keys-in-use.ts";
import { tellKeysChanged } from "../../../src/assembly/keys/order-keys.ts";
import { readSuspended, suspendKey } from "../../../src/assembly/keys/suspended-keys.ts";
import { readTrust } from "../../../src/assembly/read-trust.ts";
import { loadServerConfiguration } from "../../../src/assembly/server-configuration.ts";
import { run as compromised } from "../../../src/cli/keys-compromised.ts";
import { memberOf } from "../../../src/core/ids.ts";
import type { Identity } from "../../../src/dev/ca.ts";
import { forgeRequest, realRequest } from "../../exchange/country/forgery.ts";
import { Peer } from "../../exchange/country/peer.ts";
import { askingServer, services } from "../../exchange/country/plan.ts";
import { pathOf, SmallCountry } from "../../exchange/country.ts";
import { until } from "../../until.ts";

/* A member's seal and its server's TLS key leak, and somebody speaks with them to another server. */

const owner = memberOf(askingServer);
let second!: Identity;
const country = await SmallCountry.start(t, {
  registration: "taken",
  moreSeals: (ca) => {
    second = ca.issueSeal(owner, "Social Benefits Agency");
    return [{ identity: second, member: owner, servers: [askingServer] }];
  },
});
const { asking, answering, authority, clock } = country;
const leaked = asking.parts.seals.get(owner)!.certificate.fingerprint;
const configuration = await loadServerConfiguration(asking.configurationFile);
const ask = () => country.ask({ path: pathOf(services.persons, "/persons/38001010001") });
const from = new Date(clock.now() - 60_000).toISOString();
const thief = new Peer(country, asking.parts.tls);
t.teardown(() => thief.close());
const real = await realRequest(country, { path: pathOf(services.open, "/x") });

async function command(
  t: Pick<typeof import("tap").t, "capture">,
  key: string,
  since: string,
  ...more: string[]
) {
  const out = t.capture(process.stdout, "write", () => true);
  const args = [key, "--from", since, "--config", asking.configurationFile, ...more];
  const code = await compromised(args).finally(() => out.restore());
  const text = out()
    .map(({ args }) => String(args[0]))
    .join("");
  return { code, text };
}

t.test("what is no seal of this server, or a time to come, suspends nothing", async (t) => {
  await t.rejects(command(t, "nobody", from), { code: "bad_request", message: /no seal nobody/ });
  await t.rejects(command(t, "configured", "2999-01-01"), { name: "UsageError" });
  t.notOk(existsSync(join(configuration.keysDirectory, "suspended.json")));
});

t.test("the only key: suspended, told to the authority by itself, and what it concerns listed", async (t) => {
  for (let i = 0; i < 3; i++) t.match(await ask(), { status: 200 });
  const forged = await forgeRequest(country, real);
  t.equal((await thief.send(forged)).status, 200, "the other side could not know");

  const { code, text } = await command(t, leaked, from);
  t.equal(code, 1, "something is left to do");
  t.match(text, `suspended: the seal ${leaked} of ${owner}, compromised from ${from}`);
  t.match(text, "told: the governing authority; the request is approved");
  t.match(text, "concerned: 4 exchanges with 1 members, naming at most 1 persons");
  t.match(text, /NOT ASKED .*: signer_unavailable/, "there is no key to ask with");
  t.notMatch(text, "38001010001");

  const { result, answering: reached } = await country.watch(ask);
  t.match(result.body.toString(), "cannot_create_signature");
  t.strictSame(reached, [], "nothing is sealed with it any more");
  await until(() => answering.gateway.health().configurationVersion === authority.health().version);
  t.not((await thief.send(await forgeRequest(country, real))).status, 200, "and nobody takes what it seals");
  await asking.restart();
  t.match((await ask()).body.toString(), "cannot_create_signature", "after a restart as well");
});

t.test("with another key: exchanges go on, and the forgery is found at the peer", async (t) => {
  const { keysDirectory, passphraseFile } = configuration;
  const passphrase = readFileSync(passphraseFile, "utf8").trim();
  const { privateKey, certificate } = second;
  const key = await addKey(keysDirectory, { use: "seal", of: owner, privateKey }, passphrase, clock.now());
  await keepCertificates(key, [certificate]);
  await tellKeysChanged(configuration);
  t.match(await ask(), { status: 200 });
  const signer = (await loadMemberSigners(configuration)).get(owner);
  t.equal(signer?.certificate.fingerprint, certificate.fingerprint, "commands sign with it as well");

  const out = join(country.directory, "compromise.json");
  const { code, text } = await command(t, leaked, from, "--out", out);
  t.equal(code, 1);
  t.match(
    text,
    /asked: \d+ hours of peers; 1 exchanges that were not sealed here\n {2}FORGED \S+ exchange missing-here/,
  );
  t.match(text, "told: the governing authority; the request is approved", "it knows already");
  const report = JSON.parse(readFileSync(out, "utf8"));
  t.equal(report.concerned.exchanges.length, 4);
  t.match(report.forgeries.forgeries, [{ finding: "missing-here", peerServer: answering.parts.id }]);
  t.equal(statSync(out).mode & 0o077, 0);
});

t.test("beside a server that is stopped nobody can be asked, and the rest is done", async (t) => {
  await asking.stop();
  const { code, text } = await command(t, leaked, from);
  t.equal(code, 1);
  t.match(text, /concerned: 4 exchanges[\s\S]*NOT ASKED: the peers: the server is not running/);
});

t.test("a compromise that is back-dated waits for officers, and the seal ends at once", async (t) => {
  const { fingerprint } = second.certificate;
  const { text } = await command(t, fingerprint, new Date(clock.now() - 3 * 86_400_000).toISOString());
  t.match(text, "told: the governing authority; the request is requested");
  const peer = await loadServerConfiguration(answering.configurationFile);
  const ofSeal = async () => (await readTrust(peer, clock)).sealOfAnyState(fingerprint)?.history.at(-1);
  await until(async () => (await ofSeal())?.state !== "granted");
  t.match(await ofSeal(), { state: "withdrawn" });
});

t.test("the time of a compromise goes back, never forward", async (t) => {
  const before = (await readSuspended(configuration.keysDirectory))[leaked]!;
  const later = { compromisedFrom: before.compromisedFrom + 1, suspended: 0 };
  await suspendKey(configuration.keysDirectory, leaked, later);
  t.strictSame((await readSuspended(configuration.keysDirectory))[leaked], before);
  await suspendKey(configuration.keysDirectory, leaked, { ...later, compromisedFrom: 1 });
  t.match((await readSuspended(configuration.keysDirectory))[leaked], { ...before, compromisedFrom: 1 });
});
