import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import t from "tap";
import { readChoice, settleTime } from "../../../src/assembly/keys/key-choice.ts";
import { type HeldKey, listKeys } from "../../../src/assembly/keys/key-folder.ts";
import { KeyRing, type KeyRingParts } from "../../../src/assembly/keys/key-ring.ts";
import { loadServerConfiguration } from "../../../src/assembly/server-configuration.ts";
import type { RegistryDocument } from "../../../src/authority/registry-document.ts";
import { run as choose } from "../../../src/cli/keys-choose.ts";
import { run as generate } from "../../../src/cli/keys-generate.ts";
import { run as importIssued } from "../../../src/cli/keys-import.ts";
import { run as list } from "../../../src/cli/keys-list.ts";
import { memberOf } from "../../../src/core/ids.ts";
import { DevelopmentCa } from "../../../src/dev/ca.ts";
import { issueCertificate } from "../../../src/dev/certificate-issue.ts";
import { type Certificate, writeCertificatesPem } from "../../../src/pki/certificate.ts";
import { loadKeyFile } from "../../../src/pki/key-file.ts";
import { services } from "../../exchange/country/plan.ts";
import type { CountryServer } from "../../exchange/country/server.ts";
import { pathOf, SmallCountry } from "../../exchange/country.ts";
import { until } from "../../until.ts";

/* The life of keys at gateways that run: made, certified, registered, used instead of those before, under load. */

const country = await SmallCountry.start(t);
const { ca, clock, asking, answering } = country;
const passphrase = readFileSync(join(country.directory, "passphrase"), "utf8").trim();

/** What commands print, line by line. */
async function printed(t: Tap, command: () => Promise<number>): Promise<{ code: number; text: string }> {
  const out = t.capture(process.stdout, "write", () => true);
  const code = await command().finally(() => out.restore());
  const text = out()
    .map(({ args }) => String(args[0]))
    .join("");
  return { code, text };
}
type Tap = Pick<typeof t, "capture" | "match">;

/** Makes a key by the command, has the country's CA certify it, and imports what came. */
async function newKey(t: Tap, server: CountryServer, use: "seal" | "tls"): Promise<HeldKey> {
  const config = server.configurationFile;
  const made = await printed(t, () => generate([use, "--config", config]));
  const name = made.text.split("\n")[0]!;
  const { keysDirectory } = await loadServerConfiguration(config);
  const key = (await listKeys(keysDirectory)).find((one) => one.name === name)!;
  const privateKey = await loadKeyFile(key.files.key, passphrase);
  const id = server.parts.id;
  const issued =
    use === "seal"
      ? ca.issueSeal(memberOf(id), "Owner", { privateKey })
      : ca.issueTls(id, "Owner", { privateKey });
  const file = join(country.directory, `${name}.pem`);
  writeFileSync(file, writeCertificatesPem([issued.certificate]));
  const imported = await printed(t, () => importIssued([file, "--config", config]));
  t.match(imported, { code: 0, text: `${name}: certificate until` });
  return { ...key, certificates: [issued.certificate] };
}

const der = ({ der }: Certificate) => ({ der: der.toString("base64") });
let registry: RegistryDocument = country.registry;

/** Has the authority publish another registry, and both gateways use it. */
async function publish(change: (document: RegistryDocument) => RegistryDocument): Promise<void> {
  registry = change(registry);
  await country.authority.publish(registry);
  const { version } = country.authority.health();
  for (const { gateway } of [asking, answering])
    await until(() => gateway.health().configurationVersion === version);
}

const register = (server: CountryServer, seal: HeldKey, tls: HeldKey) => (document: RegistryDocument) => ({
  ...document,
  servers: document.servers.map((one) =>
    one.id === server.parts.id
      ? { ...one, tlsCertificates: [...one.tlsCertificates, der(tls.certificates[0]!)] }
      : one,
  ),
  seals: [
    ...document.seals,
    {
      member: memberOf(server.parts.id),
      certificate: der(seal.certificates[0]!),
      servers: [server.parts.id],
      history: [{ state: "granted", from: "2020-01-01T00:00:00Z" } as const],
    },
  ],
});

/** Takes the keys with which the country began out of the registry. */
const unregister = (server: CountryServer) => (document: RegistryDocument) => ({
  ...document,
  servers: document.servers.map((one) =>
    one.id === server.parts.id ? { ...one, tlsCertificates: one.tlsCertificates.slice(1) } : one,
  ),
  seals: document.seals.filter(
    ({ certificate }) =>
      JSON.stringify(certificate) !==
      JSON.stringify(der(server.parts.seals.get(memberOf(server.parts.id))!.certificate)),
  ),
});

const review = async (t: Tap, server: CountryServer) =>
  printed(t, () => list(["--config", server.configurationFile]));

t.test("both kinds of key of both sides are rotated under load, and no exchange is lost", async (t) => {
  const statuses: number[] = [];
  const failures: string[] = [];
  let [isOver, isStill, running] = [false, false, 0];
  // No call may be on its way while time jumps.
  const jump = async () => {
    isStill = true;
    await until(() => running === 0);
    clock.ahead += settleTime + 1000;
    isStill = false;
  };
  const caller = async () => {
    while (!isOver) {
      if (isStill) {
        await wait(5);
        continue;
      }
      running++;
      const { status, body } = await country.ask({ path: pathOf(services.open, "/a") });
      running--;
      statuses.push(status);
      if (status !== 200) failures.push(`${status}: ${body.toString("utf8")}`);
    }
  };
  const callers = [caller(), caller(), caller(), caller()];
  const before = certificateOf(asking);
  for (const server of [answering, asking]) {
    const [seal, tls] = [await newKey(t, server, "seal"), await newKey(t, server, "tls")];
    await publish(register(server, seal, tls));
    t.match((await review(t, server)).text, "ready when every server has learnt of it");
    const { keysDirectory } = await loadServerConfiguration(server.configurationFile);
    const { fingerprint } = seal.certificates[0]!;
    await until(async () => (await readChoice(keysDirectory)).listedSince[fingerprint] !== undefined);
    await jump();
    const config = ["--config", server.configurationFile];
    const both = () => Promise.all([seal, tls].map(({ name }) => choose([name, ...config])));
    await printed(t, async () => Math.max(...(await both())));
    const names = Object.values((await readChoice(keysDirectory)).chosen);
    t.strictSame(names.sort(), [seal.name, tls.name].sort(), "two choices at once are both kept");
    t.match(
      (await review(t, server)).text,
      new RegExp(`${seal.name} +used +\\S+ +good[^]*${tls.name} +used `),
    );
    const calls = statuses.length;
    await until(() => statuses.length > calls + 20);
    await publish(unregister(server));
    await until(() => statuses.length > calls + 60);
  }
  isOver = true;
  await Promise.all(callers);
  t.strictSame(failures, [], `of ${statuses.length} exchanges`);
  t.not(certificateOf(asking), before);
  const {
    result,
    asking: sent,
    answering: answered,
  } = await country.watch(() => country.ask({ path: pathOf(services.open, "/after") }));
  t.equal(result.status, 200);
  t.equal(sent.length > 0 && answered.length > 0, true, "what is recorded verifies");
});

/** The fingerprint of the owner's seal that signs. */
function certificateOf({ gateway, parts }: CountryServer): string {
  const seals = gateway.health().seals as { member: string; certificate: string }[];
  return seals.find(({ member }) => member === memberOf(parts.id))!.certificate;
}

t.test("keys that cannot be opened leave nobody looking at them", async (t) => {
  const configuration = await loadServerConfiguration(asking.configurationFile);
  const consumerInterface = {
    ...configuration.consumerInterface,
    certificate: "nowhere.pem",
    key: "nowhere",
  };
  let subscribed = 0;
  const client = {
    subscribe: () => {
      subscribed++;
      return () => subscribed--;
    },
  };
  const parts = { configuration: { ...configuration, consumerInterface }, client, seals: new Map() };
  await t.rejects(KeyRing.open(parts as unknown as KeyRingParts), { code: "ENOENT" });
  t.equal(subscribed, 0);
});

t.test("a server comes back with the keys that it used", async (t) => {
  await asking.restart();
  t.equal((await country.ask({ path: pathOf(services.open, "/again") })).status, 200);
  t.match((await review(t, asking)).text, /seal-\S+ {2,}used/);
});

/** Imports what was issued for a key of the asking server, and tells the codes of what is wrong. */
async function refusalsOf(t: Tap, certificates: readonly Certificate[]): Promise<string[]> {
  const file = join(country.directory, "issued.pem");
  writeFileSync(file, writeCertificatesPem(certificates));
  const { code, text } = await printed(t, () => importIssued([file, "--config", asking.configurationFile]));
  t.match(code, text.startsWith("refused") ? 1 : 0);
  return [...text.matchAll(/^refused \((\w+)\)/gm)].map(([, name]) => name!);
}

t.test("what is wrong with a certificate that was issued is told, and it is not kept", async (t) => {
  const { id } = asking.parts;
  const owner = memberOf(id);
  await printed(t, () => generate(["seal", "--config", asking.configurationFile]));
  const { keysDirectory } = await loadServerConfiguration(asking.configurationFile);
  const key = (await listKeys(keysDirectory)).find(({ certificates }) => certificates.length === 0)!;
  const privateKey = await loadKeyFile(key.files.key, passphrase);
  // The command has the system's clock.
  const now = Date.now();
  const other = new DevelopmentCa({ instance: "DEV", clock, ocspUrl: "http://127.0.0.1:9/" });
  const below = ca.issueCa(ca.root, "Unlisted CA", {});
  const { subjectAttributes: subject, publicKey } = ca.issueSeal(owner, "Owner", { privateKey }).certificate;
  const belowIt = issueCertificate(
    { subject, publicKey, notBefore: now - 1000, notAfter: now + 1_000_000, keyUsage: ["nonRepudiation"] },
    below,
  );
  const seal = (options = {}) => ca.issueSeal(owner, "Owner", { privateKey, ...options }).certificate;
  const cases: readonly (readonly [string, readonly Certificate[], readonly string[]])[] = [
    ["another key", [ca.issueSeal(owner, "Owner").certificate], ["other_key"]],
    ["another use", [ca.issueTls(id, "Owner", { privateKey }).certificate], ["wrong_usage"]],
    ["expired", [seal({ notBefore: now - 2000, notAfter: now - 1000 })], ["expired"]],
    ["not yet valid", [seal({ notBefore: now + 60_000 })], ["not_yet_valid"]],
    [
      "another member's names",
      [ca.issueSeal(services.open.id as never, "X", { privateKey }).certificate],
      ["foreign_names"],
    ],
    [
      "a CA of the same name",
      [other.issueSeal(owner, "Owner", { privateKey }).certificate],
      ["chain_incomplete"],
    ],
    ["an unlisted CA", [belowIt, below.certificate], ["unlisted_ca"]],
    ["an incomplete chain", [belowIt], ["chain_incomplete"]],
    [
      "several at once",
      [ca.issueTls(answering.parts.id, "X", { privateKey, notAfter: now - 1000 }).certificate],
      ["wrong_usage", "expired", "foreign_names"],
    ],
  ];
  for (const [name, certificates, codes] of cases)
    t.strictSame(await refusalsOf(t, certificates), codes, name);
  const kept = (await listKeys(keysDirectory)).find(({ name }) => name === key.name)!;
  t.strictSame(kept.certificates, [], "nothing of it is kept");
  t.strictSame(await refusalsOf(t, [ca.issuing.certificate, seal()]), [], "in any order");
});
