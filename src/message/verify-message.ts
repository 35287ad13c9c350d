import { sha256Base64Url } from "../core/bytes.ts";
import type { Clock } from "../core/clock.ts";
import { SealwayError } from "../core/errors.ts";
import { type MemberId, memberOf, providerOf, type ServerId } from "../core/ids.ts";
import type { Certificate } from "../pki/certificate.ts";
import { checkAgreement } from "./agreement-with-head.ts";
import { type ExchangeDocument, parseExchange } from "./exchange-document.ts";
import { type Head, parseHead } from "./head.ts";
import { checkOpenings } from "./openings.ts";
import {
  certificateText,
  type ParsedSignature,
  parseSignature,
  verifySignatureValue,
} from "./signature-profile.ts";
import type { WireMessage } from "./wire.ts";

/** A seal certificate as the global configuration binds it. */
export interface KnownSeal {
  readonly member: MemberId;
  readonly certificate: Certificate;
  /** The CA that the configuration lists as its issuer. */
  readonly issuer: Certificate;
  readonly servers: readonly ServerId[];
}

/** What the verifier asks the global configuration in force. */
export interface SealDirectory {
  /** @param at milliseconds; only a binding that is granted at that time is known */
  seal(fingerprint: string, at: number): KnownSeal | undefined;
  /** Why there is none, behind "the certificate". */
  whyNoSeal?(fingerprint: string, at: number): string;
  /** The owner of a security server. */
  server(id: ServerId): { readonly owner: MemberId } | undefined;
}

/** Judges certificates; expensive verdicts are cached behind it. */
export interface CertificateJudge {
  /** @throws SealwayError `certificate_chain`, `certificate_expired` */
  checkChain(certificate: Certificate, issuer: Certificate, at: number): void;
  /** @throws SealwayError `ocsp_invalid`, `ocsp_stale`, `certificate_revoked` */
  checkOcsp(response: Buffer, certificate: Certificate, issuer: Certificate, at: number): OcspSummary;
}

/** What a good OCSP response says. */
export interface OcspSummary {
  readonly sha256: string;
  readonly thisUpdate: number;
}

/** A message whose signature, signer, time and inner agreement are verified. */
export interface VerifiedMessage {
  readonly document: ExchangeDocument;
  readonly head: Head;
  readonly wire: WireMessage;
  readonly signature: ParsedSignature;
  readonly seal: KnownSeal;
  readonly ocsp: OcspSummary;
}

/** How far a message's times may stand from our clock, milliseconds. */
export const freshnessWindow = 60_000;

/**
 * Verifies a message that a peer (possibly hostile) sent: form, freshness, signer, digests, signature, certificate,
 * and that its two signed objects agree; what costs little comes first. The body is checked by its receiver against
 * the head.
 * @throws SealwayError with the code of the first check that fails
 */
export function verifyMessage(
  wire: WireMessage,
  directory: SealDirectory,
  judge: CertificateJudge,
  clock: Clock,
): VerifiedMessage {
  const now = clock.now();
  const signature = parseSignature(wire.signature);
  const document = parseExchange(wire.exchange);
  checkFresh(signature.header.iat * 1000, document, now);
  const seal = loadSeal(signature, directory, now);
  checkSigner(document, seal, directory);
  checkDigests(signature, wire);
  verifySignatureValue(signature, seal.certificate);
  judge.checkChain(seal.certificate, seal.issuer, now);
  const ocsp = judge.checkOcsp(wire.ocsp, seal.certificate, seal.issuer, now);
  const head = parseHead(wire.head);
  checkAgreement(document, head);
  checkOpenings(head.openings, document);
  return { document, head, wire, signature, seal, ocsp };
}

function checkFresh(iat: number, document: ExchangeDocument, now: number): void {
  if (Math.abs(now - iat) > freshnessWindow) {
    throw new SealwayError("clock_skew", `signed ${Math.round((now - iat) / 1000)} s ago by our clock`);
  }
  // iat is ts in whole seconds, taken a moment later.
  if (document.ts < iat - freshnessWindow || document.ts > iat + 2000) {
    throw new SealwayError("clock_skew", "ts and iat of the message are too far apart");
  }
}

function loadSeal(signature: ParsedSignature, directory: SealDirectory, now: number): KnownSeal {
  const seal = directory.seal(signature.header.fingerprint, now);
  if (seal === undefined) {
    const { fingerprint } = signature.header;
    const why = directory.whyNoSeal?.(fingerprint, now) ?? "is not registered";
    throw new SealwayError("certificate_unknown", `seal certificate ${fingerprint} ${why}`);
  }
  if (signature.header.certificate !== certificateText(seal.certificate)) {
    throw new SealwayError("malformed_signature", "x5c and x5t#S256 name different certificates");
  }
  return seal;
}

function checkSigner(document: ExchangeDocument, seal: KnownSeal, directory: SealDirectory): void {
  const expected = signerOf(document, directory);
  if (seal.member !== expected) {
    throw new SealwayError("certificate_wrong_member", `signed by ${seal.member}, not by ${expected}`);
  }
  if (!seal.servers.includes(document.from)) {
    throw new SealwayError("certificate_wrong_member", `the seal may not be used on server ${document.from}`);
  }
  if (!seal.certificate.keyUsage.has("nonRepudiation")) {
    throw new SealwayError("certificate_wrong_member", "the certificate is no seal certificate");
  }
}

/** The member whose seal a message must carry. */
export function signerOf(
  document: ExchangeDocument,
  directory: Pick<SealDirectory, "server">,
): MemberId | undefined {
  if (document.signerRole === "server-owner") return directory.server(document.from)?.owner;
  const isClients =
    document.type === "request" || document.type === "message" || document.signerRole === "client";
  return memberOf(isClients ? document.client : providerOf(document.service.id));
}

function checkDigests(signature: ParsedSignature, wire: WireMessage): void {
  for (const name of ["exchange", "head"] as const) {
    if (sha256Base64Url(wire[name]) !== signature.header[name]) {
      throw new SealwayError("digest_mismatch", `the digest of ${name} is not the signed one`);
    }
  }
}
