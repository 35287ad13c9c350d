import type { Batch, LogReader, StoredRecord } from "../message-store.ts";
import { signatureFile, unprotectedPart } from "../signature-file.ts";

/** Parts kept; there are as many as certificates with OCSP responses in a batch. */
const mostParts = 1000;

/** Makes the frozen signature files of many records of one batch after another. */
export class FrozenFiles {
  readonly #log: Pick<LogReader, "ocsp">;
  readonly #parts = new Map<string, Buffer>();

  constructor(log: Pick<LogReader, "ocsp">) {
    this.#log = log;
  }

  /** The signature file as the batch sealed it. */
  async of(record: StoredRecord, batch: Batch): Promise<Buffer> {
    return signatureFile(Buffer.from(record.signature, "latin1"), await this.#partOf(record, batch));
  }

  async #partOf({ certificate, ocsp }: StoredRecord, batch: Batch): Promise<Buffer> {
    const name = `${batch.number} ${certificate.sha256} ${ocsp.sha256}`;
    const known = this.#parts.get(name);
    if (known !== undefined) return known;
    const entry = batch.refreshed.find(
      (one) => one.certificate === certificate.sha256 && one.ocsp === ocsp.sha256,
    );
    const extra = entry === undefined ? undefined : await this.#log.ocsp(entry.extra);
    const part = unprotectedPart(certificate, extra === undefined ? [ocsp] : [ocsp, extra]);
    if (this.#parts.size >= mostParts) this.#parts.clear();
    this.#parts.set(name, part);
    return part;
  }
}
