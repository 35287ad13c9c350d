import { sha512 } from "../core/bytes.ts";

/**
 * X-Road-Request-Hash: base64 of SHA-512 over the canonical head, folded with the body's SHA-512 when there is a
 * body of at least one byte.
 * @param canonical the head's canonical part as latin1 text of its bytes
 * @param bodyDigest SHA-512 of the body, or null when there is none
 */
export function requestHash(canonical: string, bodyDigest: Buffer | null): string {
  const head = sha512(Buffer.from(canonical, "latin1"));
  const whole = bodyDigest === null ? head : sha512(Buffer.concat([head, bodyDigest]));
  return whole.toString("base64");
}
