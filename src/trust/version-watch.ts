import type { MirrorConnections } from "./configuration-mirror.ts";

/** Milliseconds until mirrors that gave no answer are asked again; doubled up to the longest while they give none. */
const shortestPause = 1_000;
const longestPause = 60_000;

export interface VersionWatchOptions {
  readonly mirrors: readonly string[];
  readonly connections: MirrorConnections;
  /** Of the configuration in use; 0 for none. */
  readonly version: () => number;
  /** Polls at once; resolves when that is over, whatever came of it. */
  readonly poll: () => Promise<void>;
}

/**
 * Asks a mirror to answer as soon as it has another version, and polls then: what is published takes effect in seconds.
 * A mirror that cannot do so is only polled. What it says is believed no more than that it is time to look.
 */
export class VersionWatch {
  readonly #options: VersionWatchOptions;
  readonly #done: Promise<void>;
  #closed = false;
  #wake: () => void = () => {};

  constructor(options: VersionWatchOptions) {
    this.#options = options;
    this.#done = this.#run();
  }

  /** The connections must be closed before. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#wake();
    await this.#done;
  }

  async #run(): Promise<void> {
    let pause = shortestPause;
    while (!this.#closed) {
      const isAnswered = await this.#round();
      pause = isAnswered ? shortestPause : Math.min(pause * 2, longestPause);
      if (!isAnswered) await this.#rest(pause);
    }
  }

  /** @returns whether a mirror could be waited for, which takes its time, and did not lead us astray */
  async #round(): Promise<boolean> {
    const { mirrors, connections, version, poll } = this.#options;
    for (const mirror of mirrors) {
      const known = version();
      const began = performance.now();
      const told = await connections.wait(mirror, known).catch(() => "unable" as const);
      if (this.#closed) return true;
      if (told === "unable") continue;
      if (told === "no other") return performance.now() - began >= shortestPause;
      await poll();
      return version() !== known;
    }
    return false;
  }

  #rest(milliseconds: number): Promise<void> {
    if (this.#closed) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds).unref();
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
