import type { Worker } from "node:worker_threads";
import { SealwayError } from "../../core/errors.ts";
import { endThread, startThread } from "../start-thread.ts";
import type { Answer, DeskQuestions, Question } from "./desk-questions.ts";
import type { FromDesk, LogDeskOptions, ToDesk } from "./log-desk-worker.ts";

interface Waiting {
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

/** Asks the log questions beside the traffic. The thread starts at the first one, and again after it died. */
export class LogDesk {
  readonly #options: LogDeskOptions;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #count = 0;

  constructor(options: LogDeskOptions) {
    this.#options = options;
  }

  /**
   * Bytes in an answer are plain byte arrays.
   * @throws SealwayError `log_unavailable` when the log cannot be read or the thread died
   */
  ask<Kind extends keyof DeskQuestions>(kind: Kind, question: Question<Kind>): Promise<Answer<Kind>> {
    const worker = this.#start();
    const id = ++this.#count;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as Waiting["resolve"], reject });
      worker.postMessage({ id, kind, question } satisfies ToDesk);
    });
  }

  close(): Promise<void> {
    return endThread(this.#worker);
  }

  #start(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const worker = startThread(new URL("./log-desk-worker.ts", import.meta.url), this.#options);
    worker.on("message", (message: FromDesk) => this.#take(message));
    worker.once("exit", () => this.#fail(worker));
    this.#worker = worker;
    return worker;
  }

  #take(message: FromDesk): void {
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.kind === "answer") waiting?.resolve(message.answer);
    else waiting?.reject(unavailable(message.reason));
  }

  #fail(worker: Worker): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(unavailable("the thread ended"));
  }
}

function unavailable(reason: string): SealwayError {
  return new SealwayError("log_unavailable", `the log cannot be read: ${reason}`);
}
