import type { Clock } from "../core/clock.ts";
import { randomOctets } from "../core/random.ts";

interface Entry<Value> {
  readonly value: Value;
  readonly began: number;
  seen: number;
}

/** When an entry ends, milliseconds. */
export interface Lifetimes {
  /** Since it was used last. */
  readonly idle: number;
  /** Since it began. */
  readonly absolute: number;
}

/** Octets of an id: 256 random bits, twice what nobody can guess. */
const idOctets = 32;

/** What is kept in memory for a browser, under a random id that it alone is told. The oldest go when there are too many. */
export class ExpiringMap<Value> {
  readonly #entries = new Map<string, Entry<Value>>();
  readonly #lifetimes: Lifetimes;
  readonly #most: number;
  readonly #clock: Clock;

  constructor(lifetimes: Lifetimes, most: number, clock: Clock) {
    this.#lifetimes = lifetimes;
    this.#most = most;
    this.#clock = clock;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** @returns its id */
  add(value: Value): string {
    this.#makeRoom();
    const id = randomOctets(idOctets).toString("base64url");
    const now = this.#clock.now();
    this.#entries.set(id, { value, began: now, seen: now });
    return id;
  }

  /** The value, which is in use again; undefined when there is none or its time is over. @param id an attacker's choice */
  use(id: string | undefined): Value | undefined {
    const entry = id === undefined ? undefined : this.#entries.get(id);
    if (entry === undefined) return undefined;
    if (this.#hasEnded(entry)) {
      this.#entries.delete(id!);
      return undefined;
    }
    entry.seen = this.#clock.now();
    return entry.value;
  }

  /** Another value in the place of one that is there; when its time is over does not change. */
  replace(id: string, value: Value): void {
    const entry = this.#entries.get(id);
    if (entry !== undefined) this.#entries.set(id, { ...entry, value });
  }

  /** The value, which is gone afterwards. */
  take(id: string | undefined): Value | undefined {
    const value = this.use(id);
    if (id !== undefined) this.#entries.delete(id);
    return value;
  }

  /** Forgets what has ended: nobody asks for it any more, and it may name somebody. */
  forgetEnded(): void {
    for (const [id, entry] of this.#entries) if (this.#hasEnded(entry)) this.#entries.delete(id);
  }

  /** Entries stand in the order in which they began. */
  #makeRoom(): void {
    if (this.#entries.size < this.#most) return;
    this.forgetEnded();
    for (const id of this.#entries.keys()) {
      if (this.#entries.size < this.#most) return;
      this.#entries.delete(id);
    }
  }

  #hasEnded({ began, seen }: Entry<Value>): boolean {
    const now = this.#clock.now();
    return now - seen >= this.#lifetimes.idle || now - began >= this.#lifetimes.absolute;
  }
}
