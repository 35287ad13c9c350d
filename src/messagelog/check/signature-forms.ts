import { sha256 } from "../../core/bytes.ts";
import { leafOf } from "../batch.ts";
import type { Batch, LogReader, StoredCertificate, StoredOcsp, StoredRecord } from "../message-store.ts";
import { signatureFileLength, unprotectedPart, writeSignatureFile } from "../signature-file.ts";

/** The leaves of one batch's records, with the signature files as they were frozen in it. */
export class FrozenLeaves {
  readonly #extras: ReadonlyMap<string, StoredOcsp | undefined>;
  readonly #parts = new Map<StoredCertificate, Map<StoredOcsp, Buffer>>();
  #scratch = Buffer.alloc(16 * 1024);

  private constructor(extras: ReadonlyMap<string, StoredOcsp | undefined>) {
    this.#extras = extras;
  }

  static async of(batch: Batch, log: LogReader): Promise<FrozenLeaves> {
    const extras = new Map<string, StoredOcsp | undefined>();
    for (const { certificate, ocsp, extra } of batch.refreshed) {
      extras.set(`${certificate} ${ocsp}`, await log.ocsp(extra));
    }
    return new FrozenLeaves(extras);
  }

  leafOf(record: StoredRecord, exchangeSha256: Buffer): Buffer {
    const part = this.#part(record);
    const signature = Buffer.from(record.signature, "latin1");
    const length = signatureFileLength(signature, part);
    if (length > this.#scratch.length) this.#scratch = Buffer.alloc(2 * length);
    const end = writeSignatureFile(this.#scratch, signature, part);
    return leafOf([sha256(this.#scratch.subarray(0, end)), exchangeSha256, record.head.sha256]);
  }

  #part({ certificate, ocsp }: StoredRecord): Buffer {
    let parts = this.#parts.get(certificate);
    if (parts === undefined) {
      parts = new Map();
      this.#parts.set(certificate, parts);
    }
    let part = parts.get(ocsp);
    if (part === undefined) {
      const extra = this.#extras.get(`${certificate.sha256} ${ocsp.sha256}`);
      part = unprotectedPart(certificate, extra === undefined ? [ocsp] : [ocsp, extra]);
      parts.set(ocsp, part);
    }
    return part;
  }
}
