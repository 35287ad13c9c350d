import type { BenchReport } from "./bench-report.ts";
import type { Figures } from "./measurement.ts";
import type { RouteName } from "./routes.ts";

/** What is to be reached, and what was. */
export interface Verdict {
  readonly target: string;
  /** Undefined when the run did not measure it. */
  readonly measured: string | undefined;
  readonly met: boolean | undefined;
}

interface Judged {
  readonly measured: string;
  readonly met: boolean;
}

/** Each figure that is to be reached with two cores for everything, 1 KiB bodies and full durability. */
const targets: readonly (readonly [target: string, judge: (report: BenchReport) => Judged | undefined])[] = [
  ["at least 1,200 exchanges/s at c = 32", (report) => atLeast(find(report, 32)?.perSecond, 1200, "/s")],
  ["no error at c = 32", (report) => judgeErrors(find(report, 32))],
  ["p99 at most 40 ms at c = 16", (report) => atMost(find(report, 16)?.p99, 40, " ms")],
  ["at most 5 ms added at c = 1 (p50)", (report) => atMost(addedLatency(report), 5, " ms")],
  ["at most 0.6 ms CPU per exchange, consumer", (report) => cpu(report, "consumer")],
  ["at most 0.6 ms CPU per exchange, provider", (report) => cpu(report, "provider")],
  ["at least a fifth of (b) at c = 32", (report) => atLeast(shareOfPassThrough(report), 0.2, " of (b)")],
  ["long body: at least 60 MiB/s", (report) => atLeast(slowestTransfer(report), 60, " MiB/s")],
  ["long body: memory grows by at most 64 MiB", (report) => atMost(largestGrowth(report), 64, " MiB")],
  ["time-stamps at most 45 s behind", (report) => atMost(report.worstLagMs / 1000, 45, " s")],
];

export function judgeTargets(report: BenchReport): Verdict[] {
  return targets.map(([target, judge]) => {
    const judged = judge(report);
    return { target, measured: judged?.measured, met: judged?.met };
  });
}

/** The figures of a way; through the gateways those with opaque bodies, where both were measured. */
function find({ figures }: BenchReport, connections: number, route?: RouteName): Figures | undefined {
  const routes: readonly RouteName[] = route === undefined ? ["opaque", "json"] : [route];
  const found = routes.map((name) => {
    return figures.find((one) => one.route === name && one.connections === connections);
  });
  return found.find((one) => one !== undefined);
}

function judgeErrors(figures: Figures | undefined): Judged | undefined {
  if (figures === undefined) return undefined;
  const count = Object.values(figures.errors).reduce((sum, one) => sum + one, 0);
  return { measured: `${count} of ${figures.calls + count} failed`, met: count === 0 };
}

function addedLatency(report: BenchReport): number | undefined {
  const [through, straight] = [find(report, 1), find(report, 1, "direct")];
  return through && straight && through.p50 - straight.p50;
}

function cpu(report: BenchReport, server: "consumer" | "provider"): Judged | undefined {
  return atMost(find(report, 32)?.cpuMs[server], 0.6, " ms");
}

function shareOfPassThrough(report: BenchReport): number | undefined {
  const [through, plain] = [find(report, 32), find(report, 32, "pass-through")];
  return through && plain && through.perSecond / plain.perSecond;
}

function slowestTransfer({ transfers }: BenchReport): number | undefined {
  return transfers.length === 0 ? undefined : Math.min(...transfers.map((one) => one.mibPerSecond));
}

function largestGrowth({ transfers }: BenchReport): number | undefined {
  const growths = transfers.flatMap(({ growthMiB }) => Object.values(growthMiB));
  return growths.length === 0 ? undefined : Math.max(...growths);
}

function atLeast(value: number | undefined, least: number, unit: string): Judged | undefined {
  return value === undefined ? undefined : { measured: `${roundly(value)}${unit}`, met: value >= least };
}

function atMost(value: number | undefined, most: number, unit: string): Judged | undefined {
  return value === undefined ? undefined : { measured: `${roundly(value)}${unit}`, met: value <= most };
}

function roundly(value: number): string {
  return value.toLocaleString("en", { maximumSignificantDigits: value >= 100 ? 5 : 3 });
}
