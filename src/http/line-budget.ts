import type { Clock } from "../core/clock.ts";

/** Milliseconds. */
const window = 60_000;
const mostLines = 100;

/** Bounds what strangers can have written about them: one line for each key in a minute, and so many in all. */
export class LineBudget {
  readonly #clock: Clock;
  readonly #keys = new Set<string>();
  #since = Number.NEGATIVE_INFINITY;
  #leftOut = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @returns how many lines were left out before this one, or undefined when this one is to be left out */
  take(key: string): number | undefined {
    const now = this.#clock.now();
    if (Math.abs(now - this.#since) >= window) {
      this.#since = now;
      this.#keys.clear();
    }
    if (this.#keys.has(key) || this.#keys.size >= mostLines) {
      this.#leftOut++;
      return undefined;
    }
    this.#keys.add(key);
    const leftOut = this.#leftOut;
    this.#leftOut = 0;
    return leftOut;
  }
}
