import { DerError } from "./der.ts";

/*
 * The two forms of a P-256 signature: DER of SEQUENCE { r, s } (X.509, node's default) and the 64 octets r‖s of
 * JWS (RFC 7518 §3.4). Converted by hand, since node's own `ieee-p1363` doubles the cost of signing.
 */

const path = "ECDSA-Sig-Value";

/** DER to 64 octets. @throws DerError unless it is the one DER encoding of two numbers of 1 to 32 octets */
export function ecdsaDerToRaw(der: Uint8Array): Buffer {
  if (der.length < 8 || der.length > 72 || der[0] !== 0x30 || der[1] !== der.length - 2) {
    throw new DerError(path, "malformed SEQUENCE");
  }
  const raw = Buffer.alloc(64);
  const middle = copyInteger(der, 2, raw, 32);
  if (copyInteger(der, middle, raw, 64) !== der.length) throw new DerError(path, "bytes after s");
  return raw;
}

/** Copies the INTEGER at `at` so that it ends before `end` of `raw`; returns where it ends in `der`. */
function copyInteger(der: Uint8Array, at: number, raw: Buffer, end: number): number {
  const length = der[at + 1] ?? 0;
  const start = at + 2;
  const stop = start + length;
  const first = der[start] ?? 0;
  const padded = length > 1 && first === 0;
  if (der[at] !== 0x02 || length === 0 || stop > der.length || first >= 0x80) {
    throw new DerError(path, "malformed INTEGER");
  }
  if (padded && der[start + 1]! < 0x80) throw new DerError(path, "non-minimal INTEGER is not DER");
  const from = padded ? start + 1 : start;
  if (stop - from > 32) throw new DerError(path, "INTEGER out of range");
  raw.set(der.subarray(from, stop), end - (stop - from));
  return stop;
}

/** 64 octets to DER. @throws DerError for another length */
export function ecdsaRawToDer(raw: Uint8Array): Buffer {
  if (raw.length !== 64) throw new DerError(path, "expected 64 octets");
  const r = significant(raw, 0);
  const s = significant(raw, 32);
  const rPad = raw[r]! >> 7;
  const sPad = raw[s]! >> 7;
  const rLength = 32 - r + rPad;
  const sLength = 64 - s + sPad;
  // Of the pool: memory of its own, which V8 gives to more than 64 octets, would cost twenty times as much.
  const der = Buffer.allocUnsafe(6 + rLength + sLength).fill(0);
  der[0] = 0x30;
  der[1] = 4 + rLength + sLength;
  der[2] = 0x02;
  der[3] = rLength;
  der.set(raw.subarray(r, 32), 4 + rPad);
  der[4 + rLength] = 0x02;
  der[5 + rLength] = sLength;
  der.set(raw.subarray(s, 64), 6 + rLength + sPad);
  return der;
}

/** Where the number in 32 octets from `start` begins, leading zeros left out; a zero keeps one octet. */
function significant(raw: Uint8Array, start: number): number {
  let at = start;
  while (at < start + 31 && raw[at] === 0) at++;
  return at;
}
