import { equalSecret, sha256, toBase64Url } from "../../core/bytes.ts";
import type { Clock } from "../../core/clock.ts";
import { randomOctets } from "../../core/random.ts";

const lifetime = 3_600_000;
const mostTries = 10;
const octets = 16;

/** The one-time code by which the first user is made: whoever reads what the process prints is the server's operator. */
export class FirstCode {
  readonly #digest: Buffer;
  readonly #clock: Clock;
  readonly #ends: number;
  #tries = 0;

  private constructor(code: string, clock: Clock) {
    this.#digest = sha256(code);
    this.#clock = clock;
    this.#ends = clock.now() + lifetime;
  }

  /** @returns the code (128 random bits), which is kept nowhere, and what knows it again */
  static make(clock: Clock): { readonly code: string; readonly first: FirstCode } {
    const code = toBase64Url(randomOctets(octets));
    return { code, first: new FirstCode(code, clock) };
  }

  /** Whether this is the code, within an hour and ten tries. @param code an attacker's choice */
  fits(code: string): boolean {
    if (this.#tries >= mostTries || this.#clock.now() >= this.#ends) return false;
    this.#tries++;
    return equalSecret(sha256(code), this.#digest);
  }
}
