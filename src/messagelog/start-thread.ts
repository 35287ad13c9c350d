import { once } from "node:events";
import { basename } from "node:path";
import { Worker } from "node:worker_threads";

/** A thread beside the request thread, which alone must not keep a process alive that has nothing else to do. */
export function startThread(module: URL, workerData: unknown): Worker {
  const worker = new Worker(module, {
    workerData,
    // `top -H` shows it.
    name: basename(module.pathname, ".ts"),
    // Not what the process preloads, and V8's own flags no thread may be given.
    execArgv: process.execArgv.filter((flag) => flag.startsWith("--cpu-prof")),
  });
  worker.unref();
  // Its end follows, and whoever waits for an answer learns of it.
  worker.on("error", () => undefined);
  return worker;
}

/** Asks a thread to end, and waits until it has. */
export async function endThread(worker: Worker | undefined): Promise<void> {
  if (worker === undefined) return;
  const ended = once(worker, "exit");
  worker.postMessage("close");
  await ended;
}
