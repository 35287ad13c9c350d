import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { BodyInMemory } from "../../../src/exchange/body-in-memory.ts";
import type { MessageRecord, RecordRetention } from "../../../src/messagelog/message-record.ts";
import { sampleRecord } from "../sample-record.ts";
import { sealingScene } from "../sealing-scene.ts";

const retention: RecordRetention = {
  head: { name: "heads", keepDays: 30, graceDays: 5 },
  body: { name: "bodies", keepDays: 10, graceDays: 5 },
};
const person = "46808039945";

function withBody(time: number, bytes: Buffer): MessageRecord {
  return { ...sampleRecord({ time }), retention, body: new BodyInMemory(bytes, "sha512") };
}

/** A body of which nothing may be found on disk. */
function bodyOf(length: number): Buffer {
  return Buffer.concat([Buffer.from(`{"code":"${person}"}`), randomBytes(length)]).subarray(0, length);
}

async function kept(t: Test, bytes: Buffer) {
  const scene = await sealingScene(t);
  const log = await scene.open();
  const record = withBody(scene.clock.now(), bytes);
  t.match(await log.append(record), { outcome: "recorded" });
  const read = () =>
    scene.read(async (reader) => {
      const [stored] = await reader.log.find(record.exchangeId);
      return { stored: stored!, content: await reader.bodyOf(stored!) };
    });
  return { scene, log, record, read };
}

function files(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

for (const length of [1, 65_536, 65_537, 262_144, 600_000]) {
  t.test(`a body of ${length} bytes is kept, encrypted, and read back`, async (t) => {
    const bytes = bodyOf(length);
    const { scene, read } = await kept(t, bytes);
    const { stored, content } = await read();
    t.ok(content.state === "readable" && content.bytes.equals(bytes));
    const inFile = length > 65_536;
    t.equal(files(scene.bodiesDirectory).length, inFile ? 1 : 0, "a file for a large one only");
    t.match(stored.body, inFile ? { file: /^[0-9a-f-]{36}\/[0-9a-f]{32}$/ } : { file: "" });
    for (const file of files(scene.directory)) {
      t.notOk(readFileSync(file).includes(person), `${file} says nothing of it`);
    }
  });
}

t.test("without a class for it a body is not kept, whoever hands it over", async (t) => {
  const scene = await sealingScene(t);
  const log = await scene.open();
  const body = new BodyInMemory(bodyOf(100), "sha512");
  for (const record of [
    { ...sampleRecord({ time: scene.clock.now() }), body },
    { ...sampleRecord({ time: scene.clock.now() }), body, retention: { ...retention, body: undefined } },
    { ...sampleRecord({ time: scene.clock.now() }), body: null, retention },
  ]) {
    await log.append(record);
    await scene.read(async (reader) => {
      const [stored] = await reader.log.find(record.exchangeId);
      t.strictSame(await reader.bodyOf(stored!), { state: "not-kept" });
    });
  }
});

t.test("head and body have keys of their own; with one destroyed the other is read", async (t) => {
  const { scene, read } = await kept(t, bodyOf(500));
  const { stored } = await read();
  await scene.vault.destroy(stored.body!.keyId, scene.clock.now());
  t.strictSame((await read()).content, { state: "erased" });
  await scene.read(async (reader) => {
    const { records } = await reader.findExchange(stored.exchangeId);
    t.equal(records[0]!.head.state, "readable");
  });
});

t.test("the file of a body that was altered or cut is not read", async (t) => {
  const { scene, read } = await kept(t, bodyOf(600_000));
  const [file] = files(scene.bodiesDirectory);
  const good = readFileSync(file!);
  for (const at of [0, 40, good.length - 1]) {
    const altered = Buffer.from(good);
    altered[at]! ^= 1;
    writeFileSync(file!, altered);
    t.strictSame((await read()).content, { state: "unreadable" }, `byte ${at} altered`);
  }
  for (const length of [0, 33, 32 + 262_160, good.length - 1]) {
    writeFileSync(file!, good);
    truncateSync(file!, length);
    t.strictSame((await read()).content, { state: "unreadable" }, `cut to ${length} bytes`);
  }
  const moved = Buffer.concat([
    good.subarray(0, 32),
    good.subarray(32 + 262_160, 32 + 2 * 262_160),
    good.subarray(32, 32 + 262_160),
    good.subarray(32 + 2 * 262_160),
  ]);
  writeFileSync(file!, moved);
  t.strictSame((await read()).content, { state: "unreadable" }, "blocks exchanged");
});

t.test("a resend leaves no second file behind", async (t) => {
  const { scene, log, record } = await kept(t, bodyOf(70_000));
  t.match(await log.append(record), { outcome: "resend" });
  t.equal(files(scene.bodiesDirectory).length, 1);
});

t.test("a large body that cannot be written refuses the record, and nothing is recorded", async (t) => {
  const scene = await sealingScene(t);
  const log = await scene.open();
  writeFileSync(scene.bodiesDirectory, "in the way of the folder");
  const record = withBody(scene.clock.now(), bodyOf(70_000));
  await t.rejects(log.append(record), { code: "log_unavailable", detail: "a large body cannot be kept" });
  t.match(await log.append(withBody(scene.clock.now(), bodyOf(10))), { outcome: "recorded" });
  t.strictSame(await scene.read((reader) => reader.log.find(record.exchangeId)), []);
});
