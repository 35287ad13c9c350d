import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { sha256, toBase64Url } from "../../src/core/bytes.ts";
import { indexGroup, indexRow, leafOf } from "../../src/messagelog/batch.ts";
import type { EvidenceReader } from "../../src/messagelog/evidence-reader.ts";
import { parseSearchTags, searchTag } from "../../src/messagelog/search-tags.ts";
import { uuidBytes } from "../../src/messagelog/uuid-bytes.ts";
import { buildHashTree } from "../../src/pki/hash-tree.ts";
import { openForWriting } from "../../src/store/sqlite/database.ts";
import { checkChains } from "./check-chains.ts";
import { sampleAnswer, sampleRecord } from "./sample-record.ts";
import { sealingScene, verdictOf } from "./sealing-scene.ts";

const marker = "marker-38001010000";

function heads(exchangeId: string) {
  return async (reader: EvidenceReader) =>
    (await reader.findExchange(exchangeId)).records.map(({ head }) =>
      head.state === "readable" ? head.bytes.toString() : head.state,
    );
}

t.test(
  "a head is read with the vault, withheld without it, erased with its key; the proof stays",
  async (t) => {
    const scene = await sealingScene(t);
    const log = await scene.open();
    const question = sampleRecord({ time: scene.clock.now(), head: marker });
    const answer = sampleAnswer(question, question.time);
    await log.append(question);
    await log.append(answer);
    await log.sealNow();
    t.strictSame(await scene.read(heads(question.exchangeId)), [
      question.head.toString(),
      answer.head.toString(),
    ]);
    t.strictSame(await scene.read(heads(question.exchangeId), "no vault"), ["withheld", "withheld"]);
    for (const key of await scene.vault.keysOf(scene.clock.now())) await scene.vault.destroy(key.id, 0);
    t.strictSame(await scene.read(heads(question.exchangeId)), ["erased", "erased"]);
    const { records } = await scene.read((reader) => reader.findExchange(question.exchangeId));
    t.strictSame(
      records.map((record) => verdictOf(record, scene)),
      ["valid", "valid"],
    );
  },
);

t.test("nothing of a head lies in clear in database, log of writes or vault", async (t) => {
  const { open, clock, directory } = await sealingScene(t);
  const log = await open();
  for (let i = 0; i < 20; i++) await log.append(sampleRecord({ time: clock.now(), head: marker }));
  // By another process: closing a file here would release SQLite's locks on it.
  const found = spawnSync("grep", ["-r", "-l", marker, directory], { encoding: "utf8" });
  t.strictSame([found.status, found.stdout], [1, ""]);
  const exchanges = spawnSync("grep", ["-r", "-l", "filler", directory], { encoding: "utf8" });
  t.match(exchanges.stdout, "log.db-wal", "the search does find what is in clear");
});

t.test("a record is found by the tags of its persons, and the batch holds on to them", async (t) => {
  const scene = await sealingScene(t);
  const log = await scene.open();
  const subjects = [{ role: "asked-about", scheme: "dev:personal-code", value: "EE38001010000" }];
  const [named, nobody] = [
    sampleRecord({ time: scene.clock.now(), subjects }),
    sampleRecord({ time: scene.clock.now() }),
  ];
  await log.append(named);
  await log.append(nobody);
  await log.sealNow();
  await scene.read(async ({ log }) => {
    const [first, second] = [(await log.find(named.exchangeId))[0]!, (await log.find(nobody.exchangeId))[0]!];
    const [tag] = parseSearchTags(first.tags);
    const found = await scene.vault.find(uuidBytes(tag!.key));
    if (found.state !== "present") throw new Error("the key of the quarter is in the vault");
    t.match(tag, { role: "asked-about", scheme: "dev:personal-code" });
    t.equal(tag!.tag, searchTag(found.key, "dev:personal-code", "EE38001010000"));
    t.not(tag!.tag, searchTag(found.key, "other:personal-code", "EE38001010000"));
    t.equal(second.tags.length, 0);
    const rows = [first, second].map((record) => indexRow(record, record.tags));
    const leaf = leafOf(indexGroup(buildHashTree(rows).root));
    t.equal((await log.batch(1))!.leaves.indexOf(leaf) % 32, 0);
  });
  const stored = spawnSync("grep", ["-r", "-l", "38001010000", scene.directory], { encoding: "utf8" });
  t.strictSame([stored.status, stored.stdout], [1, ""]);
});

t.test("the context documents to which an exchange refers come with it", async (t) => {
  const { open, clock, read } = await sealingScene(t);
  const log = await open();
  const bytes = Buffer.from("the agreement of that day");
  const document = { kind: "agreement", sha256: toBase64Url(sha256(bytes)), bytes } as const;
  await log.keep(document);
  await log.keep({ kind: "rules", sha256: toBase64Url(sha256("another")), bytes: Buffer.from("another") });
  const secret = {
    kind: "permission",
    sha256: toBase64Url(sha256("one")),
    bytes: Buffer.from("one"),
  } as const;
  await log.keep(secret);
  const named = [document, secret].map(({ sha256 }) => `{"id":"a","sha256":"${sha256}"}`);
  const exchange = Buffer.from(`{"agreement":${named[0]},"rules":${named[1]}}`);
  const record = { ...sampleRecord({ time: clock.now() }), exchange };
  await log.append(record);
  t.strictSame((await read((reader) => reader.findExchange(record.exchangeId))).documents, [document]);
});

t.test(
  "alteration and loss of a record are found, and no evidence record is made of what was altered",
  async (t) => {
    const { open, clock, read, location } = await sealingScene(t);
    const log = await open();
    const records = Array.from({ length: 6 }, () => sampleRecord({ time: clock.now() }));
    for (const record of records) await log.append(record);
    await log.close();
    const database = openForWriting(join(location, "log.db"));
    database.prepare("UPDATE records SET exchange = ? WHERE key & 0xffffffff = 2").run(Buffer.from("{}"));
    database.prepare("UPDATE records SET time = time + 1 WHERE key & 0xffffffff = 3").run();
    database.prepare("DELETE FROM records WHERE key & 0xffffffff = 5").run();
    database.close();
    await read(async (reader) => {
      const findings: unknown[] = [];
      for await (const { number, finding } of checkChains(reader.log)) findings.push([number, finding]);
      t.strictSame(findings, [
        [2, "the record was altered"],
        [3, "the record was altered"],
        [5, "the record is missing"],
      ]);
      await t.rejects(reader.findExchange(records[1]!.exchangeId), RangeError);
    });
  },
);

t.test("a signature that could not be sealed is refused at once", async (t) => {
  const { open, clock } = await sealingScene(t);
  const log = await open();
  const record = { ...sampleRecord({ time: clock.now() }), signature: "no detached signature" };
  await t.rejects(log.append(record), { code: "internal_error" });
});

t.test("a vault that cannot be written refuses the record", async (t) => {
  const { open, clock, directory } = await sealingScene(t);
  const log = await open();
  await log.append(sampleRecord({ time: clock.now() }));
  const folder = join(directory, "vault", encodeURIComponent("DEV/GOV/10000001"));
  writeFileSync(join(folder, "2026-11-23"), "in the way of the day's folder");
  const record = sampleRecord({ time: clock.now() + 24 * 3_600_000 });
  await t.rejects(log.append(record), { code: "log_unavailable" });
  t.match(await log.append(sampleRecord({ time: clock.now() })), { outcome: "recorded" });
});
