import { Readable } from "node:stream";
import { Client } from "undici";
import { monotonic } from "../../core/clock.ts";
import type { TransferOrder, TransferResult } from "./load-order.ts";
import { readUsages } from "./process-usage.ts";

const blockBytes = 64 * 1024;
const sampleEveryMs = 50;
const answerTimeout = 600_000;

/**
 * Sends or fetches one long body.
 * @throws Error when the answer is another than it should be
 */
export async function runTransfer(order: TransferOrder): Promise<TransferResult> {
  const memory = new MemoryWatch(order.watched);
  const began = monotonic();
  try {
    const bytes = await transfer(order);
    if (bytes !== order.bytes) throw new Error(`${bytes} bytes arrived of ${order.bytes}`);
    return { seconds: (monotonic() - began) / 1000, bytes, growthMiB: memory.growth() };
  } finally {
    memory.stop();
  }
}

async function transfer({ url, headers, direction, bytes }: TransferOrder): Promise<number> {
  const { origin, pathname, search } = new URL(url);
  const client = new Client(origin, { headersTimeout: answerTimeout, bodyTimeout: answerTimeout });
  const isUp = direction === "up";
  try {
    const answer = await client.request({
      path: pathname + search,
      method: isUp ? "POST" : "GET",
      headers: isUp ? { ...headers, "content-length": String(bytes) } : headers,
      body: isUp ? Readable.from(blocks(bytes), { objectMode: false }) : null,
    });
    if (answer.statusCode >= 300) {
      throw new Error(`status ${answer.statusCode}: ${(await answer.body.text()).slice(0, 500)}`);
    }
    if (isUp) return ((await answer.body.json()) as { bytes: number }).bytes;
    let received = 0;
    for await (const chunk of answer.body as AsyncIterable<Buffer>) received += chunk.length;
    return received;
  } finally {
    await client.destroy();
  }
}

function* blocks(bytes: number): Generator<Buffer> {
  const block = Buffer.alloc(blockBytes, "x");
  for (let left = bytes; left > 0; left -= blockBytes) {
    yield left < blockBytes ? block.subarray(0, left) : block;
  }
}

/** Samples resident memory from its making on. */
class MemoryWatch {
  readonly #pids: Readonly<Record<string, number>>;
  readonly #before: Record<string, number>;
  readonly #most: Record<string, number>;
  readonly #timer: NodeJS.Timeout;

  constructor(pids: Readonly<Record<string, number>>) {
    this.#pids = pids;
    this.#before = this.#read();
    this.#most = { ...this.#before };
    this.#timer = setInterval(() => this.#sample(), sampleEveryMs);
  }

  growth(): Record<string, number> {
    this.#sample();
    return Object.fromEntries(
      Object.entries(this.#most).map(([name, most]) => [name, most - this.#before[name]!]),
    );
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #sample(): void {
    for (const [name, now] of Object.entries(this.#read())) {
      if (name in this.#most) this.#most[name] = Math.max(this.#most[name]!, now);
    }
  }

  #read(): Record<string, number> {
    const usages = Object.entries(readUsages(this.#pids));
    return Object.fromEntries(usages.map(([name, { residentMiB }]) => [name, residentMiB]));
  }
}
