import { asBuffer } from "../core/bytes.ts";
import { constructedTag, encodeOid, tags } from "./der.ts";

/*
 * Builders of DER values; each returns header and content. Content is ours, so nothing here throws for an
 * attacker. Use as `import * as write from "./der-writer.ts"`.
 */

/** A value from its identifier octet and its content, in parts. */
export function value(tag: number, ...content: readonly Uint8Array[]): Buffer {
  let length = 0;
  for (const part of content) length += part.length;
  return Buffer.concat([header(tag, length), ...content]);
}

function header(tag: number, length: number): Buffer {
  if (length < 0x80) return Buffer.of(tag, length);
  const size = length < 0x100 ? 1 : length < 0x1_0000 ? 2 : length < 0x100_0000 ? 3 : 4;
  const bytes = Buffer.of(tag, 0x80 | size, 0, 0, 0, 0);
  bytes.writeUIntBE(length, 2, size);
  return bytes.subarray(0, 2 + size);
}

export function sequence(...fields: readonly Uint8Array[]): Buffer {
  return value(tags.sequence, ...fields);
}

/** SET OF, sorted as DER demands (X.690 §11.6). */
export function setOf(...elements: readonly Uint8Array[]): Buffer {
  return value(tags.set, ...elements.toSorted(Buffer.compare));
}

/** A non-negative INTEGER; bytes are its magnitude, big-endian. */
export function integer(number: number | bigint | Uint8Array): Buffer {
  return value(tags.integer, magnitude(number));
}

export function enumerated(number: number): Buffer {
  return value(tags.enumerated, magnitude(number));
}

function magnitude(number: number | bigint | Uint8Array): Buffer {
  const hex = number instanceof Uint8Array ? asBuffer(number).toString("hex") : number.toString(16);
  const digits = hex.replace(/^0+/, "") || "0";
  const even = digits.length % 2 === 0 ? digits : `0${digits}`;
  return Buffer.from(even >= "8" ? `00${even}` : even, "hex");
}

export function oid(dotted: string): Buffer {
  return value(tags.oid, encodeOid(dotted));
}

export function octetString(content: Uint8Array): Buffer {
  return value(tags.octetString, content);
}

/** A BIT STRING of whole octets. */
export function bitString(content: Uint8Array): Buffer {
  return value(tags.bitString, Buffer.of(0), content);
}

/** A named bit list without trailing zero bits (X.690 §11.2.2). */
export function namedBits(bits: readonly number[]): Buffer {
  if (bits.length === 0) return value(tags.bitString, Buffer.of(0));
  const last = Math.max(...bits);
  const content = Buffer.alloc(2 + (last >> 3));
  content[0] = 7 - (last & 7);
  for (const bit of bits) content[1 + (bit >> 3)]! |= 0x80 >> (bit & 7);
  return value(tags.bitString, content);
}

export function boolean(truth: boolean): Buffer {
  return value(tags.boolean, Buffer.of(truth ? 0xff : 0));
}

export function nothing(): Buffer {
  return value(tags.null);
}

export function utf8String(text: string): Buffer {
  return value(tags.utf8String, Buffer.from(text, "utf8"));
}

export function printableString(text: string): Buffer {
  return value(tags.printableString, Buffer.from(text, "latin1"));
}

export function ia5String(text: string): Buffer {
  return value(tags.ia5String, Buffer.from(text, "latin1"));
}

/** A date of a certificate (RFC 5280 §4.1.2.5): UTCTime through 2049, then GeneralizedTime; whole seconds. */
export function time(milliseconds: number): Buffer {
  const digits = timeDigits(milliseconds);
  return digits < "2050"
    ? value(tags.utcTime, Buffer.from(`${digits.slice(2)}Z`, "latin1"))
    : value(tags.generalizedTime, Buffer.from(`${digits}Z`, "latin1"));
}

/** GeneralizedTime with the milliseconds as fraction, without trailing zeros. */
export function generalizedTime(milliseconds: number): Buffer {
  const rest = String(milliseconds % 1000)
    .padStart(3, "0")
    .replace(/0+$/, "");
  const text = `${timeDigits(milliseconds)}${rest === "" ? "" : `.${rest}`}Z`;
  return value(tags.generalizedTime, Buffer.from(text, "latin1"));
}

function timeDigits(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 19).replace(/[-:T]/g, "");
}

/** `[number] EXPLICIT`. */
export function explicit(number: number, ...content: readonly Uint8Array[]): Buffer {
  return value(constructedTag(number), ...content);
}

/** `[number] IMPLICIT`: the value with its tag replaced; the constructed bit stays. */
export function implicit(number: number, encoded: Uint8Array): Buffer {
  const retagged = Buffer.from(encoded);
  retagged[0] = 0x80 | (retagged[0]! & 0x20) | number;
  return retagged;
}
