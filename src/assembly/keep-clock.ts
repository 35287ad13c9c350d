import { randomBytes } from "node:crypto";
import type { Logger } from "pino";
import { type Clock, monotonic } from "../core/clock.ts";
import { type AuthorityHeard, obtainTimestamp } from "../pki/timestamp-client.ts";
import { ClockWatch } from "./clock-watch.ts";
import { timestampSources } from "./open-log.ts";
import { Rounds } from "./rounds.ts";
import type { TrustInUse } from "./trust-in-use.ts";

/** How often our clock is looked at, and an authority is asked when nobody's clock was seen for a while, milliseconds. */
const lookEvery = 2_000;
const askAfter = 600_000;
/** Between two questions: right after a step of our clock, and when there is nothing else to see. */
const shortestPause = 1_000;
const longestPause = 60_000;

export interface KeepClockOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly trust: TrustInUse;
}

/** @param opened takes what ends it */
export function openClocks(options: KeepClockOptions & { readonly opened: (() => unknown)[] }): ClockKeeper {
  const keeper = new ClockKeeper(options);
  options.opened.push(() => keeper.close());
  return keeper;
}

/** Watches this server's clock: by what comes with the traffic, and where there is none, by asking for a time-stamp. */
export class ClockKeeper {
  readonly watch: ClockWatch;
  readonly #options: KeepClockOptions;
  readonly #rounds: Rounds;
  #asked = Number.NEGATIVE_INFINITY;

  constructor(options: KeepClockOptions) {
    this.#options = options;
    this.watch = new ClockWatch(options.clock, monotonic, (by) => this.#jumped(by));
    this.#rounds = new Rounds({ firstAfter: lookEvery, every: lookEvery }, () => this.#round());
    this.#rounds.start();
  }

  /** Takes the time of each token. */
  readonly heard: AuthorityHeard = (url, time) => this.watch.heardAuthority(url, time);

  close(): Promise<void> {
    return this.#rounds.stop();
  }

  #jumped(by: number): void {
    this.#options.logger.warn({ milliseconds: Math.round(by) }, "the clock of this server has stepped");
    void this.#rounds.now();
  }

  async #round(): Promise<"more"> {
    const { authorities, jump, unseenMs } = this.watch.figures();
    const isUnsure = jump !== null && authorities.length === 0;
    const now = monotonic();
    const pause = isUnsure ? shortestPause : longestPause;
    if ((isUnsure || unseenMs > askAfter) && now - this.#asked >= pause) {
      this.#asked = now;
      await this.#ask();
    }
    return "more";
  }

  /** The token proves nothing and is not kept: what counts is its time. */
  async #ask(): Promise<void> {
    const { clock, trust } = this.#options;
    try {
      const imprint = { digest: "sha256", value: randomBytes(32) } as const;
      await obtainTimestamp(imprint, { ...timestampSources(trust, clock), heard: this.heard });
    } catch (err) {
      this.#options.logger.debug({ err }, "no time-stamp to compare the clock with");
    }
  }
}
