import type { ExchangeId } from "../../core/ids.ts";
import type { MessageCase } from "../evidence/verify-case.ts";
import { verifyTime } from "../evidence/verify-time.ts";
import { EvidenceReader } from "../evidence-reader.ts";
import { FindingsAt } from "./archive-findings.ts";
import { openArchiveReader } from "./archive-reader.ts";
import type { BatchCase } from "./batch-case.ts";
import { UnreadableArchive } from "./unreadable-archive.ts";

/**
 * The time of a batch whose time-stamp was renewed since (RFC 4998 §5.2). Renewals are documents of later segments: the
 * evidence record of the batch's first record, with all generations in it, speaks for the batch.
 */
export class RenewedEvidence {
  readonly #reader: EvidenceReader;

  private constructor(reader: EvidenceReader) {
    this.#reader = reader;
  }

  /** @returns undefined when the archive has no renewal, or cannot be read as a whole: the first tokens are judged then */
  static async open(path: string): Promise<RenewedEvidence | undefined> {
    try {
      const log = await openArchiveReader(path);
      const renewals = await log.documentsOf("renewal");
      return renewals.length === 0 ? undefined : new RenewedEvidence(new EvidenceReader(log, undefined));
    } catch (error) {
      if (error instanceof UnreadableArchive) return undefined;
      throw error;
    }
  }

  /**
   * @returns milliseconds, if a time is proven; nothing at all when the batch has no renewal, or what should be its
   *   evidence cannot be put together
   */
  async judge(
    { batch, spans, context, at, findings }: BatchCase,
    place: string,
  ): Promise<{ readonly provenAt: number | undefined } | undefined> {
    const [span] = spans;
    const evidence = span && (await this.#evidenceOf(span.writer, span.first));
    if (evidence?.sealed === undefined || evidence.sealed.renewals.length === 0) return undefined;
    if (evidence.sealed.batch.number !== batch.number) return undefined;
    const { record, signatureFile, sealed } = evidence;
    const x: MessageCase = {
      manifest: { instance: "", exchangeId: record.exchangeId as ExchangeId },
      entry: { head: "withheld" },
      folder: record.type,
      files: new Map([
        ["signature.jws.json", signatureFile],
        ["exchange", record.exchange],
        ["evidence.ers", sealed.evidenceRecord],
      ]),
      trust: context.trust,
      at,
      findings: new FindingsAt(findings, place),
    };
    return { provenAt: verifyTime(x, record.head.sha256) };
  }

  async #evidenceOf(writer: string, number: number) {
    try {
      for await (const [record] of this.#reader.log.records({ writer, first: number, last: number })) {
        if (record !== undefined) return await this.#reader.evidenceOf(record);
      }
      return undefined;
    } catch (error) {
      if (error instanceof UnreadableArchive || error instanceof RangeError) return undefined;
      throw error;
    }
  }
}
