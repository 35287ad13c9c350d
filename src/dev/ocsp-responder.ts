import { generateKeyPairSync, randomBytes } from "node:crypto";
import type { Clock } from "../core/clock.ts";
import type { Certificate } from "../pki/certificate.ts";
import { DerError } from "../pki/der.ts";
import { type CertId, certIdOf } from "../pki/ocsp-request.ts";
import type { OcspState } from "../pki/ocsp-response.ts";
import type { Identity } from "./ca.ts";
import {
  issueOcspResponse,
  type OcspRequest,
  type OcspSigner,
  parseOcspRequest,
  refuseOcsp,
} from "./ocsp-issue.ts";
import {
  type RunningService,
  type ServiceAnswer,
  type ServiceKnobs,
  type ServiceRequest,
  startTrustService,
  textAnswer,
} from "./trust-service-server.ts";

/** What the responder does; all may be changed while it runs. */
export interface OcspKnobs extends ServiceKnobs {
  /** One of `none`, `off`, `reset`, `garbage` and the `ocspFaults`. */
  fault: string;
  /** Certificates by serial number in hex; time in milliseconds; reason as CRLReason. */
  revoked: { serial: string; time: number; reason?: number }[];
  /** Serial numbers in hex that the responder does not know. */
  unknown: string[];
  /** How long before now `thisUpdate` lies, and `nextUpdate` after it. */
  ageMs: number;
  validForMs: number;
}

const ocspFaults = ["try-later", "wrong-nonce", "wrong-signer", "unknown", "expired"];

/** A CA whose certificates are answered for, and who signs: a delegate of that CA, or the CA itself. */
export interface OcspAuthority {
  readonly issuer: Certificate;
  /** Only these of its certificates; all of them unless told. */
  readonly certificates?: readonly Certificate[];
  readonly signer: Identity;
}

export interface OcspResponderOptions {
  readonly port: number;
  readonly clock: Clock;
  /** The first that answers for all that is asked. */
  readonly authorities: readonly OcspAuthority[];
}

/**
 * Starts an OCSP responder on loopback, POST and GET (RFC 6960 appendix A). It keeps no list of what was issued:
 * a certificate is good unless a knob says otherwise.
 */
export function startOcspResponder(options: OcspResponderOptions): Promise<RunningService<OcspKnobs>> {
  const knobs: OcspKnobs = {
    slowMs: 0,
    fault: "none",
    revoked: [],
    unknown: [],
    ageMs: 0,
    validForMs: 12 * 3_600_000,
  };
  const respond = async (request: ServiceRequest) => answerHttp(request, knobs, options);
  return startTrustService({ port: options.port, knobs, faults: ocspFaults, respond });
}

function answerHttp(request: ServiceRequest, knobs: OcspKnobs, options: OcspResponderOptions): ServiceAnswer {
  const der = requestBytes(request);
  if (der === undefined)
    return textAnswer(415, "POST application/ocsp-request, or GET /{base64 of the request}");
  return { status: 200, contentType: "application/ocsp-response", body: answerDer(der, knobs, options) };
}

function requestBytes({ method, contentType, target, body }: ServiceRequest): Buffer | undefined {
  if (method === "POST" && contentType === "application/ocsp-request") return body;
  if (method !== "GET" || target.length < 2) return undefined;
  try {
    return Buffer.from(decodeURIComponent(target.slice(1)), "base64");
  } catch {
    return undefined;
  }
}

function answerDer(der: Buffer, knobs: OcspKnobs, { authorities, clock }: OcspResponderOptions): Buffer {
  if (knobs.fault === "try-later") return refuseOcsp(3);
  const request = tryParse(der);
  if (request === undefined || request.certIds.length === 0) return refuseOcsp(1);
  const authority = authorities.find((one) => request.certIds.every((id) => answersFor(one, id)));
  if (authority === undefined) return refuseOcsp(6);
  const thisUpdate = clock.now() - knobs.ageMs - (knobs.fault === "expired" ? 2 * knobs.validForMs : 0);
  return issueOcspResponse(
    {
      answers: request.certIds.map((certId) => ({ certId, state: stateOf(certId, knobs) })),
      producedAt: thisUpdate,
      thisUpdate,
      nextUpdate: thisUpdate + knobs.validForMs,
      nonce: request.nonce && (knobs.fault === "wrong-nonce" ? randomBytes(32) : request.nonce),
    },
    signerFor(authority, knobs),
  );
}

function tryParse(der: Buffer): OcspRequest | undefined {
  try {
    return parseOcspRequest(der);
  } catch (error) {
    if (error instanceof DerError) return undefined;
    throw error;
  }
}

function answersFor({ issuer, certificates }: OcspAuthority, certId: CertId): boolean {
  const isListed = certificates?.some(({ serial }) => serial.equals(certId.serial)) ?? true;
  return isListed && isIssuedBy(certId, issuer);
}

function isIssuedBy(certId: CertId, issuer: Certificate): boolean {
  const own = certIdOf(issuer, issuer, certId.digest);
  return own.issuerNameHash.equals(certId.issuerNameHash) && own.issuerKeyHash.equals(certId.issuerKeyHash);
}

function stateOf(certId: CertId, knobs: OcspKnobs): OcspState {
  const serial = BigInt(`0x${certId.serial.toString("hex")}`);
  const isThis = (hex: string) => BigInt(`0x${hex}`) === serial;
  if (knobs.fault === "unknown" || knobs.unknown.some(isThis)) return { status: "unknown" };
  const entry = knobs.revoked.find((one) => isThis(one.serial));
  return entry === undefined
    ? { status: "good" }
    : { status: "revoked", revokedAt: entry.time, reason: entry.reason };
}

function signerFor({ issuer, signer }: OcspAuthority, knobs: OcspKnobs): OcspSigner {
  const { certificate } = signer;
  const sendsCertificate = certificate.fingerprint === issuer.fingerprint ? "no" : "yes";
  const privateKey =
    knobs.fault === "wrong-signer"
      ? generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey
      : signer.privateKey;
  return { certificate, privateKey, sendsCertificate };
}
