import { sha256 } from "../core/bytes.ts";
import { leafOf } from "./batch.ts";
import type { StoredCertificate, StoredOcsp } from "./message-store.ts";
import { signatureFileLength, writeSignatureFile } from "./signature-file.ts";

/** Makes the leaves of many records: each signature file is written into the same memory, hashed and forgotten. */
export class LeafWriter {
  #scratch = Buffer.alloc(16 * 1024);
  readonly #parts = new Map<StoredCertificate, Map<StoredOcsp, Buffer>>();

  /**
   * The leaf of a record: its signature file as it is frozen in a batch, and the two objects that it signs.
   * @param signature ASCII of the compact signature
   * @param part as `unprotectedPart` makes it
   */
  leafOf(signature: Buffer, part: Buffer, exchangeSha256: Buffer, headSha256: Buffer): Buffer {
    const length = signatureFileLength(signature, part);
    if (length > this.#scratch.length) this.#scratch = Buffer.alloc(2 * length);
    writeSignatureFile(this.#scratch, signature, part);
    return leafOf([sha256(this.#scratch.subarray(0, length)), exchangeSha256, headSha256]);
  }

  /** The unprotected part of a pair, made once: a reader gives equal certificates and responses as the same objects. */
  partOf(certificate: StoredCertificate, ocsp: StoredOcsp, make: () => Buffer): Buffer {
    let parts = this.#parts.get(certificate);
    if (parts === undefined) {
      parts = new Map();
      this.#parts.set(certificate, parts);
    }
    let part = parts.get(ocsp);
    if (part === undefined) {
      part = make();
      parts.set(ocsp, part);
    }
    return part;
  }
}
