import { request } from "undici";

const sampleEveryMs = 1000;

/** Asks gateways for the age of the oldest record without a time-stamp while a benchmark runs, and keeps the largest. */
export class LagWatch {
  readonly #urls: readonly string[];
  readonly #timer: NodeJS.Timeout;
  #worstMs = 0;

  /** @param urls `GET /health` of each gateway */
  constructor(urls: readonly string[]) {
    this.#urls = urls;
    this.#timer = setInterval(() => void this.#sample(), sampleEveryMs);
  }

  /** Milliseconds. */
  get worstMs(): number {
    return this.#worstMs;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #sample(): Promise<void> {
    const lags = await Promise.allSettled(this.#urls.map(lagOf));
    const known = lags.flatMap((lag) => (lag.status === "fulfilled" ? [lag.value] : []));
    this.#worstMs = Math.max(this.#worstMs, ...known);
  }
}

async function lagOf(url: string): Promise<number> {
  const { body } = await request(url);
  return ((await body.json()) as { timestampLagMs: number }).timestampLagMs;
}
