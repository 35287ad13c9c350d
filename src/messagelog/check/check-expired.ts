import { hashOf } from "../../core/bytes.ts";
import type { Certificate } from "../../pki/certificate.ts";
import { verifyEvidenceRecord } from "../../pki/evidence-verdict.ts";
import type { Timestamp } from "../../pki/timestamp-verdict.ts";
import { EvidenceReader } from "../evidence-reader.ts";
import type { Batch, LogReader } from "../message-store.ts";
import type { TokenRules } from "./check-token.ts";
import type { Damage } from "./damage.ts";

/** A time-stamp whose certificates have expired must have been renewed before: judged by the evidence of one record. */
export async function checkExpired(
  batch: Batch,
  timestamp: Timestamp,
  log: LogReader,
  { authorities, at }: TokenRules,
): Promise<Damage[]> {
  if (timestamp.chain.every(({ notAfter }) => notAfter >= at)) return [];
  const anchors = authorities.map(({ certificate }) => certificate);
  const expired = { kind: "token-expired", batch: batch.number } as const;
  const [span] = batch.spans;
  if (span === undefined) return [expired];
  for await (const [record] of log.records({ ...span, last: span.first })) {
    if (record === undefined) break;
    const { sealed, signatureFile } = await new EvidenceReader(log, undefined).evidenceOf(record);
    if (sealed === undefined) break;
    const documents = [signatureFile, record.exchange];
    return isValid(sealed.evidenceRecord, documents, record.head.sha256, anchors, at) ? [] : [expired];
  }
  return [expired];
}

function isValid(
  evidence: Buffer,
  documents: readonly Buffer[],
  head: Buffer,
  anchors: readonly Certificate[],
  at: number,
): boolean {
  const digests = (name: "sha256" | "sha384" | "sha512") => documents.map((one) => hashOf(name, one));
  const all = { sha256: [...digests("sha256"), head], sha384: digests("sha384"), sha512: digests("sha512") };
  return verifyEvidenceRecord(evidence, all, { anchors, at }).outcome === "valid";
}
