import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { monotonic } from "../../src/core/clock.ts";
import { openArchiveReader } from "../../src/messagelog/archive/archive-reader.ts";
import { verifyPackages } from "../../src/messagelog/archive/verify-packages.ts";
import { buildEvidencePackage } from "../../src/messagelog/evidence/evidence-package.ts";
import { collectEvidence } from "../../src/messagelog/evidence/evidence-package-collect.ts";
import { EvidenceReader } from "../../src/messagelog/evidence-reader.ts";
import { archiveScene, day } from "./archive/archive-scene.ts";

/*
 * Measures the verification of a folder of packages: `npx node test/messagelog/measure-verify-packages.ts [packages]
 * [rounds]`. Exchanges of two messages with real signatures (ES256), in one batch, all under one configuration. CPU is
 * that of the whole process, threads included; the median of the rounds is told, and all of them.
 */
const packages = Number(process.argv[2] ?? 1000);
const rounds = Number(process.argv[3] ?? 5);
const closers: (() => unknown)[] = [];
const scene = await archiveScene({ teardown: (close) => closers.unshift(close) });
const ids = await scene.exchanges(packages);
const at = scene.clock.time + day;
await scene.archiveUntil(at);
const folder = join(scene.state, "packages");
mkdirSync(folder);
const reader = new EvidenceReader(await openArchiveReader(scene.archive), scene.vault);
let size = 0;
for (const id of ids) {
  const trusted = scene.scene.published.authority.anchor;
  const collected = await collectEvidence(reader, id, trusted, { heads: "shown" });
  if (collected.outcome !== "collected") throw new Error(collected.outcome);
  const bytes = await buildEvidencePackage(collected.parts);
  size += bytes.length;
  writeFileSync(join(folder, `${id}.zip`), bytes);
}
console.log(`${packages} packages of ${Math.round(size / packages / 1024)} KiB`);

const paths = ids.map((id) => join(folder, `${id}.zip`));
for (const threads of [1, 2]) {
  const measured: { readonly seconds: number; readonly cpu: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    const [since, before] = [monotonic(), process.cpuUsage()];
    for await (const { path, verdict } of verifyPackages(paths, { anchor: scene.anchor, at, threads })) {
      if (verdict.verdict !== "valid") throw new Error(`${path}: ${verdict.verdict}`);
    }
    const { user, system } = process.cpuUsage(before);
    measured.push({ seconds: (monotonic() - since) / 1000, cpu: (user + system) / 1e6 });
  }
  tell(`${threads} thread(s)`, measured);
}
for (const close of closers) await close();

function tell(what: string, measured: readonly { readonly seconds: number; readonly cpu: number }[]): void {
  const messages = 2 * packages;
  const rates = (key: "seconds" | "cpu") =>
    measured.map((one) => Math.round(messages / one[key])).sort((a, b) => a - b);
  const told = (all: readonly number[]) => `${all[all.length >> 1]} (${all.join(", ")})`;
  console.log(`${what}: ${told(rates("cpu"))} messages a second of CPU, ${told(rates("seconds"))} a second`);
}
