import type { Usage } from "./process-usage.ts";

/** How long a load lasts. */
export type Span =
  | { readonly kind: "time"; readonly warmUpMs: number; readonly timedMs: number }
  /** So many calls and no more, without warm-up: for tests, not for figures. */
  | { readonly kind: "count"; readonly calls: number };

/** Where a call goes, and what is watched meanwhile. */
export interface Target {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Process ids by the name under which their use of CPU and memory is told. */
  readonly watched: Readonly<Record<string, number>>;
}

/** POSTs a body over and over on each of `connections` kept-alive connections; the same body must come back. */
export interface LoadOrder extends Target {
  readonly kind: "load";
  readonly connections: number;
  readonly body: string;
  readonly span: Span;
}

/** One long body; memory of the watched processes is sampled on the way. */
export interface TransferOrder extends Target {
  readonly kind: "transfer";
  readonly direction: "up" | "down";
  readonly bytes: number;
}

/** What a process used over a span: CPU in milliseconds, resident memory at its end in MiB. */
export interface Used {
  readonly cpuMs: number;
  readonly mainThreadCpuMs: number;
  readonly residentMiB: number;
}

export interface LoadResult {
  readonly seconds: number;
  /** The timed span on the machine's monotonic clock, microseconds. */
  readonly span: readonly [from: number, to: number];
  /** Calls answered as they should be, within the timed span. */
  readonly calls: number;
  /** Milliseconds. */
  readonly latency: { readonly p50: number; readonly p99: number; readonly max: number };
  /** How often each failure occurred, warm-up included. */
  readonly errors: Readonly<Record<string, number>>;
  /** By the names in `watched`; empty where the system has no /proc. */
  readonly used: Readonly<Record<string, Used>>;
}

export interface TransferResult {
  readonly seconds: number;
  readonly bytes: number;
  /** Largest resident memory seen minus that before, MiB, by the names in `watched`. */
  readonly growthMiB: Readonly<Record<string, number>>;
}

export type Order = LoadOrder | TransferOrder;

/** What each process used between two readings. */
export function usedBetween(
  before: Readonly<Record<string, Usage>>,
  after: Readonly<Record<string, Usage>>,
): Record<string, Used> {
  const used: Record<string, Used> = {};
  for (const [name, end] of Object.entries(after)) {
    const start = before[name];
    if (start === undefined) continue;
    used[name] = {
      cpuMs: end.cpuMs - start.cpuMs,
      mainThreadCpuMs: end.mainThreadCpuMs - start.mainThreadCpuMs,
      residentMiB: end.residentMiB,
    };
  }
  return used;
}
