import { constants, setPriority } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import { type BuildRequest, type Built, buildBatch } from "./batch-builder.ts";
import type { LogReader, OpenLogReader } from "./message-store.ts";

/** The thread that hashes batches, with a read connection of its own. It answers each request in turn. */

/** What the thread is started with: it must not know which store it reads. */
export interface SealingWorkerData {
  /** URL of a module that exports `openLogReader`. */
  readonly readerModule: string;
  readonly location: string;
}

export type FromSealingWorker =
  | { readonly kind: "built"; readonly built: Built }
  | { readonly kind: "failed"; readonly reason: string };

// On Linux this is the thread's own priority: hashing a batch must not keep requests waiting for a core.
if (process.platform === "linux") setPriority(constants.priority.PRIORITY_BELOW_NORMAL);

const { readerModule, location } = workerData as SealingWorkerData;
let opened: Promise<LogReader> | undefined;

async function open(): Promise<LogReader> {
  const { openLogReader } = (await import(readerModule)) as { openLogReader: OpenLogReader };
  return openLogReader(location);
}

async function answer(request: BuildRequest): Promise<FromSealingWorker> {
  try {
    opened ??= open();
    return { kind: "built", built: await buildBatch(await opened, request) };
  } catch (error) {
    (await opened?.catch(() => undefined))?.close();
    opened = undefined;
    return { kind: "failed", reason: error instanceof Error ? error.message : "unknown" };
  }
}

parentPort!.on("message", async (request: BuildRequest | "close") => {
  if (request === "close") {
    (await opened?.catch(() => undefined))?.close();
    return parentPort!.close();
  }
  parentPort!.postMessage(await answer(request));
});
