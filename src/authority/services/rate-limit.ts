import type { Clock } from "../../core/clock.ts";
import { SealwayError } from "../../core/errors.ts";

export interface Rate {
  /** Requests at once. */
  readonly burst: number;
  /** Milliseconds until there may be one more. */
  readonly refill: number;
}

/** Callers remembered; who comes with more of them finds all others forgotten, and the queue still bounded. */
const mostCallers = 10_000;

/** How often one caller may ask for what costs signatures and the gate. */
export class RateLimit {
  readonly #rate: Rate;
  readonly #clock: Clock;
  /** When each caller will have asked for nothing, milliseconds. */
  readonly #idleAt = new Map<string, number>();

  constructor(rate: Rate, clock: Clock) {
    this.#rate = rate;
    this.#clock = clock;
  }

  /** @throws SealwayError `overloaded` */
  enter(caller: string): void {
    const { burst, refill } = this.#rate;
    const now = this.#clock.now();
    const known = this.#idleAt.get(caller) ?? now;
    // No caller is that far ahead, unless the clock was set back.
    const idleAt = (known > now + burst * refill ? now : Math.max(now, known)) + refill;
    if (idleAt - now > burst * refill) throw new SealwayError("overloaded", `too many requests of ${caller}`);
    if (this.#idleAt.size >= mostCallers) this.#idleAt.clear();
    this.#idleAt.set(caller, idleAt);
  }
}
