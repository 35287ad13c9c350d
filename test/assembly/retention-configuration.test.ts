import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t, { type Test } from "tap";
import { loadServerConfiguration } from "../../src/assembly/server-configuration.ts";

const member = "DEV/GOV/10000001";
const rule = { class: "registers", part: "head", keepDays: 730, graceDays: 14, reason: "§ 12 Registers Act" };

function fileOf(t: Test, changes: object): string {
  const directory = mkdtempSync(join(tmpdir(), "sealway-configuration-"));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, "server.json");
  const members = [{ id: member, sealCertificate: "seal.pem", sealKey: "seal.key.pem" }];
  const peerInterface = { certificate: "tls.pem", key: "tls.key.pem" };
  const minimal = {
    server: `${member}/ss1`,
    stateDirectory: "state",
    anchor: "anchor.json",
    mirrors: ["http://a/"],
  };
  writeFileSync(
    file,
    JSON.stringify({ ...minimal, passphraseFile: "pass", peerInterface, members, ...changes }),
  );
  return file;
}

t.test("without a word heads are kept three years, and keys lie in the state directory", async (t) => {
  const file = fileOf(t, {});
  const { retention, vaultDirectory, masterKeyFile, stateDirectory } = await loadServerConfiguration(file);
  t.strictSame(retention, { runAt: "02:30", keepDays: 1095, graceDays: 30, rules: [] });
  t.strictSame([vaultDirectory, masterKeyFile], [`${stateDirectory}/vault`, `${stateDirectory}/master.key`]);
});

t.test("vault and master key lie where the owner says", async (t) => {
  const file = fileOf(t, { vaultDirectory: "/safe/vault", masterKeyFile: "../master.key" });
  const { vaultDirectory, masterKeyFile } = await loadServerConfiguration(file);
  t.strictSame([vaultDirectory, masterKeyFile], ["/safe/vault", join(file, "../../master.key")]);
});

t.test("one class with one period may stand in several rules", async (t) => {
  const rules = [rule, { ...rule, service: `${member}/a/b` }, { ...rule, member, keepDays: 730 }];
  t.equal((await loadServerConfiguration(fileOf(t, { retention: { rules } }))).retention.rules.length, 3);
  const apart = [
    { ...rule, member },
    { ...rule, member: "DEV/COM/1", keepDays: 5 },
  ];
  t.equal(
    (await loadServerConfiguration(fileOf(t, { retention: { rules: apart } }))).retention.rules.length,
    2,
  );
});

for (const [what, rules] of Object.entries({
  "one class with two periods": [rule, { ...rule, part: "body", keepDays: 5 }],
  "a class of all with another period for one": [rule, { ...rule, member, graceDays: 7 }],
  "a head that is kept for no day": [{ ...rule, keepDays: 0 }],
  "a grace too short for a daily run": [{ ...rule, graceDays: 1 }],
  "a rule without a reason": [{ ...rule, reason: "" }],
  "the name of the default": [{ ...rule, class: "default" }],
  "a name that proposals have": [{ ...rule, class: "proposed-10-2" }],
  "the name of keys of holds": [{ ...rule, class: "hold" }],
})) {
  t.test(`refused: ${what}`, async (t) => {
    await t.rejects(loadServerConfiguration(fileOf(t, { retention: { rules } })), {
      name: "ConfigurationError",
    });
  });
}
