/** Longest that one who waits is kept, milliseconds: less than what proxies cut off. */
const longestWait = 25_000;
/** Those who wait cost a connection each; the others poll. */
const mostWaiting = 20_000;
/** How many are told at once, and milliseconds to the next of them: thousands must not all fetch in one moment. */
const toldAtOnce = 100;
const betweenTold = 50;

/** Those who wait for a version of the configuration that is newer than theirs. */
export class VersionWaiters {
  readonly #waiting = new Set<(version: number | undefined) => void>();
  #version = 0;

  /** Tells all who wait: 3,000 of them within two seconds. */
  published(version: number): void {
    if (version === this.#version) return;
    this.#version = version;
    for (const [i, tell] of [...this.#waiting].entries()) {
      const group = Math.floor(i / toldAtOnce);
      if (group === 0) tell(version);
      else setTimeout(tell, group * betweenTold, version);
    }
  }

  /**
   * @param known the version that the caller has
   * @returns the version that is published as soon as it is another one; undefined when none came in time, or too many wait
   */
  wait(known: number): Promise<number | undefined> {
    if (known !== this.#version) return Promise.resolve(this.#version);
    if (this.#waiting.size >= mostWaiting) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const tell = (version: number | undefined) => {
        clearTimeout(timer);
        this.#waiting.delete(tell);
        resolve(version);
      };
      const timer = setTimeout(() => tell(undefined), longestWait).unref();
      this.#waiting.add(tell);
    });
  }

  /** Lets everybody go. */
  close(): void {
    for (const tell of this.#waiting) tell(undefined);
  }
}
