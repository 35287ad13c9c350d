import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

/** A process of the benchmark that answers one order at a time, and ends with its parent. */
export class Child<Order extends object, Value> {
  readonly #process: ChildProcess;
  readonly #ended: Promise<never>;

  /** @param module its file */
  constructor(module: URL) {
    this.#process = fork(module, {
      serialization: "advanced",
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    this.#ended = once(this.#process, "exit").then(([code]) => {
      throw new Error(`a process of the benchmark ended with code ${code}`);
    });
    this.#ended.catch(() => {});
  }

  get pid(): number {
    return this.#process.pid!;
  }

  /** @throws Error that the process tells, or that it is gone */
  async ask(order: Order): Promise<Value> {
    const message = once(this.#process, "message") as Promise<[{ value: Value } | { error: string }]>;
    this.#process.send(order);
    const [answer] = await Promise.race([message, this.#ended]);
    if ("error" in answer) throw new Error(answer.error);
    return answer.value;
  }

  async close(): Promise<void> {
    if (this.#process.connected) this.#process.disconnect();
    await this.#ended.catch(() => {});
  }
}

/** The other end: what a process of the benchmark does with each order. */
export function answerOrders<Order, Value>(answer: (order: Order) => Promise<Value>): void {
  process.on("message", (order: Order) => {
    answer(order).then(
      (value) => process.send?.({ value }),
      (error: Error) => process.send?.({ error: error.message }),
    );
  });
  process.once("disconnect", () => process.exit(0));
}
