import { Client, type Dispatcher } from "undici";
import { monotonic } from "../../core/clock.ts";
import { type LoadOrder, type LoadResult, usedBetween } from "./load-order.ts";
import { readUsages, type Usage } from "./process-usage.ts";

/** Longer than any time-out of a gateway: an answer that has not come by then will not come. */
const answerTimeout = 60_000;

/** Runs a load: each connection sends its next call when the answer to the last one is complete. */
export async function runLoad(order: LoadOrder): Promise<LoadResult> {
  const { origin, pathname, search } = new URL(order.url);
  const request = {
    path: pathname + search,
    method: "POST" as const,
    headers: order.headers,
    body: Buffer.from(order.body),
  };
  const loop = new ClosedLoop(order, request.body);
  const clients = Array.from({ length: order.connections }, () => {
    return new Client(origin, { pipelining: 1, headersTimeout: answerTimeout, bodyTimeout: answerTimeout });
  });
  try {
    await Promise.all(clients.map((client) => new Connection(client, request, loop).ended));
    return loop.result();
  } finally {
    await Promise.all(clients.map((client) => client.destroy()));
  }
}

type Phase = "warm-up" | "timed" | "over";

/** What all connections of a load have in common: when it begins and ends to count, and the count. */
class ClosedLoop {
  readonly body: Buffer;
  readonly #order: LoadOrder;
  readonly #latencies: number[] = [];
  readonly #errors: Record<string, number> = {};
  #phase: Phase = "warm-up";
  #left = Number.POSITIVE_INFINITY;
  #from = 0;
  #to = 0;
  #before: Record<string, Usage> = {};
  #after: Record<string, Usage> = {};

  constructor(order: LoadOrder, body: Buffer) {
    this.#order = order;
    this.body = body;
    const { span } = order;
    if (span.kind === "count") {
      this.#left = span.calls;
      this.#begin();
    } else {
      setTimeout(() => {
        this.#begin();
        setTimeout(() => this.#end(), span.timedMs);
      }, span.warmUpMs);
    }
  }

  /** Whether one more call is to be made; it counts as made. */
  take(): boolean {
    if (this.#phase === "over" || this.#left === 0) return false;
    this.#left--;
    return true;
  }

  /** @param latency milliseconds */
  answered(latency: number): void {
    if (this.#phase === "timed") this.#latencies.push(latency);
  }

  failed(why: string): void {
    this.#errors[why] = (this.#errors[why] ?? 0) + 1;
  }

  result(): LoadResult {
    if (this.#phase !== "over") this.#end();
    const sorted = Float64Array.from(this.#latencies).sort();
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
    return {
      seconds: (this.#to - this.#from) / 1e6,
      span: [this.#from, this.#to],
      calls: sorted.length,
      latency: { p50: at(0.5), p99: at(0.99), max: at(1) },
      errors: this.#errors,
      used: usedBetween(this.#before, this.#after),
    };
  }

  #begin(): void {
    this.#before = readUsages(this.#order.watched);
    this.#from = microseconds();
    this.#phase = "timed";
  }

  #end(): void {
    this.#to = microseconds();
    this.#after = readUsages(this.#order.watched);
    this.#phase = "over";
  }
}

/** On the machine's monotonic clock, as V8's profiler counts. */
function microseconds(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

/** One connection; the same object handles all its answers. */
class Connection implements Dispatcher.DispatchHandler {
  readonly ended: Promise<void>;
  readonly #client: Client;
  readonly #request: Dispatcher.DispatchOptions;
  readonly #loop: ClosedLoop;
  #end!: () => void;
  #sentAt = 0;
  #status = 0;
  #received = 0;
  #intact = true;

  constructor(client: Client, request: Dispatcher.DispatchOptions, loop: ClosedLoop) {
    this.#client = client;
    this.#request = request;
    this.#loop = loop;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.#next();
  }

  #next(): void {
    if (!this.#loop.take()) {
      this.#end();
      return;
    }
    this.#received = 0;
    this.#intact = true;
    this.#sentAt = monotonic();
    this.#client.dispatch(this.#request, this);
  }

  onRequestStart(): void {}

  onResponseStart(_controller: unknown, status: number): void {
    this.#status = status;
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    const end = this.#received + chunk.length;
    this.#intact &&= chunk.equals(this.#loop.body.subarray(this.#received, end));
    this.#received = end;
  }

  onResponseEnd(): void {
    const latency = monotonic() - this.#sentAt;
    const isEcho = this.#intact && this.#received === this.#loop.body.length;
    if (this.#status !== 200) this.#loop.failed(`status ${this.#status}`);
    else if (!isEcho) this.#loop.failed("another body came back");
    else this.#loop.answered(latency);
    this.#next();
  }

  onResponseError(_controller: unknown, error: NodeJS.ErrnoException): void {
    this.#loop.failed(error.code ?? error.message);
    this.#next();
  }
}
