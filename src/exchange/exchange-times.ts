import { type Clock, monotonic } from "../core/clock.ts";

/** When an exchange came to this server, left it for the next one, and came back; milliseconds since the epoch. */
export class ExchangeTimes {
  readonly requestIn: number;
  readonly #clock: Clock;
  readonly #began = monotonic();
  #requestOut: number | null = null;
  #responseIn: number | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.requestIn = clock.now();
  }

  get requestOut(): number | null {
    return this.#requestOut;
  }

  get responseIn(): number | null {
    return this.#responseIn;
  }

  /** The request goes to the next server, or to the service. */
  leave(): void {
    this.#requestOut = this.#clock.now();
  }

  /** What was asked has answered. */
  comeBack(): void {
    this.#responseIn = this.#clock.now();
  }

  /** Milliseconds since the exchange came, on a clock that never steps. */
  elapsed(): number {
    return monotonic() - this.#began;
  }
}
