import { SealwayError } from "../../core/errors.ts";
import type { Answer } from "./log-writer.ts";
import type { PendingRecord } from "./record-rows.ts";

/** Above these the log refuses at once: waiting must not become a buffer without bound. */
const mostRecords = 20_000;
const mostBytes = 64 * 1024 * 1024;
/** A transaction takes no more than these, so that neither the thread nor a record waits long for one. */
const groupRecords = 256;
const groupBytes = 2 * 1024 * 1024;

interface Waiting {
  readonly pending: PendingRecord;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/** The records of one transaction, and those who wait for them. */
export class RecordGroup {
  readonly records: readonly PendingRecord[];
  readonly #waiting: readonly Waiting[];
  readonly #done: () => void;

  constructor(waiting: readonly Waiting[], done: () => void) {
    this.#waiting = waiting;
    this.records = waiting.map(({ pending }) => pending);
    this.#done = done;
  }

  answer(answers: readonly Answer[]): void {
    this.#done();
    for (const [i, { resolve }] of this.#waiting.entries()) resolve(answers[i]!);
  }

  refuse(error: Error): void {
    this.#done();
    for (const { reject } of this.#waiting) reject(error);
  }
}

/** Records that wait for a transaction. What is being written counts until it has its answer. */
export class RecordQueue {
  #waiting: Waiting[] = [];
  #records = 0;
  #bytes = 0;

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** @throws SealwayError `overloaded` when too much waits already */
  checkRoom(): void {
    if (this.#records >= mostRecords || this.#bytes >= mostBytes) {
      throw new SealwayError("overloaded", "too many records wait for the message log");
    }
  }

  add(pending: PendingRecord): Promise<Answer> {
    this.#records++;
    this.#bytes += pending.size;
    return new Promise((resolve, reject) => this.#waiting.push({ pending, resolve, reject }));
  }

  /** The next transaction's, oldest first. */
  take(): RecordGroup {
    let count = 0;
    let bytes = 0;
    while (count < this.#waiting.length && count < groupRecords && (count === 0 || bytes < groupBytes)) {
      bytes += this.#waiting[count++]!.pending.size;
    }
    const taken = this.#waiting.splice(0, count);
    return new RecordGroup(taken, () => {
      this.#records -= taken.length;
      this.#bytes -= taken.reduce((sum, { pending }) => sum + pending.size, 0);
    });
  }

  refuseAll(error: Error): void {
    while (!this.isEmpty) this.take().refuse(error);
  }
}
