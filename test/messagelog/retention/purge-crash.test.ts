import { spawnSync } from "node:child_process";
import { createSecretKey, randomBytes } from "node:crypto";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t, { type Test } from "tap";
import { BodyFiles } from "../../../src/messagelog/body-files.ts";
import { EvidenceReader } from "../../../src/messagelog/evidence-reader.ts";
import { DurableMessageLog } from "../../../src/messagelog/message-log.ts";
import { erasedKeys } from "../../../src/messagelog/retention/erasure-statement.ts";
import { uuidBytes } from "../../../src/messagelog/uuid-bytes.ts";
import { openVault } from "../../../src/messagelog/vault.ts";
import { openLogReader } from "../../../src/store/sqlite/log-reader.ts";
import { openSqliteMessageStore } from "../../../src/store/sqlite/message-store.ts";
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
async function logOf(t: Test): Promise<{ directory: string; key: Buffer; ids: string[] }> {
  const directory = newDirectory(t);
  const key = randomBytes(32);
  writeFileSync(join(directory, "key"), key);
  const clock = { now: () => start };
  const store = await openSqliteMessageStore({ directory: join(directory, "log"), clock });
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
  return { directory, key, ids };
}

t.test(
  "killed in the middle of a purge: the record says the truth, and the next start completes it",
  async (t) => {
    const { directory: good, key, ids } = await logOf(t);
    const script = join(import.meta.dirname, "purge-and-die.ts");
    const now = start + 40 * day;
    const moments = ["keep 1", "destroy 1", "destroy 2", "destroy 3"];
    for (const moment of moments) {
      const directory = join(newDirectory(t), "copy");
      cpSync(good, directory, { recursive: true });
      const run = (...more: string[]) =>
        spawnSync(process.execPath, [script, directory, String(now), ...more]);
      t.equal(run(...moment.split(" ")).signal, "SIGKILL", moment);

      const log = openLogReader(join(directory, "log"));
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
      const again = openLogReader(join(directory, "log"));
      t.equal((await again.documentsOf("erasure")).length, 1, "nothing is stated twice");
      again.close();
    }
  },
);
