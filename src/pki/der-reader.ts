import { DerError, type DerNode, decodeOid, tags } from "./der.ts";

/*
 * Typed reads of single DER values and of the fields of a SEQUENCE. Each takes the path that its error shall
 * name, and throws `DerError` for another type or for an encoding that DER does not allow.
 */

/** The fields of a SEQUENCE or SET, taken in order; what is left over at `end` is refused. */
export class DerFields {
  readonly #nodes: readonly DerNode[];
  readonly #path: string;
  #next = 0;

  /** @param tag the identifier octet that the value around the fields must have */
  constructor(node: DerNode, path: string, tag: number = tags.sequence) {
    this.#nodes = expectTag(node, tag, path).children;
    this.#path = path;
  }

  /** The next field, of this type. */
  required(tag: number, name: string): DerNode {
    return expectTag(this.any(name), tag, `${this.#path}.${name}`);
  }

  /** The next field if it is of this type. */
  optional(tag: number): DerNode | undefined {
    const node = this.#nodes[this.#next];
    if (node?.tag !== tag) return undefined;
    this.#next++;
    return node;
  }

  /** The next field, of any type. */
  any(name: string): DerNode {
    const node = this.#nodes[this.#next];
    if (node === undefined) throw new DerError(`${this.#path}.${name}`, "missing");
    this.#next++;
    return node;
  }

  /** Whether fields are left. */
  get more(): boolean {
    return this.#next < this.#nodes.length;
  }

  /** @throws DerError when fields are left */
  end(): void {
    if (this.more) throw new DerError(this.#path, "unexpected field at the end");
  }
}

/** The node itself. @throws DerError when its identifier octet is another */
export function expectTag(node: DerNode, tag: number, path: string): DerNode {
  if (node.tag !== tag) {
    throw new DerError(path, `expected ${tagName(tag)}, found ${tagName(node.tag)}`);
  }
  return node;
}

/** The elements of a SEQUENCE OF. */
export function readSequence(node: DerNode, path: string): readonly DerNode[] {
  return expectTag(node, tags.sequence, path).children;
}

/** The elements of a SET OF. @throws DerError also when they are not in DER order (X.690 §11.6) */
export function readSetOf(node: DerNode, path: string, tag: number = tags.set): readonly DerNode[] {
  const elements = expectTag(node, tag, path).children;
  for (let i = 1; i < elements.length; i++) {
    if (Buffer.compare(elements[i - 1]!.der, elements[i]!.der) > 0)
      throw new DerError(path, "SET OF is not sorted");
  }
  return elements;
}

/** The one value inside an EXPLICIT tag. */
export function readExplicit(node: DerNode, path: string): DerNode {
  const [value] = node.children;
  if (value === undefined || node.children.length !== 1)
    throw new DerError(path, "expected one value in the tag");
  return value;
}

/** The two's complement octets of an INTEGER, minimal. */
export function readInteger(node: DerNode, path: string, tag: number = tags.integer): Buffer {
  const { content } = expectTag(node, tag, path);
  const [first, second] = content;
  if (first === undefined) throw new DerError(path, "empty INTEGER");
  if (second !== undefined && first === (second < 0x80 ? 0x00 : 0xff)) {
    throw new DerError(path, "non-minimal INTEGER is not DER");
  }
  return content;
}

/** A non-negative INTEGER (or ENUMERATED, by its tag) of at most 47 bits. */
export function readSmallInteger(node: DerNode, path: string, tag: number = tags.integer): number {
  const content = readInteger(node, path, tag);
  if (content[0]! >= 0x80) throw new DerError(path, "negative number");
  if (content.length > 6) throw new DerError(path, "number out of range");
  return content.readUIntBE(0, content.length);
}

/** An OBJECT IDENTIFIER in dotted form. */
export function readOid(node: DerNode, path: string): string {
  return decodeOid(expectTag(node, tags.oid, path).content, path);
}

/** The content of an OCTET STRING. */
export function readOctets(node: DerNode, path: string): Buffer {
  return expectTag(node, tags.octetString, path).content;
}

/** The whole octets of a BIT STRING, as signatures and keys have. @throws DerError also when bits are unused */
export function readBitString(node: DerNode, path: string): Buffer {
  const { content } = expectTag(node, tags.bitString, path);
  if (content[0] !== 0) throw new DerError(path, "expected a BIT STRING of whole octets");
  return content.subarray(1);
}

/** The numbers of the bits that are set in a named bit list (X.690 §11.2.2). */
export function readNamedBits(node: DerNode, path: string): ReadonlySet<number> {
  const { content } = expectTag(node, tags.bitString, path);
  const unused = content[0];
  const last = content.at(-1)!;
  if (unused === undefined || unused > 7 || (content.length === 1 && unused !== 0)) {
    throw new DerError(path, "malformed BIT STRING");
  }
  const bits = new Set<number>();
  if (content.length === 1) return bits;
  // The last bit that counts is set and those after it are not, else the same list has two encodings.
  if ((last & (0xff >> (8 - unused))) !== 0 || ((last >> unused) & 1) === 0) {
    throw new DerError(path, "named bits are not in DER");
  }
  for (let bit = 0; bit < (content.length - 1) * 8; bit++) {
    if (content[1 + (bit >> 3)]! & (0x80 >> (bit & 7))) bits.add(bit);
  }
  return bits;
}

/** A BOOLEAN, which is 00 or FF. */
export function readBoolean(node: DerNode, path: string): boolean {
  const { content } = expectTag(node, tags.boolean, path);
  if (content.length !== 1 || (content[0] !== 0 && content[0] !== 0xff))
    throw new DerError(path, "malformed BOOLEAN");
  return content[0] === 0xff;
}

/** A BOOLEAN DEFAULT FALSE field: absent or TRUE, since DER omits defaults (X.690 §11.5). */
export function readFlag(node: DerNode | undefined, path: string): boolean {
  if (node === undefined) return false;
  if (!readBoolean(node, path)) throw new DerError(path, "an encoded default is not DER");
  return true;
}

/** @throws DerError unless the node is NULL */
export function readNull(node: DerNode, path: string): void {
  if (expectTag(node, tags.null, path).content.length !== 0) throw new DerError(path, "NULL with content");
}

/**
 * Milliseconds since the epoch of a UTCTime or GeneralizedTime in the forms of RFC 5280 §4.1.2.5: with seconds,
 * in Z, without fraction, UTCTime through 2049.
 */
export function readTime(node: DerNode, path: string): number {
  const text = node.content.toString("latin1");
  if (node.tag === tags.utcTime) return parseTime(`${text < "50" ? "20" : "19"}${text}`, path);
  const time = parseTime(expectTag(node, tags.generalizedTime, path).content.toString("latin1"), path);
  if (text < "2050" && text >= "1950") throw new DerError(path, "a date before 2050 must be a UTCTime");
  return time;
}

/**
 * Milliseconds of a GeneralizedTime in Z, where a fraction without trailing zeros is allowed (RFC 3161 §2.4.2);
 * what is finer than a millisecond is cut off.
 */
export function readGeneralizedTime(node: DerNode, path: string): number {
  const text = expectTag(node, tags.generalizedTime, path).content.toString("latin1");
  const fraction = /^(\d{14})\.(\d{0,8}[1-9])Z$/.exec(text);
  if (fraction === null) return parseTime(text, path);
  return parseTime(`${fraction[1]}Z`, path) + Number(fraction[2]!.padEnd(3, "0").slice(0, 3));
}

function parseTime(text: string, path: string): number {
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (parts === null) throw new DerError(path, "malformed time");
  const [year, month, day, hour, minute, second] = parts.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const time = Date.UTC(year, month - 1, day, hour, minute, second);
  // Date.UTC carries the 31st of February over into March; such a date has another spelling.
  if (new Date(time).toISOString().replace(/[-:T]|\.\d+/g, "") !== text)
    throw new DerError(path, "no such time");
  return time;
}

const decoders: { readonly [tag: number]: (content: Buffer) => string | undefined } = {
  [tags.utf8String]: (content) => {
    const text = content.toString("utf8");
    return Buffer.from(text, "utf8").equals(content) ? text : undefined;
  },
  [tags.printableString]: (content) => matching(content.toString("latin1"), /^[A-Za-z0-9 '()+,\-./:=?]*$/),
  [tags.ia5String]: (content) => matching(content.toString("latin1"), /^[\x00-\x7f]*$/),
  [tags.teletexString]: (content) => content.toString("latin1"),
  [tags.bmpString]: (content) =>
    content.length % 2 === 0 ? Buffer.from(content).swap16().toString("utf16le") : undefined,
};

function matching(text: string, allowed: RegExp): string | undefined {
  return allowed.test(text) ? text : undefined;
}

/** The text of a character string of any type that names use (RFC 5280 §4.1.2.4, DirectoryString, IA5String). */
export function readText(node: DerNode, path: string): string {
  const text = decoders[node.tag]?.(node.content);
  if (text === undefined) throw new DerError(path, "malformed character string");
  return text;
}

const tagNames = new Map<number, string>(Object.entries(tags).map(([name, tag]) => [tag, name]));

function tagName(tag: number): string {
  return tagNames.get(tag) ?? `tag 0x${tag.toString(16).padStart(2, "0")}`;
}
