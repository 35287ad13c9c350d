import { sha256, toBase64Url } from "../../core/bytes.ts";
import { SealwayError } from "../../core/errors.ts";
import type { ExchangeId } from "../../core/ids.ts";
import { type ParsedSignature, parseSignature } from "../../message/signature-profile.ts";
import { indexRow } from "../batch.ts";
import { nextChain } from "../chain.ts";
import type { MessageCase } from "../evidence/verify-case.ts";
import { verifyExchange } from "../evidence/verify-content.ts";
import { verifyDocuments } from "../evidence/verify-documents.ts";
import { verifySigner, verifyValue } from "../evidence/verify-signer.ts";
import { judgeTimes } from "../evidence/verify-times.ts";
import { leafIndex } from "../evidence-reader.ts";
import { LeafWriter } from "../leaf-writer.ts";
import type { StoredCertificate, StoredOcsp } from "../message-store.ts";
import { unprotectedPart } from "../signature-file.ts";
import { type ArchiveFindings, FindingsAt } from "./archive-findings.ts";
import {
  type ArchivedBatch,
  type ArchivedRecord,
  MalformedLine,
  readLine,
  recordLine,
  splitLines,
} from "./archive-lines.ts";
import type { SegmentContext } from "./segment-context.ts";
import { type FileSpan, type RecordsFile, recordCount } from "./segment-manifest.ts";

/** What the records of a file are judged by. */
export interface RecordsCase {
  readonly context: SegmentContext;
  readonly instance: string;
  /** Of each batch the time that its token proves, milliseconds; a batch without one is left out. */
  readonly provenAt: ReadonlyMap<number, number>;
  /** Milliseconds: the present of the verification. */
  readonly at: number;
  readonly findings: ArchiveFindings;
}

/**
 * Judges every record of a file: its place, its chain, its leaf in the batch, its signature, signer and documents.
 * @param place of the file
 * @returns the rows of the index that its records make, 32 bytes each, in their order; zeros for one that is not there
 */
export function judgeRecords(x: RecordsCase, bytes: Buffer, file: RecordsFile, place: string): Buffer {
  const { findings } = x;
  const judge = new RecordJudge(x);
  const lines = splitLines(bytes);
  const rows = Buffer.alloc(32 * recordCount(file));
  let position = 0;
  for (const span of file.spans) {
    let chain: Buffer = Buffer.from(span.before, "base64url");
    for (let number = span.first; number <= span.last; number++, position++) {
      const name = `${span.writer}/${number}`;
      const record = nextRecord(lines, findings, `${place} line ${position + 1}`);
      if (record === "end") {
        findings.add("record-missing", name, `and all up to ${file.spans.at(-1)!.last}`);
        return rows;
      }
      if (record === "malformed") continue;
      if (record.writer !== span.writer || record.number !== number) {
        findings.add("record-misplaced", name, `here is ${record.writer}/${record.number}`);
      } else {
        rows.set(indexRow(record, record.tags), 32 * position);
        judge.judge(record, chain, span, name);
      }
      chain = record.chain;
    }
    if (toBase64Url(chain) !== span.after)
      findings.add("chain-contradicts", place, `at ${span.writer}/${span.last}`);
  }
  if (nextRecord(lines, findings, place) !== "end")
    findings.add("record-misplaced", place, "more lines than records");
  return rows;
}

function nextRecord(
  lines: Generator<Buffer>,
  findings: ArchiveFindings,
  place: string,
): ArchivedRecord | "malformed" | "end" {
  try {
    const { value, done } = lines.next();
    return done === true ? "end" : readLine(recordLine, value);
  } catch (error) {
    if (!(error instanceof MalformedLine)) throw error;
    findings.add("line-malformed", place, error.message);
    return "malformed";
  }
}

/** Digests of a record that several checks ask for. */
interface Digests {
  readonly exchange: Buffer;
  readonly signature: Buffer;
}

class RecordJudge {
  readonly #x: RecordsCase;
  /** What stands behind the signature in a signature file, by certificate and responses. */
  readonly #parts = new Map<string, Buffer>();
  readonly #writer = new LeafWriter();

  constructor(x: RecordsCase) {
    this.#x = x;
  }

  judge(record: ArchivedRecord, before: Buffer, span: FileSpan, place: string): void {
    const { context, findings, provenAt } = this.#x;
    const certificate = context.certificates.get(record.certificate);
    const ocsp = context.responses.get(record.ocsp);
    const batch = context.batches.get(span.batch);
    const compact = Buffer.from(record.signature, "latin1");
    const digests = { exchange: sha256(record.exchange), signature: sha256(record.signature) };
    judgeChain(record, digests, before, findings, place);
    if (certificate === undefined || ocsp === undefined || batch === undefined) {
      findings.add("record-contradicts", place, "its certificate, OCSP response or batch is not here");
      return;
    }
    const responses = this.#responses(record, ocsp, batch);
    const leaf = this.#leaf(record, compact, digests, certificate, responses);
    const covered = leaf.equals(leafIn(batch, record));
    findings.add(covered ? "record-in-batch" : "record-not-in-batch", place);
    this.#message(record, responses, covered ? provenAt.get(span.batch) : undefined, place);
  }

  /** The stapled response, then the one that the batch added. */
  #responses({ certificate, ocsp }: ArchivedRecord, stapled: StoredOcsp, batch: ArchivedBatch): StoredOcsp[] {
    const entry = batch.refreshed.find((one) => one.certificate === certificate && one.ocsp === ocsp);
    const extra = entry && this.#x.context.responses.get(entry.extra);
    return extra === undefined ? [stapled] : [stapled, extra];
  }

  #leaf(
    record: ArchivedRecord,
    compact: Buffer,
    digests: Digests,
    certificate: StoredCertificate,
    responses: readonly StoredOcsp[],
  ): Buffer {
    const key = `${certificate.sha256} ${responses.map(({ sha256 }) => sha256).join(" ")}`;
    let part = this.#parts.get(key);
    if (part === undefined) {
      part = unprotectedPart(certificate, responses);
      this.#parts.set(key, part);
    }
    return this.#writer.leafOf(compact, part, digests.exchange, record.head.sha256);
  }

  #message(
    record: ArchivedRecord,
    responses: readonly StoredOcsp[],
    provenAt: number | undefined,
    place: string,
  ): void {
    const findings = new FindingsAt(this.#x.findings, place);
    if (provenAt !== undefined) findings.add("time-proven", place);
    const x = this.#case(record, findings);
    const signature = readSignature(record, findings, place);
    const document = verifyExchange(x, signature);
    if (signature === undefined) return;
    const { header } = signature;
    const isSigned = header.head === toBase64Url(record.head.sha256);
    findings.judge(isSigned, "digest-matches", "digest-mismatch", place, "head");
    if (header.fingerprint !== record.certificate)
      this.#x.findings.add("record-contradicts", place, "another certificate signed");
    verifyValue(x, signature);
    if (document === undefined) return;
    const configuration = x.trust.named(document.configuration);
    verifyDocuments(x, this.#x.context.inForce, document, configuration);
    const claimed = header.iat * 1000;
    judgeTimes(x, document, claimed, provenAt);
    if (configuration === undefined) {
      findings.add("configuration-missing", place, `version ${document.configuration.version}`);
      findings.add("signer-not-judged", place);
      return;
    }
    const ocsp = responses.map(({ der }) => der);
    verifySigner(x, { signature, ocsp }, document, configuration, provenAt ?? claimed);
  }

  /** A record as a message of a package, as far as it is judged in the same way. */
  #case({ type, exchangeId, exchange }: ArchivedRecord, findings: FindingsAt): MessageCase {
    const { context, instance, at } = this.#x;
    return {
      manifest: { instance, exchangeId: exchangeId as ExchangeId },
      entry: { head: "withheld" },
      folder: type,
      files: new Map([["exchange", exchange]]),
      trust: context.trust,
      at,
      findings,
    };
  }
}

function judgeChain(
  record: ArchivedRecord,
  digests: Digests,
  before: Buffer,
  findings: ArchiveFindings,
  place: string,
): void {
  const link = {
    ...record,
    ...digests,
    certificate: Buffer.from(record.certificate, "base64url"),
    ocsp: Buffer.from(record.ocsp, "base64url"),
    tags: sha256(record.tags),
  };
  const follows = nextChain(before, link).equals(record.chain);
  findings.add(follows ? "record-chained" : "record-altered", place);
}

/** Empty when the batch says that it does not cover the record. */
function leafIn(batch: ArchivedBatch, record: ArchivedRecord): Buffer {
  try {
    const at = 32 * leafIndex(record, batch);
    return batch.leaves.subarray(at, at + 32);
  } catch (error) {
    if (error instanceof RangeError) return Buffer.alloc(0);
    throw error;
  }
}

function readSignature(
  { signature }: ArchivedRecord,
  findings: FindingsAt,
  place: string,
): ParsedSignature | undefined {
  try {
    const parsed = parseSignature(signature);
    findings.add("signature-form", place);
    return parsed;
  } catch (error) {
    if (!(error instanceof SealwayError)) throw error;
    findings.add("signature-malformed", place, error.detail);
    return undefined;
  }
}
