import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PerformanceObserver } from "node:perf_hooks";
import { setTimeout as wait } from "node:timers/promises";
import { monotonic } from "../../../src/core/clock.ts";
import { BenchLog } from "../../../src/dev/bench/bench-message-log.ts";
import { median } from "../../../src/dev/bench/measurement.ts";

/*
 * Measures how long the main thread is held up while the index of a log is built beside traffic, on Linux:
 * `npx node test/messagelog/search/measure-blocking.ts [records] [rounds]`. Each round: 400 exchanges a second are
 * recorded alone, while the index is built from the beginning, and while a process that has nothing to do with Sealway
 * computes at the same low priority. A late timer is told apart into what the main thread waited for a processor (by the
 * kernel's count: other threads' and processes' doing), what it computed, and the rest, in which it was blocked.
 */
const records = Number(process.argv[2] ?? 200_000);
const rounds = Number(process.argv[3] ?? 5);
const every = 5;
const seconds = 8;
/** Milliseconds in which a thread or process has begun: to start one takes the main thread some time. */
const begun = 1000;
/** Milliseconds in which an ended thread is forgotten: V8 gives back its memory after eight seconds, on the main thread. */
const forgotten = 10_000;

interface Held {
  /** Milliseconds: the longest that a timer was late; that it waited, computed, and was blocked between two timers. */
  readonly late: number;
  readonly queued: number;
  readonly computed: number;
  readonly blocked: number;
  /** The longest pause for garbage, a wait for a processor in it included. */
  readonly garbage: number;
  /** Times that a timer was late by more than 10 ms, and by more than that without the wait for a processor. */
  readonly often: number;
  readonly ownOften: number;
  /** Of a processor, by threads: whoever else there is. */
  readonly beside: number;
}

/** Milliseconds: of the clock, in the queue for a processor, and on one, by the main thread so far. */
function now() {
  const { user, system } = process.threadCpuUsage();
  const queued = Number(readFileSync("/proc/self/schedstat", "latin1").split(" ")[1]) / 1e6;
  return { at: monotonic(), queued, computed: (user + system) / 1000 };
}

/** Records traffic for some seconds and watches the main thread. */
async function watch(log: BenchLog): Promise<Held> {
  let garbage = 0;
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) garbage = Math.max(garbage, duration);
  });
  observer.observe({ entryTypes: ["gc"] });
  const pending: Promise<number>[] = [];
  const traffic = setInterval(() => pending.push(log.append(2)), every);
  const [all, main] = [process.cpuUsage(), process.threadCpuUsage()];
  const held = { late: 0, queued: 0, computed: 0, blocked: 0, often: 0, ownOften: 0 };
  await new Promise<void>((resolve) => {
    const end = monotonic() + 1000 * seconds;
    let last = now();
    const tick = () => {
      const next = now();
      const [queued, computed] = [next.queued - last.queued, next.computed - last.computed];
      const late = next.at - last.at - 1;
      held.late = Math.max(held.late, late);
      held.queued = Math.max(held.queued, queued);
      held.computed = Math.max(held.computed, computed);
      held.blocked = Math.max(held.blocked, late - queued - computed);
      if (late > 10) held.often++;
      if (late - queued > 10) held.ownOften++;
      last = now();
      if (last.at < end) setTimeout(tick, 1);
      else resolve();
    };
    setTimeout(tick, 1);
  });
  clearInterval(traffic);
  const used = (before: NodeJS.CpuUsage, after: NodeJS.CpuUsage) =>
    after.user + after.system - before.user - before.system;
  const beside = used(all, process.cpuUsage()) - used(main, process.threadCpuUsage());
  await Promise.all(pending);
  observer.disconnect();
  return { ...held, garbage, beside: beside / 1e6 / seconds };
}

/** A process that computes at the priority of the thread that builds the index. */
function stranger() {
  const program = "require('os').setPriority(19); for (;;) Math.sqrt(Math.random());";
  return spawn(process.execPath, ["-e", program], { stdio: "ignore" });
}

const directory = await mkdtemp(join(tmpdir(), "sealway-blocking-"));
const log = await BenchLog.open({ stateDirectory: join(directory, "log") });
await log.append(records / 2);
const told: Record<string, Held[]> = { alone: [], indexing: [], stranger: [] };
await watch(log);
for (let round = 0; round < rounds; round++) {
  told.alone!.push(await watch(log));
  await rm(join(directory, "log", "search"), { recursive: true, force: true });
  log.index("search");
  await wait(begun);
  told.indexing!.push(await watch(log));
  await log.stopIndex();
  await wait(forgotten);
  const other = stranger();
  await wait(begun);
  told.stranger!.push(await watch(log));
  other.kill();
}
for (const [what, all] of Object.entries(told)) {
  const of = (key: keyof Held) => all.map((one) => one[key]);
  const most = (key: keyof Held) =>
    `${median(of(key)).toFixed(1)} (at most ${Math.max(...of(key)).toFixed(1)})`;
  console.log(
    `${what.padEnd(9)} late by ${most("late")} ms; waited for a processor ${most("queued")}, computed ${most("computed")}, ` +
      `blocked ${most("blocked")}; garbage ${most("garbage")}; more than 10 ms ${most("often")} times, ` +
      `${most("ownOften")} times its own; ${median(of("beside")).toFixed(2)} processors beside`,
  );
}
await log.close();
await rm(directory, { recursive: true, force: true });
