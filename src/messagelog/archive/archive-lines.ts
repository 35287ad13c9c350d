import { fromBase64Url, sha256, toBase64Url } from "../../core/bytes.ts";
import type { ContextDocument } from "../message-record.ts";
import type {
  Batch,
  RefreshedOcsp,
  Span,
  StoredCertificate,
  StoredOcsp,
  StoredRecord,
  Tip,
} from "../message-store.ts";
import { uuidBytes, uuidText } from "../uuid-bytes.ts";
import { UnreadableArchive } from "./unreadable-archive.ts";

/*
 * The lines of an archive's files: canonical JSON (RFC 8785), one object a line. Whoever reads a line makes it again
 * of what was read and compares: a line has one reading only, and nothing in it that is not read.
 */

/** A record as its line has it: certificate and OCSP response by their digests. */
export interface ArchivedRecord extends Omit<StoredRecord, "certificate" | "ocsp"> {
  readonly certificate: string;
  readonly ocsp: string;
}

/** A batch with all that its leaves stand for; a store's own positions mean nothing here. */
export interface ArchivedBatch extends Omit<Batch, "through" | "upper"> {
  /** The documents that it covers, in the order of its leaves; their bytes are lines of `documents`. */
  readonly documents: readonly Pick<ContextDocument, "kind" | "sha256">[];
  /** The chains that it covers as closed, in the order of its leaves. */
  readonly closedTips: readonly Tip[];
}

/** How one kind of thing stands in a line. */
export interface LineForm<Value> {
  /** Members in canonical order. */
  write(value: Value): object;
  /** @throws MalformedLine */
  read(line: Members): Value;
}

/** A line that is not one that an archive has. */
export class MalformedLine extends UnreadableArchive {
  override readonly name = "MalformedLine";
}

/** The members of an object that anybody may have written. */
export class Members {
  readonly #members: { readonly [name: string]: unknown };

  constructor(value: unknown) {
    if (typeof value !== "object" || value === null) throw new MalformedLine("not an object");
    this.#members = value as { readonly [name: string]: unknown };
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#members, name);
  }

  text(name: string): string {
    const value = this.#members[name];
    if (typeof value !== "string" || !value.isWellFormed()) throw new MalformedLine(`${name} is no text`);
    return value;
  }

  integer(name: string): number {
    const value = this.#members[name];
    if (!Number.isSafeInteger(value)) throw new MalformedLine(`${name} is no integer`);
    return value as number;
  }

  bytes(name: string): Buffer {
    const bytes = fromBase64Url(this.text(name));
    if (bytes === undefined) throw new MalformedLine(`${name} is not base64url`);
    return bytes;
  }

  /** base64url of a SHA-256, as text. */
  digest(name: string): string {
    if (this.bytes(name).length !== 32) throw new MalformedLine(`${name} is no SHA-256`);
    return this.text(name);
  }

  /** Bytes whose digest stands beside them as `sha256`. */
  named(name: string): Buffer {
    const bytes = this.bytes(name);
    if (sha256(bytes).toString("base64url") !== this.text("sha256"))
      throw new MalformedLine(`${name} is not what sha256 says`);
    return bytes;
  }

  object(name: string): Members {
    return new Members(this.#members[name]);
  }

  list<Item>(name: string, read: (item: Members) => Item): Item[] {
    const value = this.#members[name];
    if (!Array.isArray(value)) throw new MalformedLine(`${name} is no list`);
    return value.map((item) => read(new Members(item)));
  }
}

/** The line of a value, with its end. */
export function writeLine<Value>(form: LineForm<Value>, value: Value): Buffer {
  return Buffer.from(`${JSON.stringify(form.write(value))}\n`);
}

/** @param line anybody's, without its end @throws MalformedLine */
export function readLine<Value>(form: LineForm<Value>, line: Buffer): Value {
  const value = form.read(new Members(parseJson(line)));
  // Form and members are known now: what is written again is as deep as the form and no deeper.
  if (Buffer.from(JSON.stringify(form.write(value))).equals(line)) return value;
  throw new MalformedLine("not in canonical form");
}

function parseJson(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString("utf8"));
  } catch {
    throw new MalformedLine("not JSON");
  }
}

/** The lines of a file. @throws MalformedLine when the last one has no end */
export function* splitLines(bytes: Buffer): Generator<Buffer> {
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(0x0a, start);
    if (end < 0) throw new MalformedLine("the last line is cut short");
    yield bytes.subarray(start, end);
    start = end + 1;
  }
}

function content(keyId: Buffer): string {
  return uuidText(keyId);
}

function keyId(members: Members): Buffer {
  const bytes = uuidBytes(members.text("key"));
  if (bytes.length !== 16) throw new MalformedLine("key is no UUID");
  return bytes;
}

// biome-ignore format: one line a member
export const recordLine: LineForm<ArchivedRecord> = {
  write: (r) => ({
    ...(r.body !== undefined && { body: { bytes: toBase64Url(r.body.bytes), file: r.body.file, key: content(r.body.keyId) } }),
    certificate: r.certificate,
    chain: toBase64Url(r.chain),
    direction: r.direction,
    exchange: toBase64Url(r.exchange),
    exchangeId: r.exchangeId,
    head: { bytes: toBase64Url(r.head.bytes), key: content(r.head.keyId), sha256: toBase64Url(r.head.sha256) },
    member: r.member,
    number: r.number,
    ocsp: r.ocsp,
    role: r.role,
    signature: r.signature,
    tags: toBase64Url(r.tags),
    time: r.time,
    type: r.type,
    writer: r.writer,
  }),
  read: (line) => {
    const head = line.object("head");
    const body = line.has("body") ? line.object("body") : undefined;
    return {
      ...(body !== undefined && { body: { bytes: body.bytes("bytes"), file: body.text("file"), keyId: keyId(body) } }),
      certificate: line.digest("certificate"),
      chain: line.bytes("chain"),
      direction: line.text("direction") as StoredRecord["direction"],
      exchange: line.bytes("exchange"),
      exchangeId: line.text("exchangeId"),
      head: { bytes: head.bytes("bytes"), keyId: keyId(head), sha256: head.bytes("sha256") },
      member: line.text("member"),
      number: line.integer("number"),
      ocsp: line.digest("ocsp"),
      role: line.text("role") as StoredRecord["role"],
      signature: line.text("signature"),
      tags: line.bytes("tags"),
      time: line.integer("time"),
      type: line.text("type") as StoredRecord["type"],
      writer: line.text("writer"),
    };
  },
};

const writeTip = ({ chain, number, writer }: Tip) => ({ chain: toBase64Url(chain), number, writer });

function readTip(tip: Members): Tip {
  return { chain: tip.bytes("chain"), number: tip.integer("number"), writer: tip.text("writer") };
}

function readSpan(span: Members): Span {
  return { first: span.integer("first"), last: span.integer("last"), writer: span.text("writer") };
}

function readRefreshed(entry: Members): RefreshedOcsp {
  return {
    certificate: entry.digest("certificate"),
    extra: entry.digest("extra"),
    ocsp: entry.digest("ocsp"),
  };
}

// biome-ignore format: one line a member
export const batchLine: LineForm<ArchivedBatch> = {
  write: (b) => ({
    authority: b.authority,
    closedTips: b.closedTips.map(writeTip),
    documents: b.documents.map(({ kind, sha256 }) => ({ kind, sha256 })),
    genTime: b.genTime,
    leaves: toBase64Url(b.leaves),
    number: b.number,
    refreshed: b.refreshed.map(({ certificate, extra, ocsp }) => ({ certificate, extra, ocsp })),
    root: toBase64Url(b.root),
    spans: b.spans.map(({ first, last, writer }) => ({ first, last, writer })),
    token: toBase64Url(b.token),
  }),
  read: (line) => ({
    authority: line.text("authority"),
    closedTips: line.list("closedTips", readTip),
    documents: line.list("documents", (one) => ({ kind: one.text("kind") as ContextDocument["kind"], sha256: one.digest("sha256") })),
    genTime: line.integer("genTime"),
    leaves: line.bytes("leaves"),
    number: line.integer("number"),
    refreshed: line.list("refreshed", readRefreshed),
    root: line.bytes("root"),
    spans: line.list("spans", readSpan),
    token: line.bytes("token"),
  }),
};

export const certificateLine: LineForm<StoredCertificate> = {
  write: ({ der, issuerDer, sha256: digest }) => ({
    der: toBase64Url(der),
    issuer: toBase64Url(issuerDer),
    sha256: digest,
  }),
  read: (line) => ({
    der: line.named("der"),
    issuerDer: line.bytes("issuer"),
    sha256: line.digest("sha256"),
  }),
};

export const ocspLine: LineForm<StoredOcsp> = {
  write: ({ der, sha256, thisUpdate }) => ({ der: toBase64Url(der), sha256, thisUpdate }),
  read: (line) => ({
    der: line.named("der"),
    sha256: line.digest("sha256"),
    thisUpdate: line.integer("thisUpdate"),
  }),
};

export const documentLine: LineForm<ContextDocument> = {
  write: ({ bytes, kind, sha256 }) => ({ bytes: toBase64Url(bytes), kind, sha256 }),
  read: (line) => ({
    bytes: line.named("bytes"),
    kind: line.text("kind") as ContextDocument["kind"],
    sha256: line.digest("sha256"),
  }),
};
