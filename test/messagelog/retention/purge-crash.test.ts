import { spawnSync } from "node:child_process";
import { createSecretKey, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Test } from "tap";
import { BodyFiles } from "../../../src/messagelog/body-files.ts";
import { EvidenceReader } from "../../../src/messagelog/evidence-reader.ts";
import { DurableMessageLog } from "../../../src/messagelog/message-log.ts";
import { erasedKeys } from "../../../src/messagelog/retention/erasure-statement.ts";
import { uuidBytes } from "../../../src/messagelog/uuid-bytes.ts";
import { openVault } from "../../../src/messagelog/vault.ts";
import type { NewStore } from "../../store/scene-store.ts";
import { testOnStores } from "../../store/test-on-stores.ts";
import { sampleRecord } from "../sample-record.ts";
import { retention } from "./retention-scene.ts";

const start = Date.UTC(2026, 10, 22, 12);
const day = 24 * 3_600_000;

function newDirectory(t: Test): string {
  const directory = mkdtempSync(join(tmpdir(), "sealway-purge-"));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A log of three days with a key each. */
async function logOf(t: Test, newStore: NewStore) {
  const directory = newDirectory(t);
  const key = randomBytes(32);
  writeFileSync(join(directory, "key"), key);
  const clock = { now: () => start };
  const place = await newStore(directory);
  const store = await place.open(clock);
  const vault = await openVault(join(directory, "vault"), createSecretKey(key));
  const sealing = { recorded: () => {}, close: async () => {} } as never;
  const bodies = new BodyFiles(join(directory, "bodies"));
  const log = new DurableMessageLog({ store, vault, sealing, bodies });
  const ids: string[] = [];
  for (const time of [start, start + day, start + 2 * day]) {
    const record = { ...sampleRecord({ time }), retention };
    await log.append(record);
    ids.push(record.exchangeId);
  }
  await store.close();
  return { again: place.again, directory, key, ids, openReader: () => place.openReader() };
}

const test = await testOnStores();

for (const moment of ["keep 1", "destroy 1", "destroy 3"]) {
  test(`killed in the middle of a purge (${moment}): the record says the truth, and the next start completes it`, async (t, newStore) => {
    const { again, directory, key, ids, openReader } = await logOf(t, newStore);
    const script = join(import.meta.dirname, "purge-and-die.ts");
    const now = start + 40 * day;
    const run = (...more: string[]) =>
      spawnSync(process.execPath, [script, again, directory, String(now), ...more]);
    t.equal(run(...moment.split(" ")).signal, "SIGKILL");

    const log = openReader();
    const erased = await erasedKeys(log);
    t.equal(erased.size, 3, "three keys are stated");
    const vault = await openVault(join(directory, "vault"), createSecretKey(key), new Set(erased.keys()));
    const reader = new EvidenceReader(log, vault);
    for (const id of ids) {
      const [one] = (await reader.findExchange(id)).records;
      t.equal(one!.head.state, "erased", "what is stated is not read, destroyed or not");
    }
    reader.close();

    t.equal(run().status, 0);
    const later = await openVault(join(directory, "vault"), createSecretKey(key));
    for (const id of erased.keys()) t.strictSame(await later.find(uuidBytes(id)), { state: "destroyed" });
    const completed = openReader();
    t.equal((await completed.documentsOf("erasure")).length, 1, "nothing is stated twice");
    completed.close();
  });
}
