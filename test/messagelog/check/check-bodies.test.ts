import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { sha512 } from "../../../src/core/bytes.ts";
import { serializeHead } from "../../../src/message/head.ts";
import { noOpenings } from "../../../src/message/openings.ts";
import type { DurableMessageLog } from "../../../src/messagelog/message-log.ts";
import type { RecordRetention } from "../../../src/messagelog/message-record.ts";
import { keepErasure } from "../../../src/messagelog/retention/erasure-statement.ts";
import { logScene, member } from "./log-scene.ts";

/* Bodies that the log keeps, in rows and in files: each damage is named. */

const scene = await logScene(t);
const { check, damage, location, bodiesDirectory } = scene;
const retention: RecordRetention = {
  head: { name: "heads", keepDays: 30, graceDays: 7 },
  body: { name: "bodies", keepDays: 10, graceDays: 7 },
};

/** A request with a body that is kept. @param bound what its head binds, when that is another */
async function keep(log: DurableMessageLog, body: Buffer, bound = body): Promise<void> {
  const head = serializeHead({
    start: { kind: "request", method: "POST", target: "/x" },
    ...{ headers: [], asOf: null, openings: noOpenings, nonce: randomBytes(16) },
    body: { digest: sha512(bound), length: bound.length },
  });
  async function* blocks() {
    yield body;
  }
  await scene.appendOne(log, { head, retention, body: { bytes: body, length: body.length, blocks } });
}

const log = await scene.open();
await keep(log, Buffer.from("a small one"));
await keep(log, randomBytes(700_000));
await scene.append(log, 1);
await log.sealNow();

const found = async (at = location, change: Parameters<typeof check>[1] = {}) =>
  (await check(at, change)).damages.map(({ detail, kind, number }) => `${kind} ${number}: ${detail}`);

const [folder] = readdirSync(bodiesDirectory);
const [name] = readdirSync(join(bodiesDirectory, folder!));
const file = join(bodiesDirectory, folder!, name!);
const whole = readFileSync(file);

t.test("kept bodies that are what was signed are no damage, and counted", async (t) => {
  t.strictSame(await found(), []);
  t.match(await check(location), { contents: { readable: 3, bodies: 2 } });
  t.match(await check(location, { vault: undefined }), { damages: { length: 0 }, contents: { bodies: 0 } });
});

t.test("a body in a row that is changed", async (t) => {
  const copy = damage(location, (db) =>
    db.exec("UPDATE records SET body = zeroblob(length(body)) WHERE length(body) > 0"),
  );
  t.strictSame(await found(copy), ["body-changed 1: it cannot be decrypted"]);
});

t.test("the file of a body that is changed, cut short or deleted", async (t) => {
  writeFileSync(file, Buffer.concat([whole.subarray(0, 300_000), randomBytes(1), whole.subarray(300_001)]));
  t.strictSame(await found(), ["body-changed 2: it cannot be decrypted"]);
  writeFileSync(file, whole.subarray(0, -1));
  t.strictSame(await found(), ["body-changed 2: it cannot be decrypted"]);
  rmSync(file);
  t.strictSame(await found(), ["body-missing 2: its file is gone"]);
  writeFileSync(file, whole);
  t.strictSame(await found(), []);
});

t.test("another body than the signed head binds, under the right key", async (t) => {
  await keep(log, Buffer.from("what was put in"), Buffer.from("what was signed"));
  t.strictSame(await found(), ["body-changed 4: it is another one than the signed head binds"]);
});

t.test(
  "a body whose key is gone: without an erasure in the log it is damage, with one it is not",
  async (t) => {
    await scene.vault.destroy(Buffer.from(folder!.replaceAll("-", ""), "hex"), scene.clock.now());
    t.strictSame((await found()).toSorted(), [
      "body-missing 1: the key of the body is destroyed",
      "body-missing 2: the key of the body is destroyed",
      "body-missing 4: the key of the body is destroyed",
    ]);
    const statement = {
      ...{ instance: "DEV", time: scene.clock.now(), member, by: "rule", reason: null, records: [] },
      keys: [
        {
          ...{ class: "bodies", part: "body", day: "2026-11-22", hold: null, keys: [folder!] },
          rule: { keepDays: 10, graceDays: 7 },
        },
      ],
    };
    await keepErasure(log, scene.signer, statement);
    t.strictSame(await found(), []);
  },
);
