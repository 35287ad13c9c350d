import { hashOf } from "../../core/bytes.ts";
import type { DigestName } from "../../pki/algorithms.ts";
import type { Certificate } from "../../pki/certificate.ts";
import { DerError } from "../../pki/der.ts";
import type { ArchiveTimestamp } from "../../pki/evidence-record.ts";
import {
  type DocumentDigests,
  type EvidenceFinding,
  type EvidenceProblem,
  verifyEvidenceRecord,
} from "../../pki/evidence-verdict.ts";
import type { Timestamp } from "../../pki/timestamp-verdict.ts";
import { type ConfigurationIndex, stateAt } from "../../trust/configuration-index.ts";
import type { FindingCode } from "./finding-codes.ts";
import { digestOf, evidenceRecordOf } from "./read-once.ts";
import { parseToken, verifyToken } from "./remembered-tokens.ts";
import type { MessageCase } from "./verify-case.ts";

/** What each problem of an evidence record means for the message. */
// biome-ignore format: a table is read by its columns
const problemCodes: Readonly<Record<EvidenceProblem, FindingCode>> = {
  "the record is malformed":                                 "evidence-malformed",
  "the first list is empty":                                 "evidence-malformed",
  "a hash has the wrong length":                             "evidence-malformed",
  "a first list of one hash can be read in two ways":        "evidence-malformed",
  "several documents have no common hash tree":              "evidence-of-another-record",
  "a document is not in the first list":                     "evidence-of-another-record",
  "the first list holds hashes of no document":              "evidence-of-another-record",
  "the imprint is of other data":                            "evidence-of-another-record",
  "the documents are not given in this digest":              "evidence-inconsistent",
  "the record does not list its digest":                     "evidence-inconsistent",
  "the time-stamp names another digest than its token":      "evidence-inconsistent",
  "the digest changes within a chain":                       "evidence-inconsistent",
  "the time-stamp is older than the one before it":          "evidence-inconsistent",
  "a certificate expired before the time-stamp was renewed": "evidence-not-renewed",
  "the token is malformed":                                  "token-invalid",
  "the content is no time-stamp":                            "token-invalid",
  "the imprint is of another algorithm":                     "token-invalid",
  "the nonce is not that of the request":                    "token-invalid",
  "the time is in the future":                               "token-invalid",
  "the time is before the request":                          "token-invalid",
  "the token has not exactly one signer":                    "token-invalid",
  "the token has no signed attributes":                      "token-invalid",
  "the content-type attribute does not fit":                 "token-invalid",
  "the message-digest attribute does not fit":               "token-invalid",
  "the signature is wrong":                                  "token-invalid",
  "the token does not name the signer's certificate":        "token-invalid",
  "the signer's certificate is not in the token":            "token-invalid",
  "the signer identifier names another certificate":         "token-invalid",
  "the extended key usage is not critical":                  "token-invalid",
  "the extended key usage is not time-stamping alone":       "token-invalid",
  "the certificate is not made for time-stamping":           "token-invalid",
  "the policy is not accepted":                              "tsa-policy",
  "a certificate was not valid at the time of the token":    "tsa-certificate-expired",
  "the certificate leads to no anchor":                      "tsa-unknown",
  "the certificate is revoked":                              "tsa-revoked",
};

/**
 * When the message provably existed: by an evidence record that covers the signature file and the account of the
 * exchange, and maybe the head, and nothing else. Without the signature file in it, a record proves no time of the
 * signature, whatever else it covers.
 * @param headDigest SHA-256 as signed; the head itself may be absent
 * @returns milliseconds since the epoch; undefined when no time is proven
 */
export function verifyTime(x: MessageCase, headDigest: Buffer | undefined): number | undefined {
  const { files, findings, folder } = x;
  const place = `${folder}/evidence.ers`;
  const record = files.get("evidence.ers");
  if (record === undefined) {
    findings.add("evidence-missing", place);
    return undefined;
  }
  return judgeEvidence(x, record, groupOf(x, record, headDigest), place);
}

/**
 * Judges an evidence record over a group of documents, whoever's it is, and the authorities behind it.
 * @returns milliseconds since the epoch; undefined when no time is proven
 */
export function judgeEvidence(
  x: TimeCase,
  record: Buffer,
  group: EvidenceGroup,
  place: string,
): number | undefined {
  const { findings, trust } = x;
  const anchors = trust.configurations.flatMap(({ timestampingAuthorities }) =>
    timestampingAuthorities.map(({ certificate }) => certificate),
  );
  const verdict = verifyEvidenceRecord(record, group.digests, {
    anchors: distinct(anchors),
    at: x.at,
    tokens: { parse: parseToken, verify: verifyToken },
  });
  for (const timestamp of verdict.timestamps) judgeAuthority(x, timestamp, place);
  if (verdict.outcome === "valid") {
    findings.add("time-proven", place, new Date(verdict.provenAt).toISOString());
    tellRenewals(x, verdict.timestamps, record, place);
    return verdict.provenAt;
  }
  const codes = verdict.findings.map((found) => {
    const code = codeOf(found, group);
    const { finding, detail } = found;
    findings.add(code, place, `${finding}${whichOf(found)}${detail === undefined ? "" : `: ${detail}`}`);
    return code;
  });
  const onlyAged = codes.every((code) => code === "evidence-not-renewed");
  return onlyAged ? verdict.timestamps[0]?.genTime : undefined;
}

function codeOf({ finding, chain, timestamp }: EvidenceFinding, group: EvidenceGroup): FindingCode {
  const code = problemCodes[finding];
  // The documents are under the first time-stamp; whatever a later one does not fit is the record itself.
  if (chain !== undefined && timestamp !== undefined && chain + timestamp > 0) {
    return code === "evidence-of-another-record" ? "evidence-inconsistent" : code;
  }
  const unsigned = finding === "a document is not in the first list" && group.lacksSignature;
  return unsigned ? "evidence-without-signature" : code;
}

function whichOf({ chain, timestamp }: EvidenceFinding): string {
  if (timestamp === undefined) return "";
  return chain === 0
    ? ` (time-stamp ${timestamp + 1})`
    : ` (chain ${chain! + 1}, time-stamp ${timestamp + 1})`;
}

function tellRenewals(
  { findings }: TimeCase,
  timestamps: readonly Timestamp[],
  record: Buffer,
  place: string,
): void {
  const [, ...later] = timestamps;
  if (later.length === 0) return;
  const times = later.map(({ genTime }) => new Date(genTime).toISOString());
  findings.add("evidence-renewed", place, times.join(", "));
  if (evidenceRecordOf(record).chains.length > 1) findings.add("head-under-old-digest", place);
}

/** Whom and what the judgement of a time asks. */
export type TimeCase = Pick<MessageCase, "trust" | "findings" | "at">;

/** The documents of one record. */
export interface EvidenceGroup {
  readonly digests: DocumentDigests;
  /** The record covers the account of the exchange and not the signature file. */
  readonly lacksSignature: boolean;
}

/** Two documents or three, as the first list has it: records are made over the head as well, or are not. */
function groupOf({ files }: MessageCase, record: Buffer, headDigest: Buffer | undefined): EvidenceGroup {
  const first = firstTimestamp(record);
  const list = first?.reducedTree?.[0] ?? [];
  const lists = (digest: Buffer) => list.some((entry) => entry.equals(digest));
  const signature = files.get("signature.jws.json") ?? Buffer.alloc(0);
  const exchange = files.get("exchange") ?? Buffer.alloc(0);
  const head = files.get("head");
  const withHead = headDigest !== undefined && lists(headDigest);
  const digestsIn = (algorithm: DigestName): Buffer[] | undefined => {
    const digest = (bytes: Buffer) => (algorithm === "sha256" ? digestOf(bytes) : hashOf(algorithm, bytes));
    const both = [digest(signature), digest(exchange)];
    if (!withHead) return both;
    // A hash-tree renewal hashes the signature file, which has the head's digest, and the account; never the head.
    if (algorithm !== (first?.digest ?? "sha256")) return both;
    if (algorithm === "sha256") return [...both, headDigest];
    return head === undefined ? undefined : [...both, hashOf(algorithm, head)];
  };
  const [ofSignature, ofExchange] = digestsIn(first?.digest ?? "sha256") ?? [];
  const digests: { [algorithm in DigestName]?: readonly Buffer[] } = {};
  for (const algorithm of digestsOf(record)) {
    const documents = digestsIn(algorithm);
    if (documents !== undefined) digests[algorithm] = documents;
  }
  const lacksSignature = ofSignature !== undefined && !lists(ofSignature) && lists(ofExchange!);
  return { digests, lacksSignature };
}

const allDigests: readonly DigestName[] = ["sha256", "sha384", "sha512"];

/** Those that the trees of the record are of: all, when one of them does not say of which it is. */
function digestsOf(record: Buffer): Iterable<DigestName> {
  try {
    const named = evidenceRecordOf(record).chains.flatMap(({ timestamps }) =>
      timestamps.map(({ digest }) => digest),
    );
    return named.every((digest) => digest !== undefined) ? new Set(named) : allDigests;
  } catch (error) {
    if (error instanceof DerError) return allDigests;
    throw error;
  }
}

function firstTimestamp(record: Buffer): ArchiveTimestamp | undefined {
  try {
    return evidenceRecordOf(record).chains[0]?.timestamps[0];
  } catch (error) {
    // What is wrong with it is told by its verification.
    if (error instanceof DerError) return undefined;
    throw error;
  }
}

/**
 * The authority behind a good token: its policy by any of the configurations, since policies have no dates; its state
 * at that time by the newest one that lists it.
 */
function judgeAuthority({ trust, findings }: TimeCase, timestamp: Timestamp, place: string): void {
  const { genTime, policy, chain, revocation } = timestamp;
  const anchor = chain.at(-1)?.fingerprint;
  const ofAnchor = ({ timestampingAuthorities }: ConfigurationIndex) =>
    timestampingAuthorities.filter(({ certificate }) => certificate.fingerprint === anchor);
  const names = new Set(
    trust.configurations
      .flatMap(ofAnchor)
      .filter(({ authority: { policies } }) => policies.length === 0 || policies.includes(policy))
      .map(({ authority }) => authority.name),
  );
  const fitting = trust.newest((configuration) => {
    const found = ofAnchor(configuration).filter(({ authority }) => names.has(authority.name));
    return found.length === 0 ? undefined : found;
  });
  if (fitting === undefined) {
    findings.add("tsa-policy", place, policy);
    return;
  }
  const granted = fitting.find(({ authority }) => stateAt(authority.history, genTime) === "granted");
  const { authority } = granted ?? fitting[0]!;
  const state = `${authority.name}: ${stateAt(authority.history, genTime)}`;
  findings.judge(granted !== undefined, "tsa-granted", "tsa-not-granted", place, state);
  // A revocation that voids the token is told with the token.
  if (revocation?.status !== "good" && revocation?.status !== "revoked")
    findings.add("tsa-revocation-unproven", place, revocation?.status);
}

function distinct(certificates: readonly Certificate[]): Certificate[] {
  return [...new Map(certificates.map((one) => [one.fingerprint, one])).values()];
}
