import { afterTimeout } from "../pki/ocsp-stapler.ts";

/** How long a stopping gateway waits for a round, milliseconds. */
const stopWait = 5_000;

/** Between the start and the first round, and between rounds, milliseconds. */
export interface RoundTimes {
  readonly firstAfter: number;
  readonly every: number;
}

/** Work beside the traffic that is done again and again, one round at a time, until it says that it is done. */
export class Rounds {
  readonly #times: RoundTimes;
  readonly #round: (signal: AbortSignal) => Promise<"more" | "done">;
  readonly #end = new AbortController();
  #cancel = () => {};
  #running: Promise<unknown> | undefined;

  /** @param round one round; it rejects never */
  constructor(times: RoundTimes, round: (signal: AbortSignal) => Promise<"more" | "done">) {
    this.#times = times;
    this.#round = round;
  }

  start(): void {
    this.#plan(this.#times.firstAfter);
  }

  /** One round now, after the one that runs. */
  async now(): Promise<"more" | "done"> {
    await this.#running;
    const running = this.#round(this.#end.signal);
    this.#running = running;
    return running;
  }

  /** Waits for the round that runs, but not for a peer that does not answer. */
  async stop(): Promise<void> {
    this.#end.abort();
    this.#cancel();
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = afterTimeout(stopWait, resolve);
    await Promise.race([this.#running, promise]);
    cancel();
  }

  #plan(pause: number): void {
    this.#cancel = afterTimeout(pause, () => void this.#runAndGoOn());
  }

  async #runAndGoOn(): Promise<void> {
    const left = await this.now();
    if (left === "more" && !this.#end.signal.aborted) this.#plan(this.#times.every);
  }
}
