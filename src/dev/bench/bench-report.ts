import type { Figures } from "./measurement.ts";
import type { ProcessName } from "./routes.ts";

/** One long body through both gateways; of several rounds the median speed and the largest growth. */
export interface Transfer {
  readonly direction: "up" | "down";
  readonly mib: number;
  readonly mibPerSecond: number;
  /** Largest growth of resident memory of each process while the body passed, MiB. */
  readonly growthMiB: Readonly<Partial<Record<ProcessName, number>>>;
}

/** What a run found, as it stands in the JSON file. */
export interface BenchReport {
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly memoryMiB: number;
    readonly system: string;
    readonly node: string;
    /** Undefined when it is not installed. */
    readonly nginx: string | undefined;
  };
  /** ISO 8601. */
  readonly startedAt: string;
  readonly seconds: number;
  readonly rounds: number;
  readonly bodyBytes: number;
  readonly figures: readonly Figures[];
  readonly transfers: readonly Transfer[];
  /** Age of the oldest record without a time-stamp, the largest seen on either gateway, milliseconds. */
  readonly worstLagMs: number;
}
