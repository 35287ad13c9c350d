import { isUtf8 } from "node:buffer";
import { createHmac, hash, type KeyObject, timingSafeEqual } from "node:crypto";

/*
 * Digests are taken as text and written down: a Buffer that node's native side makes has memory of its own, and costs
 * three times as much as hashing some ten bytes (measured: 1.2 µs instead of 0.4).
 */

/** SHA-256 of bytes or of a string's UTF-8. */
export function sha256(data: Uint8Array | string): Buffer {
  return hashOf("sha256", data);
}

/** SHA-512 of bytes or of a string's UTF-8. */
export function sha512(data: Uint8Array | string): Buffer {
  return hashOf("sha512", data);
}

/** Of bytes or of a string's UTF-8. @param algorithm as node names it @throws Error for one that it does not have */
export function hashOf(algorithm: string, data: Uint8Array | string): Buffer {
  return Buffer.from(hash(algorithm, data, "binary"), "latin1");
}

/** HMAC-SHA-256 (RFC 2104) of a string's UTF-8. */
export function hmacSha256(key: KeyObject | Uint8Array, text: string): Buffer {
  return Buffer.from(createHmac("sha256", key).update(text).digest("binary"), "latin1");
}

/** SHA-256 in base64url: less than `sha256` written out. */
export function sha256Base64Url(data: Uint8Array | string): string {
  return hash("sha256", data, "base64url");
}

/** base64url without padding (RFC 4648 §5). */
export function toBase64Url(data: Uint8Array): string {
  return asBuffer(data).toString("base64url");
}

/**
 * Strict base64url: only the one canonical spelling decodes, since `Buffer.from` ignores garbage and
 * several spellings would name the same bytes (an attacker's choice).
 * @returns the bytes, or undefined when the text is not canonical
 */
export function fromBase64Url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, "base64url");
  return bytes.toString("base64url") === text ? bytes : undefined;
}

/** Strict padded base64 (RFC 4648 §4), as `fromBase64Url`. */
export function fromBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text ? bytes : undefined;
}

/**
 * The text of a header's value whose octets come as latin1 characters: UTF-8 when they are, else ISO 8859-1; without
 * outer white space.
 */
export function headerText(value: string): string {
  const octets = Buffer.from(value, "latin1");
  return (isUtf8(octets) ? octets.toString("utf8") : value).trim();
}

/** Equality in constant time; lengths are not secret. */
export function equalSecret(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** The same memory seen as a Buffer, without a copy. */
export function asBuffer(data: Uint8Array): Buffer {
  return Buffer.isBuffer(data) ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}
