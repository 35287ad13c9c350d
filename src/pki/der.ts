import asn1, { type ForgeNode } from "node-forge/lib/asn1.js";
import { asBuffer } from "../core/bytes.ts";

/*
 * The one door to node-forge, which serves as ASN.1 codec and as nothing else (it must verify nothing). It
 * re-encodes and tolerates BER, so each node is located again in the received bytes: hashes and signatures are
 * taken over these original slices, and every header that is not the DER one is refused on the way. What is plainly
 * DER is located without it, at a fifth of the cost; whatever is not, it decides.
 */

/** Bytes that are not what the standard says, or not DER. `path` names the place, as `Certificate.tbs.serial`. */
export class DerError extends Error {
  override readonly name = "DerError";
  readonly path: string;
  readonly problem: string;

  constructor(path: string, problem: string, options?: { cause?: unknown }) {
    super(`${path}: ${problem}`, options);
    this.path = path;
    this.problem = problem;
  }
}

/** One value of a parsed DER structure; the Buffers are views of the parsed bytes. */
export interface DerNode {
  /** The identifier octet: class, constructed bit and number. */
  readonly tag: number;
  /** Header and content, as received. */
  readonly der: Buffer;
  /** The content octets, as received. */
  readonly content: Buffer;
  /** The values inside; empty for a primitive value. */
  readonly children: readonly DerNode[];
}

/** Caps on what is parsed; each has a default that suits a certificate, a response or a token. */
export interface DerLimits {
  /** Bytes; 65,536 unless told. */
  readonly maxLength?: number;
  /** Values within values; 32 unless told. */
  readonly maxDepth?: number;
}

/** Identifier octets (X.690 §8.1.2) of the universal types that PKIX uses. */
export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const;

/** `[number]` around constructed content: EXPLICIT, or IMPLICIT over SEQUENCE and SET. */
export function constructedTag(number: number): number {
  return 0xa0 | number;
}

/** `[number]` IMPLICIT over a primitive type. */
export function primitiveTag(number: number): number {
  return 0x80 | number;
}

/**
 * Parses exactly one DER value (attacker-controlled). The nodes are views of `der`: who keeps them copies first.
 * @param path what is expected, for the error
 * @throws DerError for anything but one whole value in definite, minimal lengths, within the limits
 */
export function parseDer(der: Uint8Array, path: string, limits: DerLimits = {}): DerNode {
  const { maxLength = 65_536, maxDepth = 32 } = limits;
  const source = asBuffer(der);
  if (source.length > maxLength) throw new DerError(path, `longer than ${maxLength} bytes`);
  if (isPlain(source, 0, source.length, maxDepth) && plainEnd(source, 0) === source.length) {
    return new PlainNode(source, 0);
  }
  let decoded: ForgeNode;
  try {
    decoded = asn1.fromDer(source.toString("latin1"), {
      strict: true,
      parseAllBytes: true,
      decodeBitStrings: false,
      maxDepth,
    });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : "unreadable";
    throw new DerError(path, `not one whole DER value (${reason})`, { cause });
  }
  const node = locate(source, 0, decoded, path);
  // Of a BMPString whose length is odd, node-forge reads one byte more.
  if (node.der.length !== source.length) throw new DerError(path, "bytes behind the value");
  return node;
}

/** A value in the source that is DER beyond doubt. Views and children are made when they are asked for: most are not. */
class PlainNode implements DerNode {
  readonly tag: number;
  readonly #source: Buffer;
  readonly #offset: number;
  readonly #start: number;
  readonly #end: number;
  #children: readonly DerNode[] | undefined;

  constructor(source: Buffer, offset: number) {
    this.tag = source[offset]!;
    this.#source = source;
    this.#offset = offset;
    this.#start = plainStart(source, offset);
    this.#end = plainEnd(source, offset);
  }

  get der(): Buffer {
    return this.#source.subarray(this.#offset, this.#end);
  }

  get content(): Buffer {
    return this.#source.subarray(this.#start, this.#end);
  }

  get children(): readonly DerNode[] {
    this.#children ??= this.#locateChildren();
    return this.#children;
  }

  #locateChildren(): readonly DerNode[] {
    const children: DerNode[] = [];
    if ((this.tag & 0x20) === 0) return children;
    for (let at = this.#start; at < this.#end; at = plainEnd(this.#source, at)) {
      children.push(new PlainNode(this.#source, at));
    }
    return children;
  }
}

/** Where the content of a value begins whose header is DER. */
function plainStart(source: Buffer, offset: number): number {
  const first = source[offset + 1]!;
  return offset + 2 + (first < 0x80 ? 0 : first & 0x7f);
}

function plainEnd(source: Buffer, offset: number): number {
  const first = source[offset + 1]!;
  const start = plainStart(source, offset);
  return start + (first < 0x80 ? first : source.readUIntBE(offset + 2, start - offset - 2));
}

/**
 * Whether the value at the offset is DER beyond doubt, with all that is in it, and ends before `limit`. Refuses more than
 * node-forge does, so that both read alike what both take.
 */
function isPlain(source: Buffer, offset: number, limit: number, depthLeft: number): boolean {
  if (depthLeft <= 0 || offset + 2 > limit) return false;
  const tag = source[offset]!;
  const first = source[offset + 1]!;
  // High tag numbers have more octets, and node-forge has its own reading of BMPString.
  if ((tag & 0x1f) >= 0x1e || first === 0x80 || first > 0x84) return false;
  const start = plainStart(source, offset);
  if (start > limit) return false;
  const end = plainEnd(source, offset);
  if (end > limit || (first > 0x80 && (end - start < 0x80 || source[offset + 2] === 0))) return false;
  if ((tag & 0x20) === 0) return true;
  let at = start;
  while (at < end && isPlain(source, at, end, depthLeft - 1)) at = plainEnd(source, at);
  return at === end;
}

/** Finds a decoded value in the source; `source` starts with the DER of the value. */
function locate(source: Buffer, offset: number, decoded: ForgeNode, path: string): DerNode {
  const tag = source[offset]!;
  if ((tag & 0x1f) === 0x1f) throw new DerError(path, "tag numbers above 30 are not used here");
  const start = contentStart(source, offset, path);
  const length = start.length;
  const content = source.subarray(start.offset, start.offset + length);
  const der = source.subarray(offset, start.offset + length);
  if (typeof decoded.value === "string") return { tag, der, content, children: [] };
  const children: DerNode[] = [];
  let position = start.offset;
  for (const child of decoded.value) {
    const node = locate(source, position, child, path);
    children.push(node);
    position += node.der.length;
  }
  if (position !== start.offset + length)
    throw new DerError(path, "values do not fill the value around them");
  return { tag, der, content, children };
}

/** The decoder takes some values for shorter than they say that they are. */
function endsEarly(path: string): DerError {
  return new DerError(path, "it ends before its value does");
}

/** Reads a length (X.690 §8.1.3 and §10.1). */
function contentStart(source: Buffer, offset: number, path: string): { offset: number; length: number } {
  const first = source[offset + 1];
  if (first === undefined) throw endsEarly(path);
  if (first < 0x80) return { offset: offset + 2, length: first };
  if (first === 0x80) throw new DerError(path, "indefinite length is not DER");
  const count = first & 0x7f;
  if (count > 4) throw new DerError(path, "length out of range");
  if (offset + 2 + count > source.length) throw endsEarly(path);
  const length = source.readUIntBE(offset + 2, count);
  if (length < 0x80 || source[offset + 2] === 0) throw new DerError(path, "non-minimal length is not DER");
  return { offset: offset + 2 + count, length };
}

/**
 * The dotted form of the content of an OBJECT IDENTIFIER.
 * @throws DerError for an encoding that is not the shortest one
 */
export function decodeOid(content: Buffer, path: string): string {
  let first = true;
  for (const byte of content) {
    if (first && byte === 0x80) throw new DerError(path, "object identifier with a padded arc");
    first = byte < 0x80;
  }
  if (content.length === 0 || content.length > 64 || !first)
    throw new DerError(path, "malformed object identifier");
  try {
    return asn1.derToOid(content.toString("latin1"));
  } catch (cause) {
    throw new DerError(path, "object identifier with an arc out of range", { cause });
  }
}

/** The content of an OBJECT IDENTIFIER from its dotted form, which is ours and not checked. */
export function encodeOid(oid: string): Buffer {
  return Buffer.from(asn1.oidToDer(oid).getBytes(), "latin1");
}
