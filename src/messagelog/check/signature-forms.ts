import { LeafWriter } from "../leaf-writer.ts";
import type { Batch, LogReader, StoredOcsp, StoredRecord } from "../message-store.ts";
import { unprotectedPart } from "../signature-file.ts";

/** The leaves of one batch's records, with the signature files as they were frozen in it. */
export class FrozenLeaves {
  readonly #extras: ReadonlyMap<string, StoredOcsp | undefined>;
  readonly #writer = new LeafWriter();

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

  leafOf({ certificate, ocsp, signature, head }: StoredRecord, exchangeSha256: Buffer): Buffer {
    const part = this.#writer.partOf(certificate, ocsp, () => {
      const extra = this.#extras.get(`${certificate.sha256} ${ocsp.sha256}`);
      return unprotectedPart(certificate, extra === undefined ? [ocsp] : [ocsp, extra]);
    });
    return this.#writer.leafOf(Buffer.from(signature, "latin1"), part, exchangeSha256, head.sha256);
  }
}
