import { constants, setPriority } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import type { LogReader, OpenLogReader } from "../message-store.ts";
import type { SealingWorkerData } from "../sealing-worker.ts";
import { buildRenewal } from "./build-renewal.ts";
import type { RenewalStep, RenewalTask } from "./renewal-steps.ts";

/** The thread that builds one renewal, with a read connection of its own: it makes a step when it is asked for one. */

export interface RenewalWorkerData extends SealingWorkerData {
  readonly task: RenewalTask;
}

export type FromRenewalWorker =
  | { readonly kind: "step"; readonly step: RenewalStep }
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly reason: string };

// On Linux this is the thread's own priority: a renewal may take hours and must not keep requests waiting for a core.
if (process.platform === "linux") setPriority(constants.priority.PRIORITY_LOW);

const { readerModule, location, task } = workerData as RenewalWorkerData;

async function* steps(): AsyncGenerator<RenewalStep> {
  const { openLogReader } = (await import(readerModule)) as { openLogReader: OpenLogReader };
  const log: LogReader = openLogReader(location);
  try {
    yield* buildRenewal(log, task);
  } finally {
    log.close();
  }
}

const running = steps();

async function next(): Promise<FromRenewalWorker> {
  try {
    const { done, value } = await running.next();
    return done ? { kind: "done" } : { kind: "step", step: value };
  } catch (error) {
    return { kind: "failed", reason: error instanceof Error ? error.message : "unknown" };
  }
}

parentPort!.on("message", async (message: "next" | "close") => {
  if (message === "next") return parentPort!.postMessage(await next());
  await running.return(undefined);
  parentPort!.close();
});
