import { existsSync } from "node:fs";
import { join } from "node:path";
import { restoreArchive } from "../../../src/assembly/restore-archive.ts";
import { openArchiveReader } from "../../../src/messagelog/archive/archive-reader.ts";
import { buildEvidencePackage } from "../../../src/messagelog/evidence/evidence-package.ts";
import { collectEvidence } from "../../../src/messagelog/evidence/evidence-package-collect.ts";
import { EvidenceReader } from "../../../src/messagelog/evidence-reader.ts";
import { everything, plain } from "../../store/contract/restoring.ts";
import { testOnStores } from "../../store/test-on-stores.ts";
import { judged as judgedPackage } from "../evidence-tampering.ts";
import { archiveScene, day } from "./archive-scene.ts";

const test = await testOnStores();

test("an archive of a log", async (t, newStore) => {
  const scene = await archiveScene(t, newStore);
  const [first] = await scene.exchanges(2);
  scene.clock.time += day;
  await scene.restart();
  const [second] = await scene.exchanges(1);
  const until = scene.clock.time + day;
  await scene.archiveUntil(until);

  await t.test("an archive is read as the log that it was made from", async (t) => {
    const live = scene.openReader();
    const archive = await openArchiveReader(scene.archive);
    t.teardown(() => live.close());
    const told = await everything(archive);
    t.strictSame(told, await everything(live));
    t.strictSame(told.findings, []);
    for (const id of [first!, second!])
      t.strictSame((await archive.find(id)).map(plain), (await live.find(id)).map(plain));
    t.strictSame(await archive.find("01a20320-a200-7480-a5eb-fbf01a2bb42d"), []);
    const [record] = await archive.find(second!);
    const heads = await archive.heads([record!, { writer: record!.writer, number: 1_000_000 }]);
    t.strictSame(
      heads.map(({ exchangeId, head }) => [exchangeId, head.sha256]),
      [[second, record!.head.sha256]],
    );
    t.equal((await archive.batchOf(record!.writer, record!.number))?.number, 2);
    t.equal(await archive.batchOf(record!.writer, 17), undefined);
    t.equal((await archive.sealOf(record!.writer, record!.number))?.batch, 2);
    t.equal(await archive.sealOf(record!.writer, 17), undefined);
    t.match(await archive.unsealed(1), { spans: { length: 0 }, previous: { number: 2 } });
    const digest = record!.ocsp.sha256;
    t.strictSame(await archive.ocsp(digest), record!.ocsp);
  });

  await t.test("an evidence package is made from the archive alone", async (t) => {
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

  await t.test("a log is restored from the archive, and over nothing", async (t) => {
    const stateDirectory = join(scene.state, "restored");
    const target = await newStore(stateDirectory);
    const { postgresql } = target;
    t.strictSame(await restoreArchive(scene.archive, { stateDirectory, postgresql }), {
      records: 6,
      bodies: 0,
    });
    const restored = target.openReader();
    const live = scene.openReader();
    t.strictSame(await everything(restored), await everything(live));
    t.strictSame(await restored.find(first!), await live.find(first!));
    restored.close();
    live.close();
    const code = postgresql === undefined ? "ENOTEMPTY" : "log_unavailable";
    await t.rejects(restoreArchive(scene.archive, { stateDirectory, postgresql }), { code });
    t.notOk(existsSync(`${stateDirectory}.unfinished`));
  });
});
