import { availableParallelism } from "node:os";
import { monotonic } from "../../src/core/clock.ts";
import { verifyArchiveInThreads } from "../../src/messagelog/archive/verify-in-threads.ts";
import { archiveScene, day, verifyHere } from "./archive/archive-scene.ts";

/*
 * Measures the verification of an archive: `npx node test/messagelog/measure-verify.ts [exchanges]`. Exchanges of two
 * messages with real signatures (ES256), in one batch; first on one core without threads, then on all. Each is done
 * three times, and every time is told.
 */
const exchanges = Number(process.argv[2] ?? 10_000);
const closers: (() => unknown)[] = [];
const scene = await archiveScene({ teardown: (close) => closers.unshift(close) });
await scene.exchanges(exchanges);
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

for (const close of closers) await close();
