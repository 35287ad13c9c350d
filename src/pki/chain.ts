import type { ErrorCode } from "../core/error-codes.ts";
import { SealwayError } from "../core/errors.ts";
import { verifySignature } from "./algorithms.ts";
import type { Certificate } from "./certificate.ts";
import { allowsPurpose, checkPurpose, type Purpose } from "./certificate-purpose.ts";
import { DerError } from "./der.ts";

/** What a chain is judged by. */
export interface ChainRules {
  /** CA certificates that may stand between; may come from whoever is judged, since each link is verified. */
  readonly intermediates: readonly Certificate[];
  /** What is trusted, root or issuing CA; a leaf that is itself an anchor is its own path. */
  readonly anchors: readonly Certificate[];
  /** The time to judge at, in milliseconds since the epoch. */
  readonly at: number;
  /** Without it, the usage of the leaf is the caller's to check. */
  readonly purpose?: Purpose;
}

/** Certificates in a path, both ends included. */
const longestPath = 5;
/** Signatures checked for one leaf: certificates of equal names must not multiply the work. */
const mostChecks = 16;

/**
 * Finds and verifies a path from the leaf to an anchor (RFC 5280 §6.1, without policies and name constraints;
 * a certificate with critical ones does not parse). Costs 0.1 ms a link and more: keep the verdict.
 * Revocation is not judged here.
 * @returns the path, leaf first, anchor last
 * @throws SealwayError `certificate_expired` when a certificate is not valid at that time, `certificate_unfit`
 * for a purpose or key that is not accepted, `certificate_chain` when there is no path
 */
export function verifyChain(leaf: Certificate, rules: ChainRules): readonly Certificate[] {
  if (rules.purpose !== undefined) checkPurpose(leaf, rules.purpose);
  checkValidity(leaf, rules.at);
  const search: Search = { rules, checksLeft: mostChecks, failure: undefined };
  const path = findPath([leaf], search);
  if (path !== undefined) return path;
  throw (
    search.failure ?? new SealwayError("certificate_chain", "the issuer of the certificate is not known here")
  );
}

/** Whether the issuer's name and key fit the certificate: name, key identifier and signature. */
export function isIssuedBy(certificate: Certificate, issuer: Certificate): boolean {
  return (
    namesIssuer(certificate, issuer) &&
    verifySignature(certificate.signatureScheme, issuer.publicKey, certificate.tbs, certificate.signature)
  );
}

interface Search {
  readonly rules: ChainRules;
  checksLeft: number;
  /** Why the first candidate was not taken, which says more than that none was. */
  failure: SealwayError | undefined;
}

function findPath(path: readonly Certificate[], search: Search): readonly Certificate[] | undefined {
  const { anchors, intermediates } = search.rules;
  const last = path.at(-1)!;
  if (anchors.some(({ fingerprint }) => fingerprint === last.fingerprint)) return path;
  for (const issuer of [...anchors, ...intermediates]) {
    const repeated = path.some(({ fingerprint }) => fingerprint === issuer.fingerprint);
    if (repeated || !namesIssuer(last, issuer)) continue;
    if (!isFitIssuer(issuer, path, search)) continue;
    const found = findPath([...path, issuer], search);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isFitIssuer(issuer: Certificate, path: readonly Certificate[], search: Search): boolean {
  try {
    checkIssuer(issuer, path, search);
    return true;
  } catch (error) {
    search.failure ??= asRefusal(error);
    return false;
  }
}

/** A candidate whose key cannot be read is one that does not fit, since the one who is judged may have sent it. */
function asRefusal(error: unknown): SealwayError {
  if (error instanceof SealwayError) return error;
  if (!(error instanceof DerError)) throw error;
  return new SealwayError("certificate_chain", "the issuer's key cannot be read", { cause: error });
}

/** Cheap checks first; the signature last. */
function checkIssuer(issuer: Certificate, path: readonly Certificate[], search: Search): void {
  const { at, purpose } = search.rules;
  // RFC 5280 §4.2.1.9: self-issued certificates do not count, the leaf neither.
  const between = path.slice(1).filter((ca) => !ca.subject.equals(ca.issuer)).length;
  const { ca, pathLength = Number.POSITIVE_INFINITY } = issuer.basicConstraints;
  demand(path.length < longestPath, "certificate_chain", `more than ${longestPath} certificates`);
  demand(ca, "certificate_chain", "the issuer is not a CA");
  demand(issuer.keyUsage.has("keyCertSign"), "certificate_chain", "the issuer may not sign certificates");
  demand(between <= pathLength, "certificate_chain", "more CAs below the issuer than it allows");
  demand(
    purpose === undefined || allowsPurpose(issuer, purpose),
    "certificate_unfit",
    "the CA may not issue for this purpose",
  );
  checkValidity(issuer, at);
  demand(search.checksLeft-- > 0, "certificate_chain", "too many candidates for one chain");
  demand(
    isIssuedBy(path.at(-1)!, issuer),
    "certificate_chain",
    "the issuer's key did not sign the certificate",
  );
}

/** By the bytes of the names; key identifiers must agree where both have one (RFC 5280 §4.2.1.1). */
function namesIssuer(certificate: Certificate, issuer: Certificate): boolean {
  const wanted = certificate.authorityKeyId;
  const offered = issuer.subjectKeyId;
  if (!certificate.issuer.equals(issuer.subject)) return false;
  return wanted === undefined || offered === undefined || wanted.equals(offered);
}

/** @throws SealwayError `certificate_expired` unless the certificate is valid at `at` (milliseconds) */
export function checkValidity(certificate: Certificate, at: number): void {
  const { notBefore, notAfter } = certificate;
  if (at >= notBefore && at <= notAfter) return;
  const words = `valid from ${instant(notBefore)} to ${instant(notAfter)}, not at ${instant(at)}`;
  throw new SealwayError("certificate_expired", words);
}

function instant(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

function demand(condition: boolean, code: ErrorCode, detail: string): void {
  if (!condition) throw new SealwayError(code, detail);
}
