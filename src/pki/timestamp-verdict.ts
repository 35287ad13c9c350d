import { hashOf } from "../core/bytes.ts";
import type { ErrorCode } from "../core/error-codes.ts";
import { SealwayError } from "../core/errors.ts";
import { verifySignature } from "./algorithms.ts";
import type { Certificate } from "./certificate.ts";
import { verifyChain } from "./chain.ts";
import { DerError } from "./der.ts";
import { readOctets, readOid } from "./der-reader.ts";
import { clockSkewMs, type OcspVerdict } from "./ocsp-verdict.ts";
import { oids } from "./oids.ts";
import { readSentCertificates } from "./sent-certificates.ts";
import type { SignerInfo } from "./signed-data.ts";
import { findNamedSigner, type SignerFinding } from "./signing-certificate.ts";
import type { Imprint } from "./timestamp-request.ts";
import { isRevokedFor, tokenRevocation } from "./timestamp-revocation.ts";
import { parseTimestampToken, type TimestampToken, type TstInfo } from "./timestamp-token.ts";

/** What a token must be about, and by what it is judged. */
export interface TimestampExpectation {
  readonly imprint: Imprint;
  /** The nonce of the request, when there was one: then the token must have the same. */
  readonly nonce?: Buffer;
  /** Policies that are accepted, dotted; any when undefined. */
  readonly policies?: readonly string[];
  readonly anchors: readonly Certificate[];
  /** Milliseconds since the epoch; a token of a later time is of no use. Certificates are judged at `genTime`. */
  readonly at: number;
  /** Milliseconds since the epoch: what was asked for did not exist before; a token of an earlier time is of no use. */
  readonly notBefore?: number;
}

/** A token that passed every check. */
export interface Timestamp extends Omit<TstInfo, "nonce"> {
  readonly tsaCertificate: Certificate;
  /** From the TSA's certificate to the anchor. */
  readonly chain: readonly Certificate[];
  /** All certificates that stand in the token and can be read. */
  readonly certificates: readonly Certificate[];
  /** OCSPResponses and CertificateLists in DER that stand in the token. */
  readonly ocspResponses: readonly Buffer[];
  readonly crls: readonly Buffer[];
  /** What the token's own OCSP responses say of the TSA's certificate; undefined when none speaks of it. */
  readonly revocation: OcspVerdict | undefined;
}

export type TimestampVerdict =
  | { readonly outcome: "valid"; readonly timestamp: Timestamp }
  | { readonly outcome: "invalid"; readonly findings: readonly TimestampFinding[]; readonly detail?: string };

export type TimestampFinding =
  | SignerFinding
  | "the token is malformed"
  | "the content is no time-stamp"
  | "the imprint is of another algorithm"
  | "the imprint is of other data"
  | "the nonce is not that of the request"
  | "the policy is not accepted"
  | "the time is in the future"
  | "the time is before the request"
  | "the token has not exactly one signer"
  | "the token has no signed attributes"
  | "the content-type attribute does not fit"
  | "the message-digest attribute does not fit"
  | "the signature is wrong"
  | "the extended key usage is not critical"
  | "the extended key usage is not time-stamping alone"
  | "the certificate is not made for time-stamping"
  | "a certificate was not valid at the time of the token"
  | "the certificate leads to no anchor"
  | "the certificate is revoked";

/**
 * Verifies a TimeStampToken (attacker-controlled) by RFC 3161 §2.2 and §2.4.2, RFC 5816 and RFC 5652 §5.6, and
 * tells everything that is wrong with it. Revocation data inside the token are judged; whether there must be
 * some is the caller's to say.
 */
export function verifyTimestampToken(der: Uint8Array, expectation: TimestampExpectation): TimestampVerdict {
  try {
    return judge(parseTimestampToken(der), expectation);
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
    return { outcome: "invalid", findings: ["the token is malformed"], detail: error.message };
  }
}

function judge({ signedData, info }: TimestampToken, expectation: TimestampExpectation): TimestampVerdict {
  const [signer, ...others] = signedData.signers;
  if (info === undefined) return { outcome: "invalid", findings: ["the content is no time-stamp"] };
  if (signer === undefined || others.length > 0) {
    return { outcome: "invalid", findings: ["the token has not exactly one signer"] };
  }
  const findings = [...contentFindings(info, expectation), ...attributeFindings(signer, signedData.content)];
  const certificates = readSentCertificates(signedData.certificates);
  const tsaCertificate = findNamedSigner(signer, certificates);
  if (typeof tsaCertificate === "string")
    return { outcome: "invalid", findings: [...findings, tsaCertificate] };
  if (!isSignedBy(signer, tsaCertificate)) findings.push("the signature is wrong");
  const usage = usageFindings(tsaCertificate);
  const chain = findChain(tsaCertificate, certificates, expectation, info.genTime);
  findings.push(...usage);
  if (typeof chain === "string") {
    // The chain is refused for the same usage that has been told already.
    if (usage.length === 0 || chain !== "the certificate is not made for time-stamping") findings.push(chain);
    return { outcome: "invalid", findings };
  }
  const { ocspResponses, crls } = signedData;
  const revocation = tokenRevocation(ocspResponses, chain, info.genTime);
  if (isRevokedFor(revocation, info.genTime)) findings.push("the certificate is revoked");
  if (findings.length > 0) return { outcome: "invalid", findings };
  const { nonce: _, ...rest } = info;
  const timestamp = { ...rest, tsaCertificate, chain, certificates, ocspResponses, crls, revocation };
  return { outcome: "valid", timestamp };
}

function contentFindings(info: TstInfo, expected: TimestampExpectation): TimestampFinding[] {
  const findings: TimestampFinding[] = [];
  const { imprint, nonce, policies, at, notBefore = 0 } = expected;
  if (info.imprint.digest !== imprint.digest) findings.push("the imprint is of another algorithm");
  else if (!info.imprint.value.equals(imprint.value)) findings.push("the imprint is of other data");
  if (nonce !== undefined && !isSameNumber(info.nonce, nonce))
    findings.push("the nonce is not that of the request");
  if (policies !== undefined && !policies.includes(info.policy)) findings.push("the policy is not accepted");
  if (info.genTime > at + clockSkewMs) findings.push("the time is in the future");
  if (info.genTime < notBefore - clockSkewMs) findings.push("the time is before the request");
  return findings;
}

/** The nonce is a positive number: its leading zeros do not travel. */
function isSameNumber(integer: Buffer | undefined, magnitude: Buffer): boolean {
  if (integer === undefined || integer[0]! >= 0x80) return false;
  return BigInt(`0x${integer.toString("hex")}`) === BigInt(`0x${magnitude.toString("hex")}`);
}

/** RFC 5652 §11.1 and §11.2: both attributes must be there when attributes are signed instead of the content. */
function attributeFindings({ signedAttributes, digest }: SignerInfo, content: Buffer): TimestampFinding[] {
  if (signedAttributes === undefined) return ["the token has no signed attributes"];
  const findings: TimestampFinding[] = [];
  const type = signedAttributes.get(oids.contentType);
  if (type === undefined || readOid(type, "contentType") !== oids.tstInfo) {
    findings.push("the content-type attribute does not fit");
  }
  const told = signedAttributes.get(oids.messageDigest);
  if (told === undefined || !readOctets(told, "messageDigest").equals(hashOf(digest, content))) {
    findings.push("the message-digest attribute does not fit");
  }
  return findings;
}

function isSignedBy(
  { signatureScheme, signedBytes, signature }: SignerInfo,
  certificate: Certificate,
): boolean {
  try {
    return verifySignature(signatureScheme, certificate.publicKey, signedBytes, signature);
  } catch (error) {
    // A key that cannot be read or is too weak has signed nothing.
    if (error instanceof SealwayError || error instanceof DerError) return false;
    throw error;
  }
}

/** RFC 3161 §2.3: critical, and this purpose alone. */
function usageFindings({ extendedKeyUsage: { critical, oids: purposes } }: Certificate): TimestampFinding[] {
  const findings: TimestampFinding[] = [];
  if (purposes.length !== 1 || purposes[0] !== oids.timeStamping) {
    findings.push("the extended key usage is not time-stamping alone");
  } else if (!critical) {
    findings.push("the extended key usage is not critical");
  }
  return findings;
}

const chainFindings: { readonly [code in ErrorCode]?: TimestampFinding } = {
  certificate_expired: "a certificate was not valid at the time of the token",
  certificate_unfit: "the certificate is not made for time-stamping",
  certificate_chain: "the certificate leads to no anchor",
};

function findChain(
  certificate: Certificate,
  intermediates: readonly Certificate[],
  { anchors }: TimestampExpectation,
  at: number,
): readonly Certificate[] | TimestampFinding {
  try {
    return verifyChain(certificate, { intermediates, anchors, at, purpose: "timestamp" });
  } catch (error) {
    const finding = error instanceof SealwayError ? chainFindings[error.code] : undefined;
    if (finding === undefined) throw error;
    return finding;
  }
}
