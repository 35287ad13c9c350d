import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import t from "tap";
import { checkOwnLog } from "../../src/assembly/check-own-log.ts";
import { listKeys } from "../../src/assembly/keys/key-folder.ts";
import { suspendKey } from "../../src/assembly/keys/suspended-keys.ts";
import { openReader } from "../../src/assembly/log-store.ts";
import { readTrust } from "../../src/assembly/read-trust.ts";
import { loadServerConfiguration } from "../../src/assembly/server-configuration.ts";
import { run as generate } from "../../src/cli/keys-generate.ts";
import { run as importIssued } from "../../src/cli/keys-import.ts";
import { run as list } from "../../src/cli/keys-list.ts";
import { type MemberId, memberOf } from "../../src/core/ids.ts";
import type { DevelopmentCa, Identity } from "../../src/dev/ca.ts";
import { issueCertificate } from "../../src/dev/certificate-issue.ts";
import { readCheckpointSeals } from "../../src/messagelog/check/check-checkpoint-seals.ts";
import { sealCheckpoint } from "../../src/messagelog/checkpoint/checkpoint-seal.ts";
import { writeCertificatesPem } from "../../src/pki/certificate.ts";
import { verifyCertificateRequest } from "../../src/pki/certificate-request.ts";
import { deviceToken, keyObjectOf } from "../../src/pki/device/device-key.ts";
import { writeDeviceKeyFile } from "../../src/pki/device/device-key-file.ts";
import { writeKeyFile } from "../../src/pki/key-file.ts";
import { parsePem } from "../../src/pki/pem.ts";
import { keyOperation } from "../../src/pki/private-key.ts";
import { SignerPool } from "../../src/pki/signer.ts";
import { askingServer, services } from "../exchange/country/plan.ts";
import { pathOf, SmallCountry } from "../exchange/country.ts";
import { softDevice, withoutDevice } from "../pki/device/soft-device.ts";
import { until } from "../until.ts";

const owner = memberOf(askingServer);
const pin = "1234";

/** The public key of a new key on a device, and the name of it for a key file. */
async function keyOnDevice() {
  const { module } = softDevice(["seals"], pin);
  const address = { module, token: "seals", sessions: 2 };
  const token = deviceToken(address, pin);
  t.teardown(() => token.close());
  const { id, publicKey } = await token.ask({ ask: "make", label: "seal", kind: "ec" });
  return { token, publicKey: keyObjectOf(publicKey), named: { ...address, id, pinFile: "pin" } };
}

const device = withoutDevice === false ? await keyOnDevice() : undefined;
let qualified!: Identity;

/** The owner's qualified seal, on the device where there is one. */
function secondSeal(ca: DevelopmentCa, now: number) {
  qualified = ca.issueSeal(owner, "Social Benefits Agency", { qualified: "qualified" });
  if (device !== undefined) {
    const { publicKey } = device;
    const validity = { notBefore: now - 1000, notAfter: now + 365 * 24 * 3_600_000 };
    const profile = {
      subject: { commonName: "seal" },
      keyUsage: ["nonRepudiation"],
      qualified: "qualified",
    } as const;
    const certificate = issueCertificate({ ...profile, ...validity, publicKey }, ca.issuing);
    qualified = { ...qualified, certificate };
  }
  return [{ identity: qualified, member: owner, servers: [askingServer] }];
}

const country = await SmallCountry.start(t, { moreSeals: secondSeal });
const { asking } = country;
const place = (name: string) => join(asking.parts.directory, name);
const written = readFileSync(asking.configurationFile, "utf8");

/** Starts the server anew with other seals of its owner. */
async function restartWith(change: object): Promise<void> {
  const configuration = JSON.parse(written) as { members: { id: MemberId }[] };
  const members = configuration.members.map((one) => (one.id === owner ? { ...one, ...change } : one));
  writeFileSync(asking.configurationFile, JSON.stringify({ ...configuration, members }));
  await asking.restart();
}

t.test("a member's messages sealed on a device", { skip: withoutDevice }, async (t) => {
  writeFileSync(place("pin"), pin, { mode: 0o600 });
  writeFileSync(place("device.key"), writeDeviceKeyFile(device!.named), { mode: 0o600 });
  writeFileSync(place("device.pem"), writeCertificatesPem([qualified.certificate]));
  await restartWith({ sealCertificate: "device.pem", sealKey: "device.key" });
  const { result, asking: records } = await country.watch(() =>
    country.ask({ path: pathOf(services.open, "/x") }),
  );
  t.match(result, { status: 200 });
  t.equal(records[0]?.record.certificate.sha256, qualified.certificate.fingerprint);
  t.match(asking.gateway.health(), { alarms: { length: 0 }, seals: [{ member: owner, class: "qualified" }] });

  t.test(
    "without the device nothing is sealed and nothing sent, and it is told; with it all goes on",
    async (t) => {
      const { token } = device!;
      const lost = process.env.SOFTHSM2_CONF;
      process.env.SOFTHSM2_CONF = "/dev/null";
      token.close();
      await until(
        async () =>
          (await country.ask({ path: pathOf(services.open, "/x") })).status === 500 ||
          token.loss !== undefined,
      );
      const { answering, result } = await country.watch(() =>
        country.ask({ path: pathOf(services.open, "/x") }),
      );
      t.match(result.body.toString(), /signer_unavailable|cannot_create_signature/);
      t.strictSame(answering, []);
      t.strictSame(
        asking.gateway.health().alarms.map(({ code }) => code),
        ["device_lost", "signer_unavailable"],
        "device and member are named",
      );
      await asking.restart();
      t.strictSame(
        asking.gateway.health().alarms.map(({ code }) => code),
        ["device_lost", "signer_unavailable"],
        "a server starts without it, for its other members",
      );
      process.env.SOFTHSM2_CONF = lost;
      token.close();
      await until(() => token.loss === undefined);
      t.match(await country.ask({ path: pathOf(services.open, "/x") }), { status: 200 });
    },
  );
});

t.test("a key made on the device by a command, certified and chosen", { skip: withoutDevice }, async (t) => {
  const { id: _, ...named } = device!.named;
  writeFileSync(place("new.json"), writeDeviceKeyFile({ ...named, label: "second" }), { mode: 0o600 });
  const made = ["seal", "--config", asking.configurationFile, "--device", place("new.json")];
  const out = t.capture(process.stdout, "write", () => true);
  t.equal(await generate(made), 0);
  const { keysDirectory } = await loadServerConfiguration(asking.configurationFile);
  const [key] = await listKeys(keysDirectory);
  const request = verifyCertificateRequest(
    parsePem(readFileSync(key!.files.request, "utf8"), "CERTIFICATE REQUEST")[0]!,
  );
  t.equal(request.subject.organizationIdentifier, owner);
  const now = country.clock.now();
  const validity = { notBefore: now - 1000, notAfter: now + 365 * 24 * 3_600_000 };
  const profile = { keyUsage: ["nonRepudiation"], qualified: "qualified" } as const;
  const certificate = issueCertificate({ ...request, ...profile, ...validity }, country.ca.issuing);
  writeFileSync(place("issued.pem"), writeCertificatesPem([certificate]));
  t.equal(await importIssued([place("issued.pem"), "--config", asking.configurationFile]), 0);
  t.equal(await list(["--config", asking.configurationFile]), 0);
  const text = out()
    .map(({ args }) => String(args[0]))
    .join("");
  t.match(text, new RegExp(`seal ${owner} {2,}${key!.name} {2,}.* qualified\n`));
  await t.rejects(generate(made), {
    code: "signer_unavailable",
    message: /a key second on the token already/,
  });
  await t.rejects(generate(["tls", ...made.slice(1)]), { name: "UsageError" });
});

/** What `sealway log check` finds. */
async function check() {
  const configuration = await loadServerConfiguration(asking.configurationFile);
  return checkOwnLog(configuration, { clock: country.clock, witnesses: "not asked" });
}

t.test("a slow device seals the checkpoints, and a key in a file the messages", async (t) => {
  const key = place("checkpoint.key");
  const { passphraseFile } = JSON.parse(written) as { passphraseFile: string };
  if (device !== undefined) writeFileSync(key, writeDeviceKeyFile(device.named), { mode: 0o600 });
  else await writeKeyFile(key, qualified.privateKey, readFileSync(passphraseFile, "utf8").trim());
  writeFileSync(place("checkpoint.pem"), writeCertificatesPem([qualified.certificate]));
  writeFileSync(place("pin"), pin, { mode: 0o600 });
  await restartWith({ checkpointSeal: { certificate: "checkpoint.pem", key: "checkpoint.key" } });
  t.match(asking.gateway.health(), { seals: [{ member: owner, class: "advanced" }] });
  const configuration = await loadServerConfiguration(asking.configurationFile);
  const sealDocuments = async () => {
    const reader = openReader(configuration);
    try {
      return await reader.documentsOf("checkpoint-seal");
    } finally {
      reader.close();
    }
  };
  for (const wanted of [1, 2]) {
    await country.ask({ path: pathOf(services.open, "/x") });
    await asking.gateway.sealNow();
    await until(async () => (await sealDocuments()).length === wanted);
  }
  // The batches of the seals themselves have no messages: nobody seals those.
  for (let i = 0; i < 2; i++) await asking.gateway.sealNow();
  t.equal((await sealDocuments()).length, 2);
  const found = await check();
  t.strictSame(found.damages, []);
  t.strictSame([...found.checkpointSeals.keys()], [owner]);
  const { count, size } = found.checkpointSeals.get(owner)!;
  t.equal(count, 2);
  t.ok(size > 1 && size <= found.batches);

  t.test(
    "one by another member's certificate, about another server, or of a forger's key counts for nothing",
    async (t) => {
      const index = await readTrust(configuration, country.clock);
      const [good] = await sealDocuments();
      const head = { size: 1, root: Buffer.alloc(32) };
      const said = { instance: "DEV", member: owner, server: askingServer, time: country.clock.now(), head };
      const other = country.answering.parts.seals.get(memberOf(country.answering.parts.id))!;
      const by = ({ certificate, privateKey }: Identity) =>
        new SignerPool(certificate, keyOperation(privateKey));
      const own = by(asking.parts.seals.get(owner)!);
      const forged = await Promise.all([
        sealCheckpoint(by(other), said),
        sealCheckpoint(own, { ...said, server: country.answering.parts.id }),
        sealCheckpoint(own, { ...said, instance: "TEST" }),
        sealCheckpoint(own, { ...said, time: 0 }),
        Buffer.from(good!.bytes.toString().replace(/.$/, (last) => (last === "A" ? "Q" : "A"))),
      ]);
      const { damages, heads } = readCheckpointSeals(
        forged.map((bytes) => ({ bytes })),
        index,
        askingServer,
      );
      t.equal(damages.length, forged.length);
      t.ok(damages.every(({ kind }) => kind === "checkpoint-seal-wrong"));
      t.strictSame(heads, []);
    },
  );

  t.test("a suspended key seals no checkpoint, and it is told", async (t) => {
    const before = (await sealDocuments()).length;
    const suspended = { compromisedFrom: country.clock.now(), suspended: country.clock.now() };
    await suspendKey(configuration.keysDirectory, qualified.certificate.fingerprint, suspended);
    t.match(await country.ask({ path: pathOf(services.open, "/x") }), { status: 200 });
    await asking.gateway.sealNow();
    const alarms = () => asking.gateway.health().alarms.map(({ code }) => code);
    await until(() => alarms().includes("checkpoint_not_sealed"));
    t.equal((await sealDocuments()).length, before);
  });

  t.test("a log that was changed since a member sealed it is found out", async (t) => {
    await asking.stop();
    const database = new DatabaseSync(join(asking.stateDirectory, "log/log.db"));
    database.exec("UPDATE batches SET root = zeroblob(32) WHERE number = 1");
    database.close();
    const { damages } = await check();
    t.match(
      damages.filter(({ detail }) => detail?.includes(`the seal of ${owner}`)).map(({ kind }) => kind),
      ["split-view"],
    );
  });
});
