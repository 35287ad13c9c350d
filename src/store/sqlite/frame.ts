import type { ContextDocument, CountedUses, CounterUse } from "../../messagelog/message-record.ts";
import type {
  Batch,
  EncryptedBody,
  OpenContent,
  RecordName,
  ReplacedContent,
  SealedContent,
  StoredOcsp,
} from "../../messagelog/message-store.ts";
import { directions, effects, exchangeIdBytes, roles, types } from "./columns.ts";

/*
 * The rows of one group commit travel to the writer's thread in one ArrayBuffer that changes hands there and
 * back: nothing is cloned and nothing allocated. A frame is a sequence of items; a field is a byte, a double, or
 * bytes behind their length. Certificates and OCSP responses travel once; records name them by a slot.
 */

// biome-ignore format: one line
export const itemKinds = ["record", "certificate", "ocsp", "document", "batch", "erasure", "replacement", "counted"] as const;
export type ItemKind = (typeof itemKinds)[number];

const nothing = Buffer.alloc(0);

function contentLength(head: ReplacedContent["head"], body: EncryptedBody | undefined): number {
  return head.bytes.length + (body === undefined ? 0 : body.bytes.length + 3 * body.file.length);
}

const initialSize = 256 * 1024;
/** For the use of one counter. */
const counterRoom = 256;

/** Encodes items one behind the other. */
export class FrameWriter {
  #bytes: Buffer;
  #end = 0;
  items = 0;

  /** @param spare a buffer that came back from the writer's thread */
  constructor(spare: ArrayBuffer = new ArrayBuffer(initialSize)) {
    this.#bytes = Buffer.from(spare);
  }

  get length(): number {
    return this.#end;
  }

  /** The memory to transfer; the writer is unusable afterwards. */
  take(): ArrayBuffer {
    return this.#bytes.buffer as ArrayBuffer;
  }

  /** @throws RangeError when the exchange id is no UUID; nothing is added then */
  record(record: OpenContent, { head, body, tags }: SealedContent, certificate: number, ocsp: number): void {
    const { exchange, signature, guard, uses = [], returns = [] } = record;
    const id = exchangeIdBytes(record.exchangeId);
    const large = exchange.length + signature.length + contentLength(head, body) + tags.length;
    this.#begin("record", large + 6000 + (uses.length + returns.length) * counterRoom);
    this.#byte(directions.indexOf(record.direction));
    this.#byte(types.indexOf(record.type));
    this.#byte(roles.indexOf(guard.role));
    this.#byte(effects.indexOf(guard.effect));
    this.#double(record.time);
    this.#double(guard.expires);
    this.#double(certificate);
    this.#double(ocsp);
    this.#field(id);
    this.#field(guard.digest);
    this.#text(guard.server);
    this.#text(record.member);
    this.#text(signature);
    this.#field(exchange);
    this.#field(head.keyId);
    this.#field(head.bytes);
    this.#field(head.sha256);
    this.#field(tags);
    this.#body(body);
    this.#counters(uses, returns);
  }

  certificate(slot: number, sha256: Buffer, der: Buffer, issuerDer: Buffer): void {
    this.#begin("certificate", der.length + issuerDer.length + 64);
    this.#double(slot);
    this.#field(sha256);
    this.#field(der);
    this.#field(issuerDer);
  }

  ocsp(slot: number, sha256: Buffer, response: Pick<StoredOcsp, "der" | "thisUpdate">): void {
    this.#begin("ocsp", response.der.length + 64);
    this.#double(slot);
    this.#double(response.thisUpdate);
    this.#field(sha256);
    this.#field(response.der);
  }

  document(sha256: Buffer, document: ContextDocument): void {
    this.#begin("document", document.bytes.length + 128);
    this.#text(document.kind);
    this.#field(sha256);
    this.#field(document.bytes);
  }

  batch(batch: Batch): void {
    const { root, leaves, token, upper, ...rest } = batch;
    const json = JSON.stringify(rest);
    this.#begin("batch", 3 * json.length + leaves.length + upper.length + token.length + 80);
    this.#text(json);
    this.#field(root);
    this.#field(token);
    this.#field(leaves);
    this.#field(upper);
  }

  erasure(records: readonly RecordName[]): void {
    const json = JSON.stringify(records.map(({ writer, number }) => [writer, number]));
    this.#begin("erasure", 3 * json.length + 16);
    this.#text(json);
  }

  counted({ counter, expires, noted, used }: CountedUses): void {
    this.#begin("counted", 2 * counterRoom);
    this.#text(counter);
    this.#text(noted);
    this.#double(used);
    this.#double(expires);
  }

  replacement({ writer, number, head, body }: ReplacedContent): void {
    this.#begin("replacement", contentLength(head, body) + 1000);
    this.#text(writer);
    this.#double(number);
    this.#field(head.keyId);
    this.#field(head.bytes);
    this.#body(body);
  }

  #body(body: EncryptedBody | undefined): void {
    this.#field(body?.keyId ?? nothing);
    this.#field(body?.bytes ?? nothing);
    this.#text(body?.file ?? "");
  }

  #counters(uses: readonly CounterUse[], returns: readonly string[]): void {
    this.#byte(uses.length);
    for (const { counter, limit, expires } of uses) {
      this.#text(counter);
      this.#double(limit);
      this.#double(expires);
    }
    this.#byte(returns.length);
    for (const counter of returns) this.#text(counter);
  }

  #begin(kind: ItemKind, room: number): void {
    if (this.#bytes.length - this.#end < room) {
      const larger = Buffer.from(new ArrayBuffer(Math.max(2 * this.#bytes.length, this.#end + room)));
      this.#bytes.copy(larger, 0, 0, this.#end);
      this.#bytes = larger;
    }
    this.#byte(itemKinds.indexOf(kind));
    this.items++;
  }

  #byte(value: number): void {
    this.#bytes[this.#end++] = value;
  }

  #double(value: number): void {
    this.#end = this.#bytes.writeDoubleLE(value, this.#end);
  }

  #field(bytes: Buffer): void {
    this.#bytes.writeUInt32LE(bytes.length, this.#end);
    this.#bytes.set(bytes, this.#end + 4);
    this.#end += 4 + bytes.length;
  }

  #text(text: string): void {
    const written = this.#bytes.write(text, this.#end + 4);
    this.#bytes.writeUInt32LE(written, this.#end);
    this.#end += 4 + written;
  }
}

/** Reads a frame field by field, in the order in which `FrameWriter` wrote them. Fields are views on the frame. */
export class FrameReader {
  readonly #bytes: Buffer;
  #position = 0;

  constructor(frame: ArrayBuffer, length: number) {
    this.#bytes = Buffer.from(frame, 0, length);
  }

  /** The kind of the next item, or undefined at the end. */
  next(): ItemKind | undefined {
    return this.#position < this.#bytes.length ? itemKinds[this.byte()] : undefined;
  }

  byte(): number {
    return this.#bytes[this.#position++]!;
  }

  double(): number {
    this.#position += 8;
    return this.#bytes.readDoubleLE(this.#position - 8);
  }

  field(): Buffer {
    const start = this.#position + 4;
    this.#position = start + this.#bytes.readUInt32LE(this.#position);
    return this.#bytes.subarray(start, this.#position);
  }

  text(): string {
    return this.field().toString("utf8");
  }

  /** What a record uses, and of what it gives uses back. */
  counters(): { readonly uses: readonly CounterUse[]; readonly returns: readonly string[] } {
    const uses = Array.from({ length: this.byte() }, () => {
      return { counter: this.text(), limit: this.double(), expires: this.double() };
    });
    return { uses, returns: Array.from({ length: this.byte() }, () => this.text()) };
  }
}
