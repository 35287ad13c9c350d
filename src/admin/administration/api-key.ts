import { equalSecret, fromBase64Url, sha256, toBase64Url } from "../../core/bytes.ts";
import { randomOctets } from "../../core/random.ts";
import { isUuidV7 } from "../../core/uuid.ts";

const secretOctets = 32;
const form = /^sealway_([0-9a-f-]{36})_([A-Za-z0-9_-]{43})$/;

/** An API key as it is shown once: `sealway_{id}_{secret}`. */
export function newSecret(id: string): { readonly text: string; readonly digest: string } {
  const secret = randomOctets(secretOctets);
  return { text: `sealway_${id}_${toBase64Url(secret)}`, digest: toBase64Url(sha256(secret)) };
}

/** @param text an attacker's choice. @returns undefined for what is no key */
export function parseApiKey(text: string): { readonly id: string; readonly secret: Buffer } | undefined {
  const [, id, secret] = form.exec(text) ?? [];
  if (id === undefined || !isUuidV7(id)) return undefined;
  const bytes = fromBase64Url(secret!);
  return bytes?.length === secretOctets ? { id, secret: bytes } : undefined;
}

/** Compares in constant time. @param digest that is kept, base64url */
export function fitsDigest(secret: Buffer, digest: string): boolean {
  return equalSecret(sha256(secret), Buffer.from(digest, "base64url"));
}
