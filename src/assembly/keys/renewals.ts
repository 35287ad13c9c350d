import type { Clock } from "../../core/clock.ts";
import type { MemberId, ServerId } from "../../core/ids.ts";
import type { KeyUse } from "../../pki/certificate-names.ts";
import type { After } from "../../pki/ocsp-stapler.ts";
import type { Slot } from "./key-choice.ts";

/** A certificate that has a successor to get in time. */
export interface Renewable {
  readonly slot: Slot;
  readonly use: KeyUse;
  readonly of: MemberId | ServerId;
  /** Of the youngest certificate of the slot, used or not; milliseconds. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** The name of its key when the governing authority does not list the certificate yet. */
  readonly unlisted?: string;
}

export interface RenewalParts {
  readonly clock: Clock;
  readonly after: After;
  /** 0 to 1, as `Math.random`. */
  readonly random: () => number;
  /** Milliseconds before its end that a certificate is renewed. */
  readonly before: number;
  /** What is to be renewed by itself. */
  readonly list: () => Promise<readonly Renewable[]>;
  /** Gets a certificate for a new key. @returns the key's name @throws why not */
  readonly renew: (one: Renewable) => Promise<string>;
  /** Asks for a key's certificate to be registered. @throws why it cannot be asked */
  readonly register: (key: string) => Promise<void>;
  readonly done: (slot: Slot) => void;
  readonly failed: (slot: Slot, error: Error) => void;
}

/** Since when certificates cannot be renewed, and why. */
export interface RenewalFailure {
  readonly slot: Slot;
  /** Milliseconds. */
  readonly since: number;
  readonly reason: string;
}

/**
 * Until the first look and between two, milliseconds; each is up to half shorter, so that not all servers come to the CA
 * at one moment.
 */
const [firstPause, longestPause] = [10 * 60_000, 6 * 3_600_000];
/** Of the time of a certificate that is shorter than three times `before`: renewed when this much is left. */
const leftOfShort = 1 / 3;

/** Renews certificates before their end, one after another. */
export class CertificateRenewals {
  readonly #parts: RenewalParts;
  readonly #failures = new Map<Slot, RenewalFailure>();
  /** Keys whose registration was asked for in this run: officers may take their time. */
  readonly #asked = new Set<string>();
  #cancel: () => void = () => {};
  #running: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(parts: RenewalParts) {
    this.#parts = parts;
    this.#plan(firstPause);
  }

  failures(): readonly RenewalFailure[] {
    return [...this.#failures.values()];
  }

  /** Renews what is due. One look at a time. */
  look(): Promise<void> {
    this.#running = this.#running.then(() => this.#look());
    return this.#running;
  }

  /** Does not wait for a CA. */
  close(): void {
    this.#isClosed = true;
    this.#cancel();
  }

  #plan(pause: number): void {
    const { after, random } = this.#parts;
    this.#cancel = after(pause * (1 - random() / 2), () => {
      void this.look().finally(() => {
        if (!this.#isClosed) this.#plan(longestPause);
      });
    });
  }

  async #look(): Promise<void> {
    const { clock, list, before } = this.#parts;
    const found = await list().catch(() => undefined);
    if (found === undefined) return;
    const due = found.filter((one) =>
      one.unlisted === undefined ? clock.now() >= dueAt(one, before) : !this.#asked.has(one.unlisted),
    );
    // What an operator did by hand meanwhile is no failure any more.
    for (const slot of this.#failures.keys())
      if (due.every((one) => one.slot !== slot)) this.#failures.delete(slot);
    for (const one of due) if (!this.#isClosed) await this.#renew(one);
  }

  async #renew(one: Renewable): Promise<void> {
    const { clock, renew, register, done, failed } = this.#parts;
    const { slot } = one;
    try {
      const key = one.unlisted ?? (await renew(one));
      await register(key);
      this.#asked.add(key);
      this.#failures.delete(slot);
      done(slot);
    } catch (error) {
      const reason = (error as Error).message;
      this.#failures.set(slot, { slot, since: this.#failures.get(slot)?.since ?? clock.now(), reason });
      failed(slot, error as Error);
    }
  }
}

/** When a certificate is to be renewed, milliseconds. */
export function dueAt(
  { notBefore, notAfter }: Pick<Renewable, "notBefore" | "notAfter">,
  before: number,
): number {
  return notAfter - Math.min(before, (notAfter - notBefore) * leftOfShort);
}
