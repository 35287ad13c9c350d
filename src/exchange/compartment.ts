import type { Clock } from "../core/clock.ts";
import { SealwayError } from "../core/errors.ts";

/** Failures to connect in a row that open the breaker, and how long it stays open, milliseconds. */
const failuresToOpen = 5;
const openFor = 5_000;

/**
 * The walls around one service: as many calls at once as it takes, and a pause when it cannot be reached, so that a
 * slow or broken provider fills its own compartment and no other.
 */
export class Compartment {
  readonly #clock: Clock;
  readonly #concurrency: number;
  #running = 0;
  #failures = 0;
  #openUntil = 0;

  constructor(clock: Clock, concurrency: number) {
    this.#clock = clock;
    this.#concurrency = concurrency;
  }

  get running(): number {
    return this.#running;
  }

  /** Calls at once. */
  get concurrency(): number {
    return this.#concurrency;
  }

  /** Whether calls are refused because the service could not be reached. */
  get isPaused(): boolean {
    return this.#clock.now() < this.#openUntil;
  }

  /**
   * Takes a place; the caller gives it back with `leave`.
   * @throws SealwayError `service_busy`, or `service_unreachable` while the breaker is open
   */
  enter(): void {
    if (this.isPaused) {
      throw new SealwayError(
        "service_unreachable",
        "the service could not be reached several times in a row; next attempt in a moment",
      );
    }
    if (this.#running >= this.#concurrency) {
      throw new SealwayError("service_busy", `${this.#concurrency} calls are in progress`);
    }
    this.#running++;
  }

  /** @param failure what the call ended with, if anything */
  leave(failure?: unknown): void {
    this.#running--;
    if (!(failure instanceof SealwayError && failure.code === "service_unreachable")) {
      this.#failures = 0;
      return;
    }
    if (++this.#failures < failuresToOpen) return;
    this.#openUntil = this.#clock.now() + openFor;
    this.#failures = 0;
  }
}
