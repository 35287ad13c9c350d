import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t, { type Test } from "tap";
import { unsafeId } from "../../../src/core/ids.ts";
import type { KeyPurpose } from "../../../src/messagelog/key-purpose.ts";
import { createMasterKey, loadMasterKey, loadMasterKeys } from "../../../src/messagelog/master-key.ts";
import { type DataKey, openVault } from "../../../src/messagelog/vault.ts";
import { rotateMasterKey } from "../../../src/messagelog/vault-rotation.ts";

const now = Date.UTC(2026, 10, 22, 12);
const day = 24 * 3_600_000;

function newDirectory(t: Test): string {
  const directory = mkdtempSync(join(tmpdir(), "sealway-rotation-"));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Two members with two keys each, one of them destroyed. */
async function scene(t: Test) {
  const directory = newDirectory(t);
  const masterKeyFile = join(directory, "master.key");
  const vaultDirectory = join(directory, "vault");
  await createMasterKey(masterKeyFile);
  const vault = await openVault(vaultDirectory, await loadMasterKeys(masterKeyFile));
  const keys: (DataKey & { readonly member: string })[] = [];
  for (const member of ["DEV/GOV/10000001", "DEV/COM/30000001"]) {
    const purpose: KeyPurpose = { member: unsafeId(member), retentionClass: "default", part: "head" };
    for (const time of [now - day, now]) keys.push({ ...(await vault.keyFor(purpose, time)), member });
  }
  const destroyed = keys.shift()!;
  await vault.destroy(destroyed.id, now);
  return { directory, masterKeyFile, vaultDirectory, keys, destroyed };
}

type Scene = Awaited<ReturnType<typeof scene>>;

/** Every key opens, by the master key file as it is now. */
async function checkKeys(t: Test, { directory, keys, destroyed }: Scene): Promise<void> {
  const vault = await openVault(
    join(directory, "vault"),
    await loadMasterKeys(join(directory, "master.key")),
  );
  for (const { id, key, member } of keys) {
    const found = await vault.find(id, member);
    t.equal(found.state === "present" && found.key.equals(key), true, "the key is the one that it was");
  }
  t.strictSame(await vault.find(destroyed.id), { state: "destroyed" });
}

function textsBelow(directory: string): string {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return files.map((file) => readFileSync(file, "utf8")).join("\n");
}

t.test("the old master key opens nothing after a rotation, and stands nowhere", async (t) => {
  const before = await scene(t);
  const { masterKeyFile, vaultDirectory } = before;
  const old = await loadMasterKey(masterKeyFile);
  const oldLine = readFileSync(masterKeyFile, "latin1").trim();
  const steps: string[] = [];
  const rotated = await rotateMasterKey(vaultDirectory, masterKeyFile, now, (step) => steps.push(step));
  t.strictSame(rotated, { members: 2, keys: 3 });
  t.equal(steps.length, 9, "each step is told");
  await checkKeys(t, before);
  t.notOk(textsBelow(before.directory).includes(oldLine));
  const withOld = await openVault(vaultDirectory, old);
  for (const { id } of before.keys) t.strictSame(await withOld.find(id), { state: "missing" });
});

t.test("killed at each step, every key opens, and the next rotation completes it", async (t) => {
  const before = await scene(t);
  const script = join(import.meta.dirname, "rotate-and-die.ts");
  for (let step = 1; step <= 9; step++) {
    const directory = join(newDirectory(t), "copy");
    cpSync(before.directory, directory, { recursive: true });
    const masterKeyFile = join(directory, "master.key");
    const vaultDirectory = join(directory, "vault");
    const args = [script, vaultDirectory, masterKeyFile, String(now), String(step)];
    t.equal(spawnSync(process.execPath, args).signal, "SIGKILL", `killed behind step ${step}`);
    await checkKeys(t, { ...before, directory });
    await rotateMasterKey(vaultDirectory, masterKeyFile, now + 1);
    await checkKeys(t, { ...before, directory });
    t.equal((await loadMasterKeys(masterKeyFile)).length, 1, "the old key is gone");
  }
});

t.test("a vault that neither key opens is left as it is, and its member named", async (t) => {
  const { masterKeyFile, vaultDirectory } = await scene(t);
  const texts = textsBelow(vaultDirectory);
  rmSync(masterKeyFile);
  await createMasterKey(masterKeyFile);
  await t.rejects(rotateMasterKey(vaultDirectory, masterKeyFile, now), /vault of DEV\/\S+ cannot be opened/);
  t.equal(textsBelow(vaultDirectory), texts);
});
