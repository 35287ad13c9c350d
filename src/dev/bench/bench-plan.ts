import type { Span } from "./load-order.ts";

/** The services that are called through the gateways, by how their bodies are taken. */
export type ContentKind = "opaque" | "json";

/** What a run of the benchmark does. */
export interface BenchPlan {
  readonly span: Span;
  /** Connections of each load, one after the other. */
  readonly concurrency: readonly number[];
  /** Everything is done so often; figures are medians. */
  readonly rounds: number;
  readonly kinds: readonly ContentKind[];
  /** MiB of the long body each way; 0 for none. */
  readonly largeMiB: number;
  /** Where the CPU profiles of the gateways go. The comparisons are left out then: profiling costs time. */
  readonly profileDirectory: string | undefined;
}
