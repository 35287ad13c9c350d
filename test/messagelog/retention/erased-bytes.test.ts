import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { openLogReader } from "../../../src/store/sqlite/log-reader.ts";
import { retentionScene } from "./retention-scene.ts";

/* What was overwritten stands nowhere on the disk any more, not even encrypted: neither in free pages nor in the WAL. */

function filesWith(directory: string, bytes: Buffer): string[] {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return files
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => readFileSync(file).includes(bytes));
}

t.test("the ciphertext of an erased record is gone from database and write-ahead log", async (t) => {
  const { office, keep, stored, directory } = await retentionScene(t);
  const id = await keep({ body: Buffer.alloc(40_000, 7), head: "x".repeat(20_000) });
  const others = [await keep(), await keep()];
  const { head, body } = await stored(id);
  // Long content lies in parts on pages: each part is looked for.
  const parts = [head.bytes, body!.bytes].flatMap((bytes) =>
    Array.from({ length: Math.floor(bytes.length / 4096) }, (_, i) =>
      bytes.subarray(i * 4096, i * 4096 + 64),
    ),
  );
  const found = () => parts.filter((part) => filesWith(directory, part).length > 0).length;
  t.ok(found() > parts.length / 2, "they are there before");
  await office.execute({ order: "erase", exchangeId: id, reason: "r", by: "b", dryRun: false });
  t.equal(found(), 0);
  t.match((await stored(others[1]!)).head.bytes.length, 1024 + 28, "others are whole");
});

t.test("a reader in the way of the write-ahead log delays it to the next commit", async (t) => {
  const { office, keep, stored, directory, location } = await retentionScene(t);
  const id = await keep({ head: "x".repeat(20_000) });
  const part = (await stored(id)).head.bytes.subarray(4096, 4160);
  const reader = openLogReader(location);
  const walk = reader.records({ writer: (await reader.writers())[0]!.writer, first: 1, last: 1 });
  await walk[Symbol.asyncIterator]().next();
  await office.execute({ order: "erase", exchangeId: id, reason: "r", by: "b", dryRun: false });
  reader.close();
  await keep();
  t.strictSame(filesWith(directory, part), []);
});

t.test("what a hold encrypted anew leaves its old form nowhere", async (t) => {
  const { office, keep, stored, directory, clock } = await retentionScene(t);
  const id = await keep({ head: "x".repeat(20_000) });
  const part = (await stored(id)).head.bytes.subarray(4096, 4160);
  await office.execute({
    ...{ order: "hold", dryRun: false, case: "7", authority: "court", review: clock.now() + 1 },
    ...{ scope: { kind: "exchanges", ids: [id] }, by: ["A", "B"] },
  });
  t.strictSame(filesWith(directory, part), []);
});
