import type { BenchReport } from "./bench-report.ts";
import type { Figures } from "./measurement.ts";
import { processNames, routeTitles } from "./routes.ts";
import type { GatewayProfile } from "./run-bench.ts";
import { formatTable } from "./table.ts";
import { judgeTargets } from "./targets.ts";

/** The report for reading. */
export function printReport(report: BenchReport): string {
  const { machine, rounds, seconds, startedAt, bodyBytes } = report;
  return [
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryMiB} MiB; ${machine.system}; node ${machine.node}`,
    `${startedAt}, ${Math.round(seconds)} s; bodies of ${bodyBytes} bytes; medians of ${rounds} round${rounds === 1 ? "" : "s"}`,
    "",
    loadTable(report.figures),
    ...(machine.nginx === undefined ? ["", "(c) is left out: nginx is not installed."] : []),
    ...(report.transfers.length === 0 ? [] : ["", transferTable(report)]),
    "",
    targetTable(report),
    "",
  ].join("\n");
}

function loadTable(figures: readonly Figures[]): string {
  const headings = [
    ...["way", "c", "calls/s", "of (b)", "p50 ms", "p99 ms", "max ms", "errors"],
    ...processNames.map((name) => `${name} µs`),
    ...["consumer MiB", "provider MiB"],
  ];
  const rows = figures.map((one) => {
    const plain = figures.find(
      (other) => other.route === "pass-through" && other.connections === one.connections,
    );
    return [
      routeTitles[one.route],
      String(one.connections),
      Math.round(one.perSecond).toLocaleString("en"),
      plain === undefined ? "" : (one.perSecond / plain.perSecond).toFixed(2),
      ...[one.p50, one.p99, one.max].map((ms) => ms.toFixed(2)),
      String(Object.values(one.errors).reduce((sum, count) => sum + count, 0)),
      ...processNames.map((name) => rounded(one.cpuMs[name], 1000)),
      ...(["consumer", "provider"] as const).map((name) => rounded(one.residentMiB[name], 1)),
    ];
  });
  const whys = figures.flatMap(({ route, connections, errors }) => {
    return Object.entries(errors).map(
      ([why, count]) => `${routeTitles[route]}, c = ${connections}: ${count} × ${why}`,
    );
  });
  const note = "µs: CPU of each process for one call, all its threads. MiB: resident memory at the end.";
  return [formatTable(headings, rows), note, ...whys].join("\n");
}

function rounded(value: number | undefined, factor: number): string {
  return value === undefined ? "" : String(Math.round(value * factor));
}

function transferTable({ transfers }: BenchReport): string {
  const headings = ["long body", "MiB", "MiB/s", "consumer grew MiB", "provider grew MiB"];
  const rows = transfers.map(({ direction, mib, mibPerSecond, growthMiB }) => [
    ...[direction, String(mib), mibPerSecond.toFixed(1)],
    ...[rounded(growthMiB.consumer, 1), rounded(growthMiB.provider, 1)],
  ]);
  return formatTable(headings, rows);
}

function targetTable(report: BenchReport): string {
  const rows = judgeTargets(report).map(({ target, measured, met }) => {
    return [target, measured ?? "not measured", met === undefined ? "" : met ? "met" : "NOT MET"];
  });
  return formatTable(["to reach", "measured", ""], rows);
}

const shownFunctions = 30;

/** The functions that took most of each thread's time. */
export function printProfiles(profiles: readonly GatewayProfile[]): string {
  return profiles
    .map((profile) => {
      const { gateway, thread, busyMs } = profile;
      const where = thread === 0 ? "main thread" : `thread ${thread}`;
      return `\n${gateway}, ${where}: ${Math.round(busyMs)} ms at work\n${profileTable(profile)}\n`;
    })
    .join("");
}

function profileTable({ busyMs, functions }: GatewayProfile): string {
  const rows = functions
    .slice(0, shownFunctions)
    .map(({ name, selfMs }) => [
      `${((100 * selfMs) / busyMs).toFixed(1)} %`,
      String(Math.round(selfMs)),
      name,
    ]);
  return formatTable(["share", "self ms", "function"], rows);
}
