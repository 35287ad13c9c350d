import type { Worker } from "node:worker_threads";
import type { After } from "../../pki/ocsp-stapler.ts";
import { endThread, startThread } from "../start-thread.ts";
import type { FromIndexWorker, IndexWorkerData, ToIndexWorker } from "./index-worker.ts";

/** Rest between two rounds: as long as fresh records are read from the log by each search. */
const pause = 2_000;
const pauseAfterFailure = 60_000;

/** Milliseconds that a round may still take when the server stops; what it leaves, the next run builds. */
const closeWait = 2_000;

export interface IndexThreadOptions extends IndexWorkerData {
  readonly after: After;
  /** Told when a round failed; searches go on without it, since each can build for itself. */
  readonly failed: (reason: string) => void;
}

/** Keeps the index of a log up to date in a thread of its own, beside the traffic. */
export class IndexThread {
  readonly #options: IndexThreadOptions;
  #worker: Worker | undefined;
  #cancel: (() => void) | undefined;
  #closed = false;

  /** Begins at once. */
  constructor(options: IndexThreadOptions) {
    this.#options = options;
    this.#round();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel?.();
    const worker = this.#worker;
    if (worker === undefined) return;
    const cancel = this.#options.after(closeWait, () => void worker.terminate());
    await endThread(worker);
    cancel();
  }

  #round(): void {
    const worker = this.#start();
    worker.postMessage("advance" satisfies ToIndexWorker);
  }

  #start(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const { readerModule, location, directory } = this.#options;
    const data: IndexWorkerData = { readerModule, location, directory };
    const worker = startThread(new URL("./index-worker.ts", import.meta.url), data);
    worker.on("message", (message: FromIndexWorker) => {
      if (message.kind === "failed") this.#options.failed(message.reason);
      this.#again(message.kind === "failed" ? pauseAfterFailure : pause);
    });
    worker.on("error", (error) => this.#options.failed(error.message));
    worker.once("exit", () => {
      this.#worker = undefined;
      this.#again(pauseAfterFailure);
    });
    this.#worker = worker;
    return worker;
  }

  #again(pause: number): void {
    this.#cancel?.();
    if (!this.#closed) this.#cancel = this.#options.after(pause, () => this.#round());
  }
}
