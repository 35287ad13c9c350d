import type { LoadResult } from "./load-order.ts";
import { type ProcessName, processNames, type RouteName, type UsedByProcess } from "./routes.ts";

/** One load on one way in one round. */
export interface Measurement {
  readonly route: RouteName;
  readonly connections: number;
  readonly round: number;
  readonly result: LoadResult;
}

/** What all rounds of a way and a number of connections come to: medians, the largest maximum, the sum of errors. */
export interface Figures {
  readonly route: RouteName;
  readonly connections: number;
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly calls: number;
  readonly errors: Readonly<Record<string, number>>;
  /** CPU milliseconds per call, and resident MiB, of each process. */
  readonly cpuMs: Readonly<Partial<Record<ProcessName, number>>>;
  readonly mainThreadCpuMs: Readonly<Partial<Record<ProcessName, number>>>;
  readonly residentMiB: Readonly<Partial<Record<ProcessName, number>>>;
}

/** Brings measurements together by way and number of connections, in the order in which they came. */
export function toFigures(measurements: readonly Measurement[]): Figures[] {
  const groups = Map.groupBy(measurements, ({ route, connections }) => `${route} ${connections}`);
  return [...groups.values()].map(figuresOf);
}

function figuresOf(rounds: readonly Measurement[]): Figures {
  const results = rounds.map(({ result }) => result);
  const { route, connections } = rounds[0]!;
  const middle = (figure: (result: LoadResult) => number) => median(results.map(figure));
  const ofProcesses = (figure: (result: LoadResult, used: UsedByProcess, name: ProcessName) => number) => {
    const watched = processNames.filter((name) => results.every(({ used }) => name in used));
    return Object.fromEntries(
      watched.map((name) => [name, middle((result) => figure(result, result.used, name))]),
    );
  };
  return {
    ...{ route, connections },
    perSecond: middle(({ calls, seconds }) => calls / seconds),
    p50: middle(({ latency }) => latency.p50),
    p99: middle(({ latency }) => latency.p99),
    max: Math.max(...results.map(({ latency }) => latency.max)),
    calls: results.reduce((sum, { calls }) => sum + calls, 0),
    errors: sumOf(results.map(({ errors }) => errors)),
    cpuMs: ofProcesses(({ calls }, used, name) => used[name]!.cpuMs / calls),
    mainThreadCpuMs: ofProcesses(({ calls }, used, name) => used[name]!.mainThreadCpuMs / calls),
    residentMiB: ofProcesses((_, used, name) => used[name]!.residentMiB),
  };
}

/** The middle value, or the mean of the two in the middle. @throws RangeError for none */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("there is no median of nothing");
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function sumOf(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const errors of all) {
    for (const [why, count] of Object.entries(errors)) sum[why] = (sum[why] ?? 0) + count;
  }
  return sum;
}
