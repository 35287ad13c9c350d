import { AdmissionGate } from "../core/admission-gate.ts";

/** Longest that one who waits is kept, milliseconds: less than what proxies cut off. */
const longestWait = 25_000;
/** Those who wait cost a connection each, of which others must be left; the rest polls. One address gets half. */
const mostWaiting = 6_000;
/** How many are told at once, and milliseconds to the next of them: thousands must not all fetch in one moment. */
const toldAtOnce = 100;
const betweenTold = 50;

/** Those who wait for a version of the configuration that is newer than theirs. */
export class VersionWaiters {
  readonly #waiting = new Set<(version: number | undefined) => void>();
  readonly #gate = new AdmissionGate(mostWaiting);
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
   * @param caller its address
   * @param gone when nobody waits any more
   * @returns the version that is published as soon as it is another one; undefined when none came in time
   * @throws SealwayError `overloaded` when too many wait
   */
  async wait(known: number, caller: string, gone: AbortSignal): Promise<number | undefined> {
    if (known !== this.#version) return this.#version;
    this.#gate.enter(caller);
    const { promise, resolve } = Promise.withResolvers<number | undefined>();
    const leave = () => resolve(undefined);
    const timer = setTimeout(leave, longestWait).unref();
    gone.addEventListener("abort", leave);
    this.#waiting.add(resolve);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      gone.removeEventListener("abort", leave);
      this.#waiting.delete(resolve);
      this.#gate.leave(caller);
    }
  }

  /** Lets everybody go. */
  close(): void {
    for (const tell of this.#waiting) tell(undefined);
  }
}
