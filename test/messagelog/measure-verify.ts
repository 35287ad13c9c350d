import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { monotonic } from "../../src/core/clock.ts";
import { openArchiveReader } from "../../src/messagelog/archive/archive-reader.ts";
import {
  verifyArchiveInThreads,
  verifyPackagesInThreads,
} from "../../src/messagelog/archive/verify-in-threads.ts";
import { buildEvidencePackage } from "../../src/messagelog/evidence/evidence-package.ts";
import { collectEvidence } from "../../src/messagelog/evidence/evidence-package-collect.ts";
import { verifyPackage } from "../../src/messagelog/evidence/verify-package.ts";
import { EvidenceReader } from "../../src/messagelog/evidence-reader.ts";
import { archiveScene, day, verifyHere } from "./archive/archive-scene.ts";

/*
 * Measures offline verification: `npx node test/messagelog/measure-verify.ts [exchanges] [packages]`. Exchanges of two
 * messages with real signatures (ES256), in one batch; verified as an archive and as packages, first on one core
 * without threads, then on all. Each is done three times, for every time is told.
 */
const exchanges = Number(process.argv[2] ?? 10_000);
const packages = Number(process.argv[3] ?? 500);
const closers: (() => unknown)[] = [];
const scene = await archiveScene({ teardown: (close) => closers.unshift(close) });
const ids = await scene.exchanges(exchanges);
const at = scene.clock.time + day;
const archiving = monotonic();
await scene.archiveUntil(at);
tell("archived", 2 * exchanges, archiving, 0);

function tell(what: string, messages: number, since: number, cpuBefore: number): void {
  const seconds = (monotonic() - since) / 1000;
  const { user, system } = process.cpuUsage();
  const cpu = (user + system - cpuBefore) / messages;
  const perMessage = cpuBefore === 0 ? "" : `, ${cpu.toFixed(0)} µs of CPU a message`;
  console.log(`${what}: ${Math.round(messages / seconds)} messages/s${perMessage}`);
}

async function threeTimes(what: string, messages: number, work: () => Promise<string>): Promise<void> {
  for (let round = 0; round < 3; round++) {
    const { user, system } = process.cpuUsage();
    const since = monotonic();
    const verdict = await work();
    if (verdict !== "valid") throw new Error(`${what}: ${verdict}`);
    tell(what, messages, since, user + system);
  }
}

const { anchor, archive } = scene;
const threads = availableParallelism();
await threeTimes("archive, one core", 2 * exchanges, async () => {
  return (await verifyHere(archive, "archive", anchor, at)).verdict;
});
await threeTimes(`archive, ${threads} threads`, 2 * exchanges, async () => {
  const options = { anchor, at, threads, progress: () => undefined };
  return (await verifyArchiveInThreads(archive, "archive", options)).verdict;
});

const folder = join(scene.state, "packages");
mkdirSync(folder);
const reader = new EvidenceReader(await openArchiveReader(archive), scene.vault);
const made: Buffer[] = [];
for (const id of ids.slice(0, packages)) {
  const collected = await collectEvidence(reader, id, scene.scene.published.authority.anchor, {
    heads: "shown",
  });
  if (collected.outcome !== "collected") throw new Error(collected.outcome);
  made.push(await buildEvidencePackage(collected.parts));
  writeFileSync(join(folder, `${id}.zip`), made.at(-1)!);
}
await threeTimes("packages, one core", 2 * made.length, async () => {
  for (const bytes of made) {
    const { verdict } = await verifyPackage(bytes, { anchor, at });
    if (verdict !== "valid") return verdict;
  }
  return "valid";
});
const paths = ids.slice(0, packages).map((id) => join(folder, `${id}.zip`));
await threeTimes(`packages, ${threads} threads`, 2 * made.length, async () => {
  for await (const { verdict } of verifyPackagesInThreads(paths, { anchor, at, threads })) {
    if (verdict.verdict !== "valid") return verdict.verdict;
  }
  return "valid";
});
for (const close of closers) await close();
