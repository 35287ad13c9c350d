import type { Clock } from "../../core/clock.ts";
import { SealwayError } from "../../core/errors.ts";

const within = 600_000;
/** Names that are remembered; above this the oldest are forgotten. */
const mostNames = 10_000;

/** Failed attempts of each name (an address, a key) within ten minutes. */
export class AttemptLimit {
  readonly #failures = new Map<string, { count: number; readonly since: number }>();
  readonly #most: number;
  readonly #clock: Clock;

  /** @param most failures of one name; then it is refused until the time is over */
  constructor(most: number, clock: Clock) {
    this.#most = most;
    this.#clock = clock;
  }

  /** @throws SealwayError `too_many_attempts` */
  check(name: string): void {
    if ((this.#of(name)?.count ?? 0) >= this.#most)
      throw new SealwayError("too_many_attempts", "try again in ten minutes");
  }

  failed(name: string): void {
    const known = this.#of(name);
    if (known !== undefined) {
      known.count++;
      return;
    }
    if (this.#failures.size >= mostNames) this.#failures.delete(this.#failures.keys().next().value!);
    this.#failures.set(name, { count: 1, since: this.#clock.now() });
  }

  #of(name: string): { count: number; readonly since: number } | undefined {
    const known = this.#failures.get(name);
    if (known === undefined || this.#clock.now() - known.since < within) return known;
    this.#failures.delete(name);
    return undefined;
  }
}
