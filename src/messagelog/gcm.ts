import { createCipheriv, createDecipheriv, type KeyObject } from "node:crypto";
import { randomOctets } from "../core/random.ts";

/*
 * AES-256-GCM (NIST SP 800-38D) as the log uses it: a random nonce of 12 bytes, the ciphertext, a tag of 16. At
 * 2^28 heads a day and key the chance of a repeated nonce is below 2^-40. Keys are KeyObjects: raw bytes cost
 * twice as much.
 */
const nonceLength = 12;
const tagLength = 16;

export function encryptGcm(key: KeyObject, plaintext: Buffer, associated: Buffer): Buffer {
  const nonce = randomOctets(nonceLength);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  cipher.setAAD(associated);
  const ciphertext = cipher.update(plaintext);
  return Buffer.concat([nonce, ciphertext, cipher.final(), cipher.getAuthTag()]);
}

/** @returns undefined when the bytes were not made by `encryptGcm` with this key and associated data */
export function decryptGcm(key: KeyObject, bytes: Buffer, associated: Buffer): Buffer | undefined {
  if (bytes.length < nonceLength + tagLength) return undefined;
  const options = { authTagLength: tagLength };
  const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, nonceLength), options);
  decipher.setAAD(associated);
  decipher.setAuthTag(bytes.subarray(-tagLength));
  const plaintext = decipher.update(bytes.subarray(nonceLength, -tagLength));
  try {
    return Buffer.concat([plaintext, decipher.final()]);
  } catch {
    return undefined;
  }
}
