import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { run as evidence } from "../../src/cli/evidence.ts";
import { run as archive } from "../../src/cli/log-archive.ts";
import { run as restore } from "../../src/cli/log-restore.ts";
import { run as verify } from "../../src/cli/verify.ts";
import { systemClock } from "../../src/core/clock.ts";
import { buildEvidencePackage } from "../../src/messagelog/evidence/evidence-package.ts";
import { createMasterKey } from "../../src/messagelog/master-key.ts";
import { writeKeyFile } from "../../src/pki/key-file.ts";
import { writePem } from "../../src/pki/pem.ts";
import { archiveScene, day } from "../messagelog/archive/archive-scene.ts";

/** Runs a command; what it prints is kept from the screen. */
async function command(t: Test, run: (args: readonly string[]) => Promise<number>, ...args: string[]) {
  const out = t.capture(process.stdout, "write", () => true);
  const err = t.capture(process.stderr, "write", () => true);
  try {
    const code = await run(args);
    return { code, text: [...out(), ...err()].map(({ args: [line] }) => String(line)).join("") };
  } finally {
    out.restore();
    err.restore();
  }
}

const scene = await archiveScene(t);
const ids = await scene.exchanges(1);
const { state } = scene;
const file = (name: string) => join(state, name);
const seal = scene.scene.country.populationSeal;
writeFileSync(file("anchor.json"), scene.anchor);
writeFileSync(file("passphrase"), "correct horse battery staple\n", { mode: 0o600 });
writeFileSync(file("seal.pem"), writePem("CERTIFICATE", seal.certificate.der));
await writeKeyFile(file("seal.key"), seal.privateKey, "correct horse battery staple");
const configuration = {
  ...{ server: "DEV/GOV/10000001/ss1", stateDirectory: ".", anchor: "anchor.json" },
  ...{ passphraseFile: "passphrase", mirrors: ["http://127.0.0.1:4001/"] },
  members: [{ id: "DEV/GOV/10000001", sealCertificate: "seal.pem", sealKey: "seal.key" }],
  peerInterface: { certificate: "none", key: "none" },
};
await createMasterKey(file("master.key"));
writeFileSync(file("server.json"), JSON.stringify(configuration));
const config = ["--config", file("server.json")];
const at = ["--at", new Date(scene.clock.time + day).toISOString()];
const anchor = ["--anchor", file("anchor.json")];

t.test("sealway log archive writes segments that sealway verify verifies", async (t) => {
  t.capture(systemClock, "now", () => scene.clock.time + 2 * day);
  const until = new Date(scene.clock.time + day).toISOString().slice(0, 10);
  const args = [...config, "--until", until, "--out", scene.archive];
  const first = await command(t, archive, ...args);
  t.match(first, { code: 0, text: /^00000001-[0-9a-f]{64}\n2 records archived\n$/ });
  t.match(await command(t, archive, ...args), { code: 0, text: "0 records archived\n" });
  const valid = await command(t, verify, scene.archive, ...anchor, ...at);
  t.match(valid, { code: 0, text: /^log of DEV\/GOV\/10000001\/ss1, 1 segments, 2 records/ });
  t.match(valid.text, /^ok +signature-valid +2 times$/m);
  t.match(valid.text, /\nVALID\n$/);
  const [name] = readdirSync(scene.archive);
  const segment = await command(t, verify, join(scene.archive, name!), ...anchor, ...at, "--json");
  t.match(JSON.parse(segment.text), {
    verdict: "valid",
    counts: { "segment-alone": 1, "record-in-batch": 2 },
  });
});

t.test("sealway evidence makes a package from the archive alone", async (t) => {
  const out = file("evidence.zip");
  const reader = ["--who", "auditor", "--why", "case 17"];
  const from = [...config, ...reader, "--archive", scene.archive, "--out", out];
  t.match(await command(t, evidence, ids[0]!, ...from), { code: 0, text: out });
  t.match(await command(t, verify, out, ...anchor, ...at), { code: 0, text: /\nVALID/ });
  const nothing = [...config, ...reader, "--archive", t.testdir({ [`00000001-${"0".repeat(64)}`]: {} })];
  await t.rejects(command(t, evidence, ids[0]!, ...nothing), /--archive: .*file-missing/);
});

t.test("an empty directory is no archive, an altered one is invalid", async (t) => {
  mkdirSync(file("empty"));
  t.match(await command(t, verify, file("empty")), { code: 2, text: /archive-empty.*\n.*\n\nUNUSABLE\n$/ });
  mkdirSync(file("altered"));
  writeFileSync(join(file("altered"), "manifest.json"), "{}");
  t.match(await command(t, verify, file("altered")), { code: 1, text: /segment-unreadable/ });
});

t.test("a folder of packages is verified as one", async (t) => {
  const folder = t.testdir({ "none.zip": "none" });
  writeFileSync(join(folder, "good.zip"), await buildEvidencePackage(await scene.scene.goodParts()));
  const told = await command(t, verify, folder, ...anchor, ...at);
  t.match(told, { code: 2, text: /^VALID +.*good\.zip\nUNUSABLE .*none\.zip\nFAILED +package-unreadable/ });
  t.match(told.text, /\nvalid: 1, invalid: 0, unusable: 1\n$/);
  const lines = (await command(t, verify, folder, ...anchor, ...at, "--json")).text.trim().split("\n");
  t.match(
    lines.map((line) => JSON.parse(line)),
    [{ verdict: "valid" }, { verdict: "unusable" }],
  );
});

t.test("sealway log restore makes a readable log, and none over another", async (t) => {
  const out = ["--out", file("restored")];
  t.match(await command(t, restore, scene.archive, ...out), { code: 0, text: /^2 records and 0 large/ });
  await t.rejects(command(t, restore, scene.archive, ...out), /exists already/);
  await t.rejects(command(t, restore, scene.archive), /either --out or --config/);
  const broken = t.testdir({ [`00000001-${"0".repeat(64)}`]: { "manifest.json": "{}" } });
  const target = join(broken, "restored");
  t.match(await command(t, restore, broken, "--out", target), {
    code: 2,
    text: /file-altered; nothing was restored/,
  });
});

t.test("what is no day, or lies ahead, is refused", async (t) => {
  for (const until of ["yesterday", "2026-13-40", "2999-01-01"])
    await t.rejects(command(t, archive, ...config, "--until", until, "--out", scene.archive), /--until/);
});

t.test("another server's archive is not continued", async (t) => {
  const other = file("other.json");
  const text = JSON.stringify({ ...configuration, server: "DEV/GOV/10000001/ss9" });
  writeFileSync(other, text);
  const args = ["--config", other, "--until", "2026-11-01", "--out", scene.archive];
  t.match(await command(t, archive, ...args), { code: 2, text: /the archive is of DEV\/GOV\/10000001\/ss1/ });
});
