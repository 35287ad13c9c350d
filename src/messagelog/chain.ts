import { sha256 } from "../core/bytes.ts";
import type { StoredRecord } from "./message-store.ts";

/*
 * Each writer has a chain of its own: the value after a record binds all records before it and the writer. It
 * covers what stays when content is erased, so the encrypted head, which the signature binds, is not in it.
 */

/** What one link covers beside its predecessor. */
export type Link = Pick<
  StoredRecord,
  "number" | "time" | "exchangeId" | "direction" | "type" | "role" | "member"
> & {
  /** SHA-256 each. */
  readonly signature: Buffer;
  readonly exchange: Buffer;
  readonly certificate: Buffer;
  readonly ocsp: Buffer;
  readonly tags: Buffer;
};

const start = "sealway/chain/v1";

/** The value before a writer's first record. */
export function chainStart(writer: string): Buffer {
  return sha256(`${start}\0${writer}`);
}

/** The value after a record: SHA-256(previous ‖ the five digests ‖ the columns, each ended by 0x00). */
export function nextChain(previous: Buffer, link: Link): Buffer {
  const columns = `${link.number}\0${link.time}\0${link.exchangeId}\0${link.direction}\0${link.type}\0${link.role}\0${link.member}\0`;
  const bytes = Buffer.allocUnsafe(6 * 32 + columns.length * 3);
  bytes.set(previous, 0);
  bytes.set(link.signature, 32);
  bytes.set(link.exchange, 64);
  bytes.set(link.certificate, 96);
  bytes.set(link.ocsp, 128);
  bytes.set(link.tags, 160);
  const end = 192 + bytes.write(columns, 192, "utf8");
  return sha256(bytes.subarray(0, end));
}
