import { hashOf } from "../core/bytes.ts";
import type { DigestName } from "./algorithms.ts";
import type { Certificate } from "./certificate.ts";
import { DerError } from "./der.ts";
import * as write from "./der-writer.ts";
import { type ArchiveTimestamp, type EvidenceRecord, parseEvidenceRecord } from "./evidence-record.ts";
import { type Fold, foldReducedTree, type TreeFinding } from "./hash-tree.ts";
import type { OcspVerdict } from "./ocsp-verdict.ts";
import type { Imprint } from "./timestamp-request.ts";
import { isRevokedFor, tokenRevocation } from "./timestamp-revocation.ts";
import { parseTimestampToken } from "./timestamp-token.ts";
import { type Timestamp, type TimestampFinding, verifyTimestampToken } from "./timestamp-verdict.ts";

/**
 * The digests of all documents of one data object group, in any order, in each digest that the record may need:
 * a record that was renewed with another digest is verified over the documents in both.
 */
export type DocumentDigests = { readonly [digest in DigestName]?: readonly Buffer[] };

/** By what a record is judged. */
export interface EvidenceRules {
  /** Trusted for time-stamping. */
  readonly anchors: readonly Certificate[];
  /** Milliseconds since the epoch: now. */
  readonly at: number;
  /** How tokens are read and judged: whoever verifies many records under one token remembers it. */
  readonly tokens?: {
    readonly parse: typeof parseTimestampToken;
    readonly verify: typeof verifyTimestampToken;
  };
}

/** What is wrong, and with which archive time-stamp; counted from 0. A malformed record has no such place. */
export interface EvidenceFinding {
  readonly chain?: number;
  readonly timestamp?: number;
  readonly finding: EvidenceProblem;
  readonly detail?: string;
}

export type EvidenceProblem =
  | TreeFinding
  | TimestampFinding
  | "the record is malformed"
  | "the record does not list its digest"
  | "the time-stamp names another digest than its token"
  | "the digest changes within a chain"
  | "the documents are not given in this digest"
  | "several documents have no common hash tree"
  | "the time-stamp is older than the one before it"
  | "a certificate expired before the time-stamp was renewed";

export type EvidenceVerdict =
  | {
      readonly outcome: "valid";
      /** Milliseconds since the epoch: the documents existed then, by the first time-stamp. */
      readonly provenAt: number;
      /** All time-stamps, in ascending time. */
      readonly timestamps: readonly Timestamp[];
    }
  | {
      readonly outcome: "invalid";
      readonly findings: readonly EvidenceFinding[];
      /** Those whose token is good in itself: what they are worth beside the findings is for people to judge. */
      readonly timestamps: readonly Timestamp[];
    };

/**
 * Verifies an EvidenceRecord (attacker-controlled) for a group of documents by RFC 4998 §4.3 and §5.3, renewals
 * included, and tells everything that is wrong.
 */
export function verifyEvidenceRecord(
  der: Uint8Array,
  documents: DocumentDigests,
  rules: EvidenceRules,
): EvidenceVerdict {
  try {
    return new Verification(parseEvidenceRecord(der), documents, rules).verdict();
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
    const finding = { finding: "the record is malformed", detail: error.message } as const;
    return { outcome: "invalid", findings: [finding], timestamps: [] };
  }
}

/** Where an archive time-stamp stands. */
interface Place {
  readonly chain: number;
  readonly timestamp: number;
}

class Verification {
  readonly #record: EvidenceRecord;
  readonly #documents: DocumentDigests;
  readonly #rules: EvidenceRules;
  readonly #findings: EvidenceFinding[] = [];
  readonly #timestamps: { readonly place: Place; readonly timestamp: Timestamp }[] = [];

  constructor(record: EvidenceRecord, documents: DocumentDigests, rules: EvidenceRules) {
    this.#record = record;
    this.#documents = documents;
    this.#rules = rules;
  }

  verdict(): EvidenceVerdict {
    for (const [chain, { timestamps }] of this.#record.chains.entries()) {
      for (const timestamp of timestamps.keys()) this.#judge({ chain, timestamp });
    }
    this.#judgeOrder();
    const timestamps = this.#timestamps.map(({ timestamp }) => timestamp);
    const [first] = timestamps;
    if (this.#findings.length > 0 || first === undefined) {
      return { outcome: "invalid", findings: this.#findings, timestamps };
    }
    return { outcome: "valid", provenAt: first.genTime, timestamps };
  }

  #judge(place: Place): void {
    const archive = this.#at(place);
    const imprint = this.#imprintOf(archive, place);
    if (imprint === undefined) return;
    const digest = archive.digest ?? imprint.digest;
    if (digest !== imprint.digest) this.#find(place, "the time-stamp names another digest than its token");
    if (!this.#record.digests.includes(digest)) this.#find(place, "the record does not list its digest");
    const fold = this.#fold(archive, digest, place);
    if (fold.outcome === "finding") this.#find(place, fold.finding);
    // A broken tree is told; the token is judged all the same, over what it says itself.
    const expected = fold.outcome === "root" ? { digest, value: fold.root } : imprint;
    const { anchors, at, tokens } = this.#rules;
    const verify = tokens?.verify ?? verifyTimestampToken;
    const verdict = verify(archive.token, { imprint: expected, anchors, at });
    if (verdict.outcome === "valid") this.#timestamps.push({ place, timestamp: verdict.timestamp });
    else for (const finding of verdict.findings) this.#find(place, finding, verdict.detail);
  }

  #at({ chain, timestamp }: Place): ArchiveTimestamp {
    return this.#record.chains[chain]!.timestamps[timestamp]!;
  }

  #find(place: Place, finding: EvidenceProblem, detail?: string): void {
    this.#findings.push({ ...place, finding, ...(detail !== undefined && { detail }) });
  }

  #imprintOf({ token }: ArchiveTimestamp, place: Place): Imprint | undefined {
    try {
      const { info } = (this.#rules.tokens?.parse ?? parseTimestampToken)(token);
      if (info === undefined) this.#find(place, "the content is no time-stamp");
      return info?.imprint;
    } catch (error) {
      if (!(error instanceof DerError)) throw error;
      this.#find(place, "the token is malformed", error.message);
      return undefined;
    }
  }

  /** What the token must be over: the documents, or the token before it, through the reduced tree. */
  #fold({ reducedTree }: ArchiveTimestamp, digest: DigestName, place: Place): Fold | Problem {
    const covered = this.#covered(digest, place);
    if ("outcome" in covered) return covered;
    if (reducedTree !== undefined) return foldReducedTree(reducedTree, covered, digest);
    const [only, ...others] = covered;
    if (only === undefined || others.length > 0) return problem("several documents have no common hash tree");
    return { outcome: "root", root: only };
  }

  #covered(digest: DigestName, place: Place): readonly Buffer[] | Problem {
    if (place.timestamp > 0) return this.#previousToken(digest, place);
    const documents = this.#documents[digest];
    if (documents === undefined) return problem("the documents are not given in this digest");
    return place.chain === 0 ? documents : this.#renewed(documents, digest, place.chain);
  }

  /** Time-stamp renewal (§5.2): the next one covers the token before it, under the same digest. */
  #previousToken(digest: DigestName, { chain, timestamp }: Place): readonly Buffer[] | Problem {
    const previous = this.#at({ chain, timestamp: timestamp - 1 });
    if (previous.digest !== undefined && previous.digest !== digest) {
      return problem("the digest changes within a chain");
    }
    return [hashOf(digest, previous.token)];
  }

  /** Hash-tree renewal (§5.2): each document's digest with that of all chains so far, in this order, unsorted. */
  #renewed(documents: readonly Buffer[], digest: DigestName, chain: number): readonly Buffer[] {
    const before = this.#record.chains.slice(0, chain).map(({ der }) => der);
    const sequence = hashOf(digest, write.sequence(...before));
    return documents.map((document) => hashOf(digest, Buffer.concat([document, sequence])));
  }

  /**
   * §5.3: ascending in time, and each renewed, or judged now, while its certificates were valid; the next one may bring
   * the state that they had then.
   */
  #judgeOrder(): void {
    for (const [i, { place, timestamp }] of this.#timestamps.entries()) {
      const next = this.#timestamps[i + 1];
      if (next !== undefined && next.timestamp.genTime < timestamp.genTime) {
        this.#find(next.place, "the time-stamp is older than the one before it");
      }
      if (next !== undefined && isRevokedFor(laterRevocation(timestamp, next.timestamp), timestamp.genTime)) {
        this.#find(place, "the certificate is revoked", "told beside the next time-stamp");
      }
      const replacedAt = next?.timestamp.genTime ?? this.#rules.at;
      if (timestamp.chain.some(({ notAfter }) => notAfter < replacedAt)) {
        this.#find(place, "a certificate expired before the time-stamp was renewed");
      }
    }
  }
}

function laterRevocation({ chain, genTime }: Timestamp, next: Timestamp): OcspVerdict | undefined {
  return tokenRevocation(next.ocspResponses, chain, genTime);
}

interface Problem {
  readonly outcome: "finding";
  readonly finding: EvidenceProblem;
}

function problem(finding: EvidenceProblem): Problem {
  return { outcome: "finding", finding };
}
