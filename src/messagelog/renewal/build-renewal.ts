import type { LogReader } from "../message-store.ts";
import { buildHashTreeRenewal } from "./build-hash-tree-renewal.ts";
import { buildTimestampRenewal } from "./build-timestamp-renewal.ts";
import type { RenewalStep, RenewalTask } from "./renewal-steps.ts";

/** Builds what an order asks for from what is in the log; nothing is written, and no step when nothing is due. */
export function buildRenewal(log: LogReader, task: RenewalTask): AsyncGenerator<RenewalStep> {
  const { order } = task;
  return order.method === "time-stamp"
    ? buildTimestampRenewal(log, task, order.rules)
    : buildHashTreeRenewal(log, order.digest);
}
