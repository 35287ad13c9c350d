import { mkdtemp, rm } from "node:fs/promises";
import { cpus, release, tmpdir, totalmem, type } from "node:os";
import { join } from "node:path";
import { monotonic, systemClock } from "../../core/clock.ts";
import type { BenchPlan } from "./bench-plan.ts";
import type { BenchReport, Transfer } from "./bench-report.ts";
import { type ProfileSpan, readProfiles, type ThreadProfile } from "./cpu-profile.ts";
import { type Ground, openGround } from "./ground.ts";
import { LagWatch } from "./lag-watch.ts";
import type { TransferResult } from "./load-order.ts";
import { type Measurement, median, toFigures } from "./measurement.ts";
import { nginxVersion } from "./nginx.ts";
import { routeTitles } from "./routes.ts";

const bodyBytes = 1024;
const mib = 1024 * 1024;
const decision = "PR-2026-17";

/** A JSON document of exactly 1 KiB. */
const body = JSON.stringify({ echo: "x".repeat(bodyBytes - JSON.stringify({ echo: "" }).length) });

/** Where one thread of a gateway spent its time. */
export interface GatewayProfile extends ThreadProfile {
  readonly gateway: "consumer" | "provider";
}

export interface BenchRun {
  readonly report: BenchReport;
  /** Empty unless the gateways were profiled. */
  readonly profiles: readonly GatewayProfile[];
}

/** Told what is being done. */
export type Progress = (what: string) => void;

/**
 * Runs the benchmark: a country in a directory of its own, the same work on every way, the long bodies last.
 * @param signal ends it early, and every process with it
 * @throws Error when something cannot be started, a long body does not arrive, or the signal came
 */
export async function runBench(plan: BenchPlan, progress: Progress, signal: AbortSignal): Promise<BenchRun> {
  const directory = await mkdtemp(join(tmpdir(), "sealway-bench-"));
  try {
    progress("starting a country and what it is compared with");
    const ground = await openGround(plan, directory);
    signal.addEventListener("abort", () => void ground.close(), { once: true });
    let run: { readonly report: BenchReport; readonly spans: readonly ProfileSpan[] };
    try {
      signal.throwIfAborted();
      run = await runOn(ground, plan, progress);
    } finally {
      progress("stopping");
      await ground.close();
    }
    const { profileDirectory } = plan;
    const profiles = profileDirectory === undefined ? [] : await readProfiles(profileDirectory, run.spans);
    return { report: run.report, profiles: nameProfiles(profiles, ground) };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function runOn(ground: Ground, plan: BenchPlan, progress: Progress) {
  const startedAt = new Date(systemClock.now()).toISOString();
  const began = monotonic();
  const lag = new LagWatch(ground.country.healthUrls);
  try {
    const measurements = await measure(ground, plan, progress);
    const transfers = plan.largeMiB === 0 ? [] : await transferBoth(ground, plan, progress);
    const report = {
      machine: await describeMachine(),
      startedAt,
      seconds: (monotonic() - began) / 1000,
      rounds: plan.rounds,
      bodyBytes,
      figures: toFigures(measurements),
      transfers,
      worstLagMs: lag.worstMs,
    };
    return { report, spans: measurements.map(({ result }) => result.span) };
  } finally {
    lag.stop();
  }
}

/** The profiles of the two gateways, by their part; those of other processes and of earlier runs are left out. */
function nameProfiles(profiles: readonly ThreadProfile[], { processes }: Ground): GatewayProfile[] {
  return profiles.flatMap((profile) => {
    const gateway = (["consumer", "provider"] as const).find((name) => processes[name] === profile.pid);
    return gateway === undefined ? [] : [{ ...profile, gateway }];
  });
}

/** Ways stand side by side in each round, so that whatever else the machine does meets them all. */
async function measure(ground: Ground, plan: BenchPlan, progress: Progress): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  if (plan.span.kind === "time") await warmUp(ground, plan, progress);
  for (let round = 1; round <= plan.rounds; round++) {
    for (const connections of plan.concurrency) {
      for (const { name, url, headers, processes } of ground.routes) {
        progress(`round ${round} of ${plan.rounds}, c = ${connections}: ${routeTitles[name]}`);
        const order = { kind: "load", url, headers, watched: processes, connections, body } as const;
        const result = await ground.load({ ...order, span: plan.span });
        measurements.push({ route: name, connections, round, result });
      }
    }
  }
  return measurements;
}

/** Code is compiled as it is used: the first ten thousand calls cost twice as much as all later ones. */
async function warmUp({ load, routes }: Ground, plan: BenchPlan, progress: Progress): Promise<void> {
  const connections = Math.max(...plan.concurrency);
  for (const { name, url, headers } of routes) {
    progress(`warming up: ${routeTitles[name]}`);
    await load({ kind: "load", url, headers, watched: {}, connections, body, span: plan.span });
  }
}

async function transferBoth(ground: Ground, plan: BenchPlan, progress: Progress): Promise<Transfer[]> {
  const bytes = plan.largeMiB * mib;
  const paths = { up: "/decisions", down: `/decisions/${decision}/scan?bytes=${bytes}` } as const;
  const transfers: Transfer[] = [];
  for (const direction of ["up", "down"] as const) {
    const { url, headers } = ground.country.through("population/archive", paths[direction]);
    const results: TransferResult[] = [];
    for (let round = 1; round <= plan.rounds; round++) {
      progress(`round ${round} of ${plan.rounds}, ${plan.largeMiB} MiB ${direction}`);
      const { consumer, provider } = ground.processes;
      const watched = { consumer, provider };
      results.push(await ground.transfer({ kind: "transfer", direction, url, headers, bytes, watched }));
    }
    transfers.push({
      direction,
      mib: plan.largeMiB,
      mibPerSecond: median(results.map(({ seconds }) => plan.largeMiB / seconds)),
      growthMiB: largest(results.map(({ growthMiB }) => growthMiB)),
    });
  }
  return transfers;
}

function largest(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const names = Object.keys(all[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, Math.max(...all.map((one) => one[name] ?? 0))]));
}

async function describeMachine(): Promise<BenchReport["machine"]> {
  const processors = cpus();
  return {
    cpu: processors[0]?.model ?? "unknown",
    cores: processors.length,
    memoryMiB: Math.round(totalmem() / mib),
    system: `${type()} ${release()}`,
    node: process.version,
    nginx: await nginxVersion(),
  };
}
