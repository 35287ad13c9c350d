import { createCipheriv, createDecipheriv, hkdfSync } from "node:crypto";
import type { Clock } from "../core/clock.ts";
import { randomOctets } from "../core/random.ts";

const cipher = "aes-256-gcm";
const nonceLength = 12;
const tagLength = 16;
/** Characters of a sealed errand: a cookie has room for them, and a request's headers for the cookie. */
const mostLength = 3000;

/**
 * What a browser was sent to the identity provider for, sealed (AES-256-GCM, NIST SP 800-38D) in a cookie of its own: the
 * site remembers nothing until somebody has signed in, so that whoever begins many sign-ins pushes nobody out, and any
 * process of a site that has the same secret takes up what another one began.
 */
export class ErrandSeal<Errand> {
  readonly #key: Buffer;
  readonly #associated: Buffer;
  readonly #lifetime: number;
  readonly #clock: Clock;

  /**
   * @param secret at least 32 random bytes, of which the key is made
   * @param publicUrl of the site: what another one sealed counts for nothing here
   * @param lifetime milliseconds
   */
  constructor(secret: Buffer, publicUrl: string, lifetime: number, clock: Clock) {
    this.#key = Buffer.from(hkdfSync("sha256", secret, "", "sealway/web/signing-in/v1", 32));
    this.#associated = Buffer.from(`signing-in\0${publicUrl}`);
    this.#lifetime = lifetime;
    this.#clock = clock;
  }

  /** @returns base64url */
  seal(errand: Errand): string {
    const nonce = randomOctets(nonceLength);
    const sealing = createCipheriv(cipher, this.#key, nonce).setAAD(this.#associated);
    const text = JSON.stringify({ errand, ends: this.#clock.now() + this.#lifetime });
    const bytes = Buffer.concat([sealing.update(text, "utf8"), sealing.final()]);
    return Buffer.concat([nonce, bytes, sealing.getAuthTag()]).toString("base64url");
  }

  /** @param text an attacker's choice. @returns undefined when it was not sealed here, was altered, or its time is over */
  open(text: string | undefined): Errand | undefined {
    if (text === undefined || text.length > mostLength) return undefined;
    const bytes = Buffer.from(text, "base64url");
    const end = bytes.length - tagLength;
    if (end < nonceLength) return undefined;
    try {
      const opening = createDecipheriv(cipher, this.#key, bytes.subarray(0, nonceLength), {
        authTagLength: tagLength,
      });
      opening.setAAD(this.#associated).setAuthTag(bytes.subarray(end));
      const plain = Buffer.concat([opening.update(bytes.subarray(nonceLength, end)), opening.final()]);
      const { errand, ends } = JSON.parse(plain.toString("utf8")) as { errand: Errand; ends: number };
      return this.#clock.now() < ends ? errand : undefined;
    } catch {
      return undefined;
    }
  }
}
