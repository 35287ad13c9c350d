import type { Clock } from "../core/clock.ts";

/** How a time-stamping authority has fared. Times are milliseconds since the epoch. */
export interface AuthorityStanding {
  readonly url: string;
  /** Failures in a row. */
  readonly failures: number;
  /** When the first of them was; undefined when the last answer was good, or none was asked for. */
  readonly failingSince: number | undefined;
  /** Why the last one failed; no personal data. */
  readonly reason: string | undefined;
  readonly lastGood: number | undefined;
  /** Tokens that were not what was asked for, since the start, and when the last one came. */
  readonly unexpected: number;
  readonly lastUnexpected: number | undefined;
  /** When the certificate expires with which it signed last. */
  readonly signerExpires: number | undefined;
}

interface Standing {
  failures: number;
  failingSince: number | undefined;
  reason: string | undefined;
  lastGood: number | undefined;
  unexpected: number;
  lastUnexpected: number | undefined;
  signerExpires: number | undefined;
  /** Not asked before, milliseconds. */
  retryAt: number;
}

const firstBackOffMs = 10_000;
const longestBackOffMs = 600_000;

/**
 * Remembers how each authority fared from one question to the next. One that failed is left alone for a while, twice
 * as long each time, and a random part of it less, so that not all servers of a country come back at one moment.
 */
export class TimestampStanding {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #standings = new Map<string, Standing>();

  /** @param random from 0 to 1 */
  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  /**
   * Whom to ask now, in the order given. When all are left alone it is the one whose pause ends first: a time-stamp is
   * never given up without a question.
   */
  toAsk<Authority extends { readonly url: string }>(authorities: readonly Authority[]): readonly Authority[] {
    const now = this.#clock.now();
    const ready = authorities.filter(({ url }) => this.#retryAt(url, now) <= now);
    if (ready.length > 0) return ready;
    return [...authorities].sort((a, b) => this.#retryAt(a.url, now) - this.#retryAt(b.url, now)).slice(0, 1);
  }

  /** @param signerExpires when the authority's own certificate expires, milliseconds */
  succeeded(url: string, signerExpires: number): void {
    const standing = this.#of(url);
    Object.assign(standing, { failures: 0, failingSince: undefined, reason: undefined, retryAt: 0 });
    standing.signerExpires = signerExpires;
    standing.lastGood = this.#clock.now();
  }

  failed(url: string, reason: string): void {
    const standing = this.#of(url);
    const now = this.#clock.now();
    const longest = Math.min(firstBackOffMs * 2 ** standing.failures, longestBackOffMs);
    standing.failures++;
    standing.failingSince ??= now;
    standing.reason = reason;
    standing.retryAt = now + longest * (1 - this.#random() / 2);
  }

  gaveUnexpected(url: string): void {
    const standing = this.#of(url);
    standing.unexpected++;
    standing.lastUnexpected = this.#clock.now();
  }

  /** Of the authorities named; those never asked have an empty record. */
  of(authorities: readonly { readonly url: string }[]): readonly AuthorityStanding[] {
    return authorities.map(({ url }) => {
      const { retryAt: _, ...standing } = this.#of(url);
      return { url, ...standing };
    });
  }

  /** A pause lies never further ahead than the longest one: the clock may have been set back. */
  #retryAt(url: string, now: number): number {
    return Math.min(this.#of(url).retryAt, now + longestBackOffMs);
  }

  #of(url: string): Standing {
    const known = this.#standings.get(url);
    if (known !== undefined) return known;
    const standing: Standing = {
      failures: 0,
      failingSince: undefined,
      reason: undefined,
      lastGood: undefined,
      unexpected: 0,
      lastUnexpected: undefined,
      signerExpires: undefined,
      retryAt: 0,
    };
    this.#standings.set(url, standing);
    return standing;
  }
}
