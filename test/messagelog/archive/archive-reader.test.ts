import { join } from "node:path";
import t from "tap";
import { restoreArchive } from "../../../src/assembly/restore-archive.ts";
import { openArchiveReader } from "../../../src/messagelog/archive/archive-reader.ts";
import { buildEvidencePackage } from "../../../src/messagelog/evidence/evidence-package.ts";
import { collectEvidence } from "../../../src/messagelog/evidence/evidence-package-collect.ts";
import { EvidenceReader } from "../../../src/messagelog/evidence-reader.ts";
import type { LogReader, StoredRecord } from "../../../src/messagelog/message-store.ts";
import { openLogReader } from "../../../src/store/sqlite/log-reader.ts";
import { checkChains } from "../check-chains.ts";
import { judged as judgedPackage } from "../evidence-tampering.ts";
import { archiveScene, day } from "./archive-scene.ts";

/** Readers leave out an absent body or say that it is undefined. */
function plain(record: StoredRecord) {
  return { ...record, body: record.body ?? null };
}

/** Everything that a reader tells of a log. */
async function everything(log: LogReader) {
  const writers = await log.writers();
  const records: ReturnType<typeof plain>[] = [];
  for (const { writer, number } of writers) {
    for await (const chunk of log.records({ writer, first: 1, last: number }))
      records.push(...chunk.map(plain));
  }
  const batches = [];
  const documents = [];
  for (let number = 1; ; number++) {
    const batch = await log.batch(number);
    if (batch === undefined) break;
    batches.push({ ...batch, through: undefined });
    for await (const document of log.documentsIn(number)) documents.push(document);
  }
  const findings = [];
  for await (const finding of checkChains(log)) findings.push(finding);
  const closed = (await log.closedTips()).map(({ writer, number, chain }) => ({ writer, number, chain }));
  return { writers, records, batches, documents, closed, findings };
}

const scene = await archiveScene(t);
const [first] = await scene.exchanges(2);
scene.clock.time += day;
await scene.restart();
const [second] = await scene.exchanges(1);
const until = scene.clock.time + day;
await scene.archiveUntil(until);

t.test("an archive is read as the log that it was made from", async (t) => {
  const live = openLogReader(scene.location);
  const archive = await openArchiveReader(scene.archive);
  t.teardown(() => live.close());
  const told = await everything(archive);
  t.strictSame(told, await everything(live));
  t.strictSame(told.findings, []);
  for (const id of [first!, second!])
    t.strictSame((await archive.find(id)).map(plain), (await live.find(id)).map(plain));
  t.strictSame(await archive.find("01a20320-a200-7480-a5eb-fbf01a2bb42d"), []);
  const [record] = await archive.find(second!);
  t.equal((await archive.batchOf(record!.writer, record!.number))?.number, 2);
  t.equal(await archive.batchOf(record!.writer, 17), undefined);
  t.match(await archive.unsealed(1), { spans: [], previous: { number: 2 } });
  const digest = record!.ocsp.sha256;
  t.strictSame(await archive.ocsp(digest), record!.ocsp);
});

t.test("an evidence package is made from the archive alone", async (t) => {
  const reader = new EvidenceReader(await openArchiveReader(scene.archive), scene.vault);
  const { anchor } = scene.scene.published.authority;
  for (const id of [first!, second!]) {
    const collected = await collectEvidence(reader, id, anchor, { heads: "shown" });
    if (collected.outcome !== "collected") throw new Error(collected.outcome);
    const bytes = await buildEvidencePackage(collected.parts);
    const options = { anchor: scene.anchor, at: scene.clock.time };
    t.match(await judgedPackage(bytes, options), { verdict: "valid", infos: ["body-not-kept"] });
  }
});

t.test("a log is restored from the archive, and over nothing", async (t) => {
  const target = join(scene.state, "restored");
  t.strictSame(await restoreArchive(scene.archive, target), { records: 6, bodies: 0 });
  const restored = openLogReader(join(target, "log"));
  const live = openLogReader(scene.location);
  t.strictSame(await everything(restored), await everything(live));
  t.strictSame(await restored.find(first!), await live.find(first!));
  restored.close();
  live.close();
  await t.rejects(restoreArchive(scene.archive, target), { code: "ENOTEMPTY" });
});
