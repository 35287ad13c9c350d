import { hashOf } from "../core/bytes.ts";
import type { ErrorCode } from "../core/error-codes.ts";
import { SealwayError } from "../core/errors.ts";
import { verifySignature } from "./algorithms.ts";
import type { Certificate } from "./certificate.ts";
import { checkPurpose } from "./certificate-purpose.ts";
import { checkValidity, isIssuedBy } from "./chain.ts";
import { DerError } from "./der.ts";
import { certIdOf, isSameCertId } from "./ocsp-request.ts";
import {
  type BasicOcspResponse,
  type OcspResponse,
  parseOcspResponse,
  type ResponderId,
  type SingleOcspAnswer,
} from "./ocsp-response.ts";
import { readSentCertificates } from "./sent-certificates.ts";

/** Of which certificate the state is asked, and at which time it is judged. */
export interface OcspExpectation {
  readonly certificate: Certificate;
  /** The CA that issued the certificate; the chain from it to an anchor is judged elsewhere. */
  readonly issuer: Certificate;
  /** Milliseconds since the epoch: now, or the proven time of old evidence. */
  readonly at: number;
  /** How long before `at` the state may have been known last, in milliseconds: the instance's freshness limit. */
  readonly maxAgeMs: number;
  /** The nonce of the request, when it had one: then the response must have the same. */
  readonly nonce?: Buffer;
}

/** What a response says, once it is known to be authentic; or why it says nothing. Times are milliseconds. */
export type OcspVerdict =
  | OcspGood
  | {
      readonly status: "revoked";
      readonly revokedAt: number;
      /** CRLReason (RFC 5280 §5.3.1), when the responder tells it. */
      readonly reason: number | undefined;
      readonly thisUpdate: number;
    }
  | { readonly status: "unknown"; readonly thisUpdate: number }
  | { readonly status: "stale"; readonly finding: OcspFinding }
  | { readonly status: "invalid"; readonly finding: OcspFinding; readonly detail?: string };

export interface OcspGood {
  readonly status: "good";
  readonly thisUpdate: number;
  readonly nextUpdate: number | undefined;
  readonly producedAt: number;
  /** Until when the response may be used: the earlier of `nextUpdate` and the freshness limit. */
  readonly freshUntil: number;
}

export type OcspFinding =
  | "the response is malformed"
  | "the responder refused to answer"
  | "the response is not about this certificate"
  | "the nonce is not that of the request"
  | "the responder is neither the issuing CA nor one of the certificates sent along"
  | "the responder's certificate was not issued by the issuing CA"
  | "the responder's certificate may not sign OCSP responses"
  | "the responder's certificate needs a revocation check of its own"
  | "the responder's certificate is not valid at this time"
  | "the signature is wrong"
  | "the response is of the future"
  | "the response ends before it begins"
  | "the response has expired"
  | "the response is older than the freshness limit";

/** How far another's clock may be ahead of ours. */
export const clockSkewMs = 60_000;

/**
 * Judges an OCSP response (attacker-controlled) by RFC 6960 §3.2 and the freshness limit. A revocation is told
 * however old the response is.
 */
export function verifyOcspResponse(der: Uint8Array, expectation: OcspExpectation): OcspVerdict {
  let response: OcspResponse;
  try {
    response = parseOcspResponse(der);
  } catch (error) {
    if (error instanceof DerError) return { ...invalid("the response is malformed"), detail: error.message };
    throw error;
  }
  if (response.kind === "refused") {
    return { ...invalid("the responder refused to answer"), detail: response.status };
  }
  const answer = answerFor(response, expectation);
  if (answer === undefined) return invalid("the response is not about this certificate");
  const finding = nonceFinding(response, expectation) ?? authenticityFinding(response, expectation);
  return finding === undefined ? verdictOf(answer, response.producedAt, expectation) : invalid(finding);
}

const codes: { readonly [status in Exclude<OcspVerdict["status"], "good">]: ErrorCode } = {
  revoked: "certificate_revoked",
  unknown: "ocsp_invalid",
  stale: "ocsp_stale",
  invalid: "ocsp_invalid",
};

/** @throws SealwayError `certificate_revoked`, `ocsp_stale` or `ocsp_invalid` unless the verdict is good */
export function checkOcspGood(verdict: OcspVerdict): asserts verdict is OcspGood {
  if (verdict.status === "good") return;
  throw new SealwayError(codes[verdict.status], reasonOf(verdict));
}

function reasonOf(verdict: Exclude<OcspVerdict, OcspGood>): string {
  switch (verdict.status) {
    case "revoked":
      return `revoked at ${new Date(verdict.revokedAt).toISOString()}, reason ${verdict.reason ?? "not told"}`;
    case "unknown":
      return "the responder does not know the certificate";
    default:
      return verdict.finding;
  }
}

function invalid(finding: OcspFinding): { status: "invalid"; finding: OcspFinding } {
  return { status: "invalid", finding };
}

/** The one answer about the certificate; two that may differ are no answer. */
function answerFor(
  { answers }: BasicOcspResponse,
  { certificate, issuer }: OcspExpectation,
): SingleOcspAnswer | undefined {
  const ours = answers.filter(({ certId }) =>
    isSameCertId(certId, certIdOf(certificate, issuer, certId.digest)),
  );
  return ours.length === 1 ? ours[0] : undefined;
}

function nonceFinding({ nonce }: BasicOcspResponse, expected: OcspExpectation): OcspFinding | undefined {
  if (expected.nonce === undefined || nonce?.equals(expected.nonce)) return undefined;
  return "the nonce is not that of the request";
}

/** RFC 6960 §4.2.2.2: signed by the issuing CA itself, or by a delegate that this very CA certified for it. */
function authenticityFinding(
  response: BasicOcspResponse,
  { issuer, at }: OcspExpectation,
): OcspFinding | undefined {
  if (isNamed(issuer, response.responder)) return signatureFinding(response, issuer);
  const delegate = readSentCertificates(response.certificates).find((one) =>
    isNamed(one, response.responder),
  );
  if (delegate === undefined) {
    return "the responder is neither the issuing CA nor one of the certificates sent along";
  }
  return delegateFinding(delegate, issuer, at) ?? signatureFinding(response, delegate);
}

function delegateFinding(delegate: Certificate, issuer: Certificate, at: number): OcspFinding | undefined {
  if (!holds(() => isIssuedBy(delegate, issuer))) {
    return "the responder's certificate was not issued by the issuing CA";
  }
  if (!holds(() => checkPurpose(delegate, "ocsp")))
    return "the responder's certificate may not sign OCSP responses";
  if (!holds(() => checkValidity(delegate, at)))
    return "the responder's certificate is not valid at this time";
  return delegate.ocspNoCheck ? undefined : "the responder's certificate needs a revocation check of its own";
}

function signatureFinding(response: BasicOcspResponse, signer: Certificate): OcspFinding | undefined {
  const { signatureScheme, tbs, signature } = response;
  const verifies = holds(() => verifySignature(signatureScheme, signer.publicKey, tbs, signature));
  return verifies ? undefined : "the signature is wrong";
}

/** Whether a check passes. A key that cannot be read or is too weak has signed nothing, so it fails as well. */
function holds(check: () => unknown): boolean {
  try {
    return check() !== false;
  } catch (error) {
    if (error instanceof SealwayError || error instanceof DerError) return false;
    throw error;
  }
}

function isNamed({ subject, publicKeyBits }: Certificate, responder: ResponderId): boolean {
  if (responder.by === "name") return subject.equals(responder.name);
  return hashOf("sha1", publicKeyBits).equals(responder.keyHash);
}

function verdictOf(
  { state, thisUpdate, nextUpdate }: SingleOcspAnswer,
  producedAt: number,
  { at, maxAgeMs }: OcspExpectation,
): OcspVerdict {
  if (Math.max(thisUpdate, producedAt) > at + clockSkewMs) return invalid("the response is of the future");
  if (nextUpdate !== undefined && nextUpdate < thisUpdate)
    return invalid("the response ends before it begins");
  if (state.status === "revoked") return { ...state, thisUpdate };
  if (nextUpdate !== undefined && at > nextUpdate)
    return { status: "stale", finding: "the response has expired" };
  const freshUntil = Math.min(nextUpdate ?? Number.POSITIVE_INFINITY, thisUpdate + maxAgeMs);
  if (at > freshUntil) return { status: "stale", finding: "the response is older than the freshness limit" };
  if (state.status === "unknown") return { status: "unknown", thisUpdate };
  return { status: "good", thisUpdate, nextUpdate, producedAt, freshUntil };
}
