import { Worker } from "node:worker_threads";
import type { VerifyAnswer, VerifyTask, VerifyWorkerData } from "./verify-worker.ts";

interface Waiting {
  readonly task: VerifyTask;
  readonly resolve: (answer: VerifyAnswer) => void;
  readonly reject: (error: Error) => void;
}

/** Threads that verify beside each other, one task each at a time, first come, first served. */
export class VerifyThreads {
  readonly #data: VerifyWorkerData;
  readonly #most: number;
  readonly #idle: Worker[] = [];
  readonly #all = new Set<Worker>();
  readonly #running = new Map<Worker, Waiting>();
  readonly #waiting: Waiting[] = [];

  /** @param most threads; each is started when there is work for it */
  constructor(data: VerifyWorkerData, most: number) {
    this.#data = data;
    this.#most = most;
  }

  /** @throws Error when the task fails or its thread dies */
  run<Kind extends VerifyTask["kind"]>(
    task: VerifyTask & { readonly kind: Kind },
  ): Promise<VerifyAnswer & { readonly kind: Kind }> {
    return new Promise<VerifyAnswer>((resolve, reject) => {
      this.#waiting.push({ task, resolve, reject });
      this.#next();
    }).then((answer) => {
      if (answer.kind === "failed") throw new Error(answer.reason);
      return answer as VerifyAnswer & { readonly kind: Kind };
    });
  }

  async close(): Promise<void> {
    await Promise.all([...this.#all].map((worker) => worker.terminate()));
  }

  #next(): void {
    while (this.#waiting.length > 0) {
      const worker = this.#idle.pop() ?? (this.#all.size < this.#most ? this.#start() : undefined);
      if (worker === undefined) return;
      const waiting = this.#waiting.shift()!;
      this.#running.set(worker, waiting);
      worker.postMessage(waiting.task);
    }
  }

  #start(): Worker {
    const worker = new Worker(new URL("./verify-worker.ts", import.meta.url), {
      name: "verify",
      workerData: this.#data,
      // Not what the process preloads, and V8's own flags no thread may be given.
      execArgv: process.execArgv.filter((flag) => flag.startsWith("--cpu-prof")),
    });
    this.#all.add(worker);
    worker.on("message", (answer: VerifyAnswer) => {
      this.#running.get(worker)?.resolve(answer);
      this.#running.delete(worker);
      this.#idle.push(worker);
      this.#next();
    });
    worker.on("error", (error: Error) => this.#running.get(worker)?.reject(error));
    worker.on("exit", () => {
      this.#all.delete(worker);
      this.#running.get(worker)?.reject(new Error("a thread of the verification ended"));
      this.#running.delete(worker);
    });
    return worker;
  }
}
