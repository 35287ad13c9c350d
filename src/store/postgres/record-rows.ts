import { sha256 } from "../../core/bytes.ts";
import type { OpenContent, SealedContent } from "../../messagelog/message-store.ts";
import type { CopyRows } from "./copy-in.ts";

/** A record that waits to be written, with the digests that its link of the chain takes. */
export interface PendingRecord {
  readonly record: OpenContent;
  readonly sealed: SealedContent;
  /** Lower case. */
  readonly exchangeId: string;
  readonly signature: Buffer;
  readonly digests: { readonly signature: Buffer; readonly exchange: Buffer; readonly tags: Buffer };
  /** Counts against the bounds of what may wait. */
  readonly size: number;
}

/** Where a record comes to stand. */
export interface RecordPlace {
  readonly writer: number;
  readonly number: number;
  readonly logged: number;
  readonly chain: Buffer;
  readonly certificate: number;
  readonly ocsp: number;
}

/** A row of `stragglers` is made for a record logged further than this from the time in its exchange id. */
export const stragglerAfter = 5000;

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** @throws RangeError when it is no UUID */
export function checkUuid(text: string): void {
  if (!uuid.test(text)) throw new RangeError("an exchange id is a UUID");
}

/** The milliseconds that a UUIDv7 carries. */
export function exchangeIdTime(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

/**
 * Hashes what is large here, record by record as they come: the commit of many must not hold the thread up.
 * @throws RangeError when the exchange id is no UUID
 */
export function pendingRecord(record: OpenContent, sealed: SealedContent): PendingRecord {
  checkUuid(record.exchangeId);
  const signature = Buffer.from(record.signature, "latin1");
  return {
    record,
    sealed,
    exchangeId: record.exchangeId.toLowerCase(),
    signature,
    digests: { signature: sha256(signature), exchange: sha256(record.exchange), tags: sha256(sealed.tags) },
    size:
      record.exchange.length +
      signature.length +
      sealed.head.bytes.length +
      (sealed.body?.bytes.length ?? 0) +
      sealed.tags.length +
      600,
  };
}

/** The columns of `recordRow`, in order. */
export const copyRecords = `COPY records (writer, certificate, ocsp, number, logged, time, exchange_id, direction, type, role,
  member, key_id, chain, exchange_sha256, head_sha256, tags, body_key_id, body_file, exchange, signature, head, body)
  FROM STDIN (FORMAT binary)`;

const columns = 22;
const nothing = Buffer.alloc(0);

/** What a row holds beside its place. */
export interface RowContent extends Pick<PendingRecord, "sealed" | "exchangeId" | "signature"> {
  readonly record: Pick<OpenContent, "time" | "direction" | "type" | "exchange"> & {
    readonly member: string;
    readonly guard: Pick<OpenContent["guard"], "role">;
  };
  readonly digests: Pick<PendingRecord["digests"], "exchange">;
}

export function recordRow(rows: CopyRows, content: RowContent, place: RecordPlace): void {
  const { record, sealed, exchangeId, signature, digests } = content;
  const { head, body, tags } = sealed;
  rows.begin(columns);
  rows.integer(place.writer);
  rows.integer(place.certificate);
  rows.integer(place.ocsp);
  rows.bigint(place.number);
  rows.bigint(place.logged);
  rows.bigint(record.time);
  rows.bytes(Buffer.from(exchangeId.replaceAll("-", ""), "hex"));
  rows.text(record.direction);
  rows.text(record.type);
  rows.text(record.guard.role);
  rows.text(record.member);
  rows.bytes(head.keyId);
  rows.bytes(place.chain);
  rows.bytes(digests.exchange);
  rows.bytes(head.sha256);
  rows.bytes(tags);
  rows.bytes(body?.keyId ?? nothing);
  rows.text(body?.file ?? "");
  rows.bytes(record.exchange);
  rows.bytes(signature);
  rows.bytes(head.bytes);
  rows.bytes(body?.bytes ?? nothing);
}
