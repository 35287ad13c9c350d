import { createSecretKey, randomBytes } from "node:crypto";
import {
  chmodSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import t, { type Test } from "tap";
import { unsafeId } from "../../src/core/ids.ts";
import { decryptGcm, encryptGcm } from "../../src/messagelog/gcm.ts";
import type { KeyPurpose } from "../../src/messagelog/key-purpose.ts";
import { createMasterKey, loadMasterKey } from "../../src/messagelog/master-key.ts";
import { decryptHead, encryptHead } from "../../src/messagelog/sealed-head.ts";
import { uuidText } from "../../src/messagelog/uuid-bytes.ts";
import { openVault } from "../../src/messagelog/vault.ts";

const now = Date.UTC(2026, 10, 22, 12);
const day = 24 * 3_600_000;
const purpose: KeyPurpose = {
  member: unsafeId("DEV/GOV/10000001"),
  retentionClass: "default",
  part: "head",
};
const masterKey = createSecretKey(randomBytes(32));
const place = { exchangeId: "0193", role: "consumer", direction: "sent" };

function newDirectory(t: Test): string {
  const directory = mkdtempSync(join(tmpdir(), "sealway-vault-"));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

function filesBelow(directory: string): string[] {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
}

function keyFiles(directory: string): string[] {
  return filesBelow(directory).filter((file) => !file.endsWith("master.json"));
}

t.test("one key for a member, class, part and day; the same one again after a restart", async (t) => {
  const directory = newDirectory(t);
  const vault = await openVault(directory, masterKey);
  t.equal(vault.current(purpose, now), undefined);
  const [a, b] = await Promise.all([vault.keyFor(purpose, now), vault.keyFor(purpose, now + 1)]);
  t.equal(a, b, "asked for twice at once, made once");
  t.equal(vault.current(purpose, now + 2), a);
  const other = await vault.keyFor({ ...purpose, member: unsafeId("DEV/GOV/10000002") }, now);
  const tomorrow = await vault.keyFor(purpose, now + day);
  t.equal(new Set([a, other, tomorrow].map(({ id }) => id.toString("hex"))).size, 3);
  t.equal(keyFiles(directory).length, 3);

  const again = await openVault(directory, masterKey);
  const found = await again.keyFor(purpose, now);
  t.strictSame([found.id, found.key.export()], [a.id, a.key.export()]);
  t.match(await again.find(other.id), { state: "present" });
});

t.test("a destroyed key reads nothing any more, and a new one takes its place", async (t) => {
  const directory = newDirectory(t);
  const vault = await openVault(directory, masterKey);
  const key = await vault.keyFor(purpose, now);
  await vault.destroy(key.id, now + 5);
  t.strictSame(await vault.find(key.id), { state: "destroyed" });
  t.strictSame(await vault.keysOf(now), []);
  const text = readFileSync(keyFiles(directory)[0]!, "utf8");
  t.match(JSON.parse(text), { destroyed: now + 5, member: purpose.member });
  t.notMatch(text, "wrapped");
  t.not((await vault.keyFor(purpose, now)).id.toString("hex"), key.id.toString("hex"));
  t.strictSame(await (await openVault(directory, masterKey)).find(key.id), { state: "destroyed" });
});

t.test("a key that the vault never saw, or cannot unwrap, is missing and not destroyed", async (t) => {
  const directory = newDirectory(t);
  const key = await (await openVault(directory, masterKey)).keyFor(purpose, now);
  const stranger = await openVault(directory, createSecretKey(randomBytes(32)));
  t.strictSame(await stranger.find(key.id), { state: "missing" });
  await t.rejects(stranger.keyFor(purpose, now), /cannot be opened with this master key/);
  t.strictSame(await stranger.find(randomBytes(16)), { state: "missing" });
});

t.test("no data key lies in clear, and nobody else may read the files", async (t) => {
  const directory = newDirectory(t);
  const { key } = await (await openVault(directory, masterKey)).keyFor(purpose, now);
  const files = filesBelow(directory);
  t.ok(files.length > 0);
  for (const file of files) {
    t.equal(statSync(file).mode & 0o777, 0o600);
    t.notOk(readFileSync(file, "latin1").includes(key.export().toString("base64url")));
  }
});

t.test("search tags have one key a quarter, heads one a day", async (t) => {
  const vault = await openVault(newDirectory(t), masterKey);
  const tags: KeyPurpose = { ...purpose, part: "tags" };
  const first = await vault.keyFor(tags, Date.UTC(2026, 9, 1));
  t.equal(await vault.keyFor(tags, Date.UTC(2026, 11, 31, 23, 59)), first);
  t.not(await vault.keyFor(tags, Date.UTC(2027, 0, 1)), first);
});

t.test("a key remembers the period that was in force when it was made", async (t) => {
  const vault = await openVault(newDirectory(t), masterKey);
  await vault.keyFor(purpose, now, { keepDays: 90, graceDays: 7 });
  const listed = [];
  for await (const keys of vault.keys()) listed.push(...keys);
  t.match(listed, [{ ...purpose, period: { keepDays: 90, graceDays: 7 }, start: now - (now % day) }]);
});

t.test("each member has a vault of its own: destroying one leaves the others", async (t) => {
  const directory = newDirectory(t);
  const vault = await openVault(directory, masterKey);
  const other: KeyPurpose = { ...purpose, member: unsafeId("DEV/COM/30000001") };
  const [mine, theirs] = [await vault.keyFor(purpose, now), await vault.keyFor(other, now)];
  t.equal(readdirSync(directory).length, 2, "a folder each");
  await vault.destroyMember(purpose.member, now);
  const again = await openVault(directory, masterKey);
  for (const one of [vault, again]) {
    t.strictSame(await one.find(mine.id), { state: "destroyed" });
    t.match(await one.find(theirs.id), { state: "present" });
  }
  await t.rejects(again.keyFor(purpose, now), /cannot be opened/, "a vault that was destroyed takes no key");
});

t.test("a key that is known to be destroyed stays so in a vault restored from a backup", async (t) => {
  const directory = newDirectory(t);
  const backup = newDirectory(t);
  const vault = await openVault(directory, masterKey);
  const key = await vault.keyFor(purpose, now);
  cpSync(directory, backup, { recursive: true });
  await vault.destroy(key.id, now);
  const restored = await openVault(backup, masterKey, new Set([uuidText(key.id)]));
  t.strictSame(await restored.find(key.id, purpose.member), { state: "destroyed" });
  t.not((await restored.keyFor(purpose, now)).id.toString("hex"), key.id.toString("hex"), "nor used again");
  t.equal(await restored.destroy(key.id, now), true, "it can be destroyed again");
  t.equal(await restored.destroy(key.id, now), false);
});

t.test("a head decrypts at its own place only", async (t) => {
  const vault = await openVault(newDirectory(t), masterKey);
  const key = await vault.keyFor(purpose, now);
  const head = Buffer.from("POST /persons");
  const encrypted = encryptHead(key, head, place);
  t.strictSame(decryptHead(key.key, encrypted, place), head);
  for (const [name, value] of Object.entries({
    exchangeId: "0194",
    role: "provider",
    direction: "received",
  })) {
    t.equal(decryptHead(key.key, encrypted, { ...place, [name]: value }), undefined, name);
  }
});

t.test("what AES-GCM wrote comes back, and nothing that was altered or cut", async (t) => {
  const key = createSecretKey(randomBytes(32));
  const bytes = fc.uint8Array({ maxLength: 300 }).map(Buffer.from);
  fc.assert(
    fc.property(bytes, bytes, fc.nat(), (plaintext, associated, where) => {
      const encrypted = encryptGcm(key, plaintext, associated);
      t.strictSame(decryptGcm(key, encrypted, associated), plaintext);
      const altered = Buffer.from(encrypted);
      altered[where % altered.length]! ^= 1;
      t.equal(decryptGcm(key, altered, associated), undefined);
      t.equal(decryptGcm(key, encrypted.subarray(0, where % encrypted.length), associated), undefined);
    }),
    { numRuns: 50 },
  );
});

t.test("a master key is made once, for its owner alone", async (t) => {
  const path = join(newDirectory(t), "master.key");
  await createMasterKey(path);
  t.equal(statSync(path).mode & 0o777, 0o600);
  t.equal((await loadMasterKey(path)).symmetricKeySize, 32);
  await t.rejects(createMasterKey(path), { code: "EEXIST" });
  chmodSync(path, 0o640);
  await t.rejects(loadMasterKey(path), { name: "MasterKeyError" });
});

t.test("a file that holds no master key is refused", async (t) => {
  const path = join(newDirectory(t), "master.key");
  writeFileSync(path, "c2hvcnQ\n", { mode: 0o600 });
  await t.rejects(loadMasterKey(path), { name: "MasterKeyError" });
});

t.test("of nodes that need a new quarter's key for search tags at once all get the same", async (t) => {
  const directory = newDirectory(t);
  const nodes = await Promise.all([1, 2, 3, 4].map(() => openVault(directory, masterKey)));
  for (const part of ["tags", "sealed-tags"] as const) {
    for (const quarter of [0, 1]) {
      const time = now + quarter * 100 * day;
      const period = { keepDays: 10, graceDays: 1 };
      const keys = await Promise.all(nodes.map((vault) => vault.keyFor({ ...purpose, part }, time, period)));
      t.equal(new Set(keys.map(({ id }) => uuidText(id))).size, 1);
      t.match(await nodes[0]!.describe(keys[0]!.id), { part, period });
    }
  }
  t.equal(keyFiles(directory).length, 4);
  const [key] = await nodes[0]!.keysOf(Date.UTC(2026, 9, 1));
  t.ok(await nodes[0]!.destroy(key!.id, now));
  const again = await (await openVault(directory, masterKey)).keyFor({ ...purpose, part: key!.part }, now);
  t.notSame(again.id, key!.id, "one that is destroyed too early is made anew: records still come");
});

t.test("a key of which there is one is the same on all nodes, for ever, until it is destroyed", async (t) => {
  const directory = newDirectory(t);
  const tags: KeyPurpose = { ...purpose, part: "permission-tags" };
  const nodes = await Promise.all([1, 2, 3, 4].map(() => openVault(directory, masterKey)));
  const keys = await Promise.all(nodes.map((vault, i) => vault.keyFor(tags, now + i * 400 * day)));
  t.equal(new Set(keys.map(({ key }) => key.export().toString("hex"))).size, 1);
  t.equal(keyFiles(directory).length, 1);
  const [vault, other] = nodes;
  const elsewhere = await vault!.keyFor({ ...tags, member: unsafeId("DEV/GOV/10000002") }, now);
  t.notSame(elsewhere.id, keys[0]!.id);
  const listed = (await vault!.keysOf(0)).map(({ start }) => start);
  t.same(listed, [0, 0]);
  t.ok(await vault!.destroy(keys[0]!.id, now));
  const later = await openVault(directory, masterKey);
  await t.rejects(later.keyFor(tags, now), /destroyed/, "it is not made anew");
  t.same(await other!.find(keys[0]!.id), { state: "destroyed" });
});
