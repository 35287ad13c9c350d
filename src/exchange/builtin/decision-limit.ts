import { SealwayError } from "../../core/errors.ts";
import type { ClientId } from "../../core/ids.ts";

/** Dry runs about a person that a client has in a minute: who asks more searches for somebody's permissions. */
const most = 60;
const minute = 60_000;

/** Counts the dry runs about persons in the minute that runs. */
export class DecisionLimit {
  readonly #counts = new Map<ClientId, number>();
  #minute = 0;

  /** @param now milliseconds. @throws SealwayError `dry_runs_exceeded` */
  count(client: ClientId, now: number): void {
    const current = Math.floor(now / minute);
    if (current !== this.#minute) this.#counts.clear();
    this.#minute = current;
    const count = (this.#counts.get(client) ?? 0) + 1;
    if (count > most)
      throw new SealwayError(
        "dry_runs_exceeded",
        `${most} dry runs about persons have been made this minute`,
      );
    this.#counts.set(client, count);
  }
}
