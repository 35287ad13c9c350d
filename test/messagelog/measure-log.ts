import { createSecretKey, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monotonic, systemClock } from "../../src/core/clock.ts";
import { buildBatch } from "../../src/messagelog/batch-builder.ts";
import { openMessageLog } from "../../src/messagelog/message-log.ts";
import { openVault } from "../../src/messagelog/vault.ts";
import { openLogReader } from "../../src/store/sqlite/log-reader.ts";
import { openSqliteMessageStore } from "../../src/store/sqlite/message-store.ts";
import { sampleAnswer, sampleRecord } from "./sample-record.ts";

/*
 * Measures the log through its public interface: `npx node test/messagelog/measure-log.ts [in flight] [exchanges]`.
 * Exchanges of 1.2 KiB, signatures of 2.2 KiB, heads of 1.0 KiB, two appends an exchange; then the building of a
 * batch of 10,000. Records are made before the clock starts.
 */
const inFlight = Number(process.argv[2] ?? 32);
const count = Number(process.argv[3] ?? 20_000);
const directory = mkdtempSync(join(tmpdir(), "sealway-measure-"));
const location = join(directory, "log");

const log = await openMessageLog({
  store: await openSqliteMessageStore({ directory: location, clock: systemClock }),
  vault: await openVault(join(directory, "vault"), createSecretKey(randomBytes(32))),
  readerModule: new URL("../../src/store/sqlite/log-reader.ts", import.meta.url).href,
  location,
  bodiesDirectory: join(directory, "bodies"),
  timestampSources: () => ({ authorities: [], anchors: [], clock: systemClock, timeoutMs: 0, pausesMs: [] }),
  freshOcsp: () => Promise.reject(new Error("no responder")),
  clock: systemClock,
  after: () => () => undefined,
});

const exchanges = Array.from({ length: count }, () => {
  const question = sampleRecord({ time: systemClock.now() });
  return [question, sampleAnswer(question, question.time)] as const;
});

/** Appends both records of the exchanges of a range, so many at a time; the waits in milliseconds. */
async function appendAll(from: number, to: number): Promise<number[]> {
  const waits: number[] = [];
  let next = from;
  const worker = async () => {
    while (next < to) {
      for (const record of exchanges[next++]!) {
        const start = monotonic();
        await log.append(record);
        waits.push(monotonic() - start);
      }
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  return waits.sort((a, b) => a - b);
}

await appendAll(0, count / 4);
const start = monotonic();
const [all, main] = [process.cpuUsage(), process.threadCpuUsage()];
const waits = await appendAll(count / 4, count);
const seconds = (monotonic() - start) / 1000;
const [allUsed, mainUsed] = [process.cpuUsage(all), process.threadCpuUsage(main)];
const perRow = ({ user, system }: NodeJS.CpuUsage) => (user + system) / waits.length;
const milliseconds = (part: number) => waits[Math.floor(waits.length * part)]!.toFixed(2);
console.log(`${inFlight} in flight: ${Math.round(waits.length / seconds)} records/s`);
console.log(
  `waits: p50 ${milliseconds(0.5)} ms, p99 ${milliseconds(0.99)} ms, most ${waits.at(-1)!.toFixed(1)} ms`,
);
console.log(
  `CPU a record: ${perRow(mainUsed).toFixed(1)} µs here, ${(perRow(allUsed) - perRow(mainUsed)).toFixed(1)} µs in the writer`,
);

const reader = openLogReader(location);
for (let round = 0; round < 5; round++) {
  const start = monotonic();
  await buildBatch(reader, { limit: 10_000, freshSince: 0, settled: [] });
  console.log(`batch of 10,000: ${(monotonic() - start).toFixed(0)} ms`);
}
reader.close();
await log.close();
rmSync(directory, { recursive: true });
