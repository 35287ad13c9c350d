import { join } from "node:path";
import type { Test } from "tap";
import { monotonic } from "../../src/core/clock.ts";
import { logScene } from "./check/log-scene.ts";

/*
 * Measures the check of a whole log: `npx node test/messagelog/measure-check.ts [records]`. Signed records (ES256) in
 * batches of 10,000; every record, signature, head, tree and token is computed anew, three times.
 */
const records = Number(process.argv[2] ?? 20_000);
const batch = 10_000;
const closers: (() => unknown)[] = [];
const scene = await logScene({
  teardown: (close: () => unknown) => closers.unshift(close),
} as unknown as Test);
const log = await scene.open();
let evidenceRecord = 0;
for (let done = 0; done < records; done += batch) {
  await scene.append(log, Math.min(batch, records - done));
  await log.sealNow();
}
await log.close();
await scene.read(async (reader) => {
  const { writer } = (await reader.log.writers())[0]!;
  for await (const [first] of reader.log.records({ writer, first: 1, last: 1 })) {
    evidenceRecord = (await reader.evidenceOf(first!)).sealed!.evidenceRecord.length;
  }
});
console.log(`evidence record in a batch of ${Math.min(batch, records)}: ${evidenceRecord} bytes`);
for (let round = 0; round < 3; round++) {
  const { user, system } = process.cpuUsage();
  const since = monotonic();
  const { damages } = await scene.check(join(scene.directory, "log"));
  const seconds = (monotonic() - since) / 1000;
  const used = process.cpuUsage();
  const cpu = (used.user + used.system - user - system) / records;
  if (damages.length > 0) throw new Error(JSON.stringify(damages[0]));
  console.log(`checked: ${Math.round(records / seconds)} records/s, ${cpu.toFixed(0)} µs of CPU a record`);
}
for (const close of closers) await close();
