import type { Clock } from "../../core/clock.ts";
import { SealwayError } from "../../core/errors.ts";

/** Acts that one address may send at once, and milliseconds until it may send one more. */
const burst = 120;
const refill = 1_000;
/** Addresses remembered; who comes with more of them finds all others forgotten, and the queue still bounded. */
const mostAddresses = 10_000;

/** How often one address may ask for what costs signatures and the gate. */
export class AddressLimit {
  readonly #clock: Clock;
  /** When each address will have asked for nothing, milliseconds. */
  readonly #idleAt = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @throws SealwayError `overloaded` */
  enter(address: string): void {
    const now = this.#clock.now();
    const known = this.#idleAt.get(address) ?? now;
    // No address is that far ahead, unless the clock was set back.
    const idleAt = (known > now + burst * refill ? now : Math.max(now, known)) + refill;
    if (idleAt - now > burst * refill)
      throw new SealwayError("overloaded", "too many acts from this address");
    if (this.#idleAt.size >= mostAddresses) this.#idleAt.clear();
    this.#idleAt.set(address, idleAt);
  }
}
