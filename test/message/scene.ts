import { createSecretKey } from "node:crypto";
import { sha256, sha512, toBase64Url } from "../../src/core/bytes.ts";
import {
  type ClientId,
  type ExchangeId,
  type MemberId,
  parseMemberId,
  parseServerId,
  type ServerId,
  type ServiceId,
  unsafeId,
} from "../../src/core/ids.ts";
import { uuidV7 } from "../../src/core/uuid.ts";
import { DevelopmentCa, type Identity } from "../../src/dev/ca.ts";
import { issueOcspResponse, type OcspTemplate } from "../../src/dev/ocsp-issue.ts";
import { CachedCertificateJudge } from "../../src/message/certificate-judge.ts";
import { commit } from "../../src/message/commitment.ts";
import type { ExchangeDocument } from "../../src/message/exchange-document.ts";
import type { Head } from "../../src/message/head.ts";
import { noOpenings } from "../../src/message/openings.ts";
import { type SealedMessage, type Staple, sealMessage } from "../../src/message/seal-message.ts";
import type { KnownSeal, SealDirectory } from "../../src/message/verify-message.ts";
import type { Certificate } from "../../src/pki/certificate.ts";
import { certIdOf } from "../../src/pki/ocsp-request.ts";
import { keyOperation } from "../../src/pki/private-key.ts";
import { type Signer, SignerPool } from "../../src/pki/signer.ts";

/** A fixed instant around which everything here is valid. */
export const now = Date.UTC(2026, 10, 22, 12);
export const clock = { now: () => now };
export const hour = 3_600_000;

export const consumerMember = parseMemberId("DEV/GOV/10000001");
export const providerMember = parseMemberId("DEV/GOV/10000002");
export const ownerMember = parseMemberId("DEV/COM/20000001");
export const consumerServer = parseServerId("DEV/GOV/10000001/ss1");
/** Hosts the provider; its owner is another member. */
export const providerServer = parseServerId("DEV/COM/20000001/host1");
export const client = "DEV/GOV/10000001/benefits" as ClientId;
export const service = "DEV/GOV/10000002/population/persons" as ServiceId;

export const ca = new DevelopmentCa({ instance: "DEV", clock, ocspUrl: "http://127.0.0.1:8889/" });
export const responder = ca.issueOcspSigner();
export const issuer = ca.issuing.certificate;

/** A seal with everything that its use needs. */
export interface Seal {
  readonly identity: Identity;
  readonly signer: Signer;
  readonly staple: Staple;
}

export function sealOf(member: MemberId, identity = ca.issueSeal(member, "Agency")): Seal {
  const signer = new SignerPool(identity.certificate, keyOperation(identity.privateKey));
  return { identity, signer, staple: stapleOf(identity.certificate) };
}

/** A signed OCSP response about a certificate: good and an hour old unless told. */
export function stapleOf(certificate: Certificate, changes: Partial<OcspTemplate> = {}): Staple {
  const certId = certIdOf(certificate, issuer, "sha256");
  const template: OcspTemplate = {
    answers: [{ certId, state: { status: "good" } }],
    producedAt: now - hour,
    thisUpdate: now - hour,
    nextUpdate: now + hour,
    nonce: undefined,
    ...changes,
  };
  const der = issueOcspResponse(template, { ...responder, sendsCertificate: "yes" });
  return { der, sha256: toBase64Url(sha256(der)), thisUpdate: template.thisUpdate };
}

export const consumerSeal = sealOf(consumerMember);
export const providerSeal = sealOf(providerMember);
export const ownerSeal = sealOf(ownerMember);

/** What the global configuration says; `changes` adds seals or takes them away (undefined). */
export function directoryWith(changes: Readonly<Record<string, KnownSeal | undefined>> = {}): SealDirectory {
  const known = (seal: Seal, member: MemberId, ...servers: ServerId[]): KnownSeal => {
    return { member, certificate: seal.identity.certificate, issuer, servers };
  };
  const seals = new Map<string, KnownSeal | undefined>(
    [
      known(consumerSeal, consumerMember, consumerServer),
      known(providerSeal, providerMember, providerServer),
      known(ownerSeal, ownerMember, providerServer),
    ].map((seal) => [seal.certificate.fingerprint, seal]),
  );
  for (const [fingerprint, seal] of Object.entries(changes)) seals.set(fingerprint, seal);
  const owners = new Map([
    [consumerServer, { owner: consumerMember }],
    [providerServer, { owner: ownerMember }],
  ]);
  return { seal: (fingerprint) => seals.get(fingerprint), server: (id) => owners.get(id) };
}

export function newJudge(): CachedCertificateJudge {
  return new CachedCertificateJudge(() => 8 * hour);
}

export const commitmentKey = createSecretKey(Buffer.alloc(32, 7));
export const exchangeId = unsafeId<ExchangeId>(uuidV7(now));
const subject = commit(commitmentKey, exchangeId, "subject", 0, "urn:sealway:dev:person", "38001010000");
const user = commit(commitmentKey, exchangeId, "user", 0, "urn:x-road:user-id", "EE47101010033");
const issue = commit(commitmentKey, exchangeId, "caseReference", 0, "urn:x-road:issue", "B-2026/1");
export const body = Buffer.from('{"code":"38001010000"}');

/** A request about one person, in canonical order. */
export const request: ExchangeDocument = {
  about: null,
  agreement: { id: "benefits-persons", revision: 1, sha256: toBase64Url(sha256("agreement")) },
  caseReference: issue.commitment,
  client,
  configuration: { sha256: toBase64Url(sha256("configuration")), version: 7 },
  contentKind: null,
  conversation: exchangeId,
  deadline: now + 30_000,
  decision: null,
  decisionUse: "caseworker",
  emergency: null,
  endpoint: { method: "POST", template: "/persons/{code}" },
  external: null,
  fault: null,
  from: consumerServer,
  id: exchangeId,
  instance: "DEV",
  lawfulBasis: null,
  permission: null,
  purpose: null,
  purposeSource: null,
  queryId: "DEV-q-1",
  representedParty: "COM/70000001",
  request: null,
  rules: null,
  service: { id: service, sha256: toBase64Url(sha256("description")), version: "1.0.0" },
  signerRole: "member",
  subjectCount: 1,
  subjects: [{ c: subject.commitment.c, role: "asked-about", scheme: subject.commitment.scheme }],
  to: providerServer,
  ts: now,
  type: "request",
  user: {
    assurance: { kind: "asserted", level: null, method: null },
    c: user.commitment.c,
    scheme: user.commitment.scheme,
  },
  v: 1,
};

export const requestHead: Head = {
  start: { kind: "request", method: "POST", target: `/r1/${service}/persons/38001010000?history=1` },
  headers: [
    ["Content-Type", "application/json"],
    ["X-Road-Client", client],
    ["X-Road-UserId", "EE47101010033"],
    ["X-Road-Issue", "B-2026/1"],
    ["X-Road-Represented-Party", "COM/70000001"],
    ["X-Road-Id", "DEV-q-1"],
    ["x-road-request-id", exchangeId],
  ],
  body: { digest: sha512(body), length: body.length },
  asOf: null,
  openings: {
    subjects: [subject.opening],
    user: user.opening,
    caseReference: issue.opening,
    permission: null,
  },
  nonce: Buffer.alloc(16, 3),
};

export const answerBody = Buffer.from('{"name":"Mari Maasikas"}');

/** The answer to a request with this signature. */
export function responseTo(signature: string): ExchangeDocument {
  return {
    ...request,
    caseReference: null,
    contentKind: "json",
    decision: { code: null, fieldsRemoved: [], verdict: "permit" },
    from: request.to,
    request: toBase64Url(sha256(signature)),
    subjectCount: 0,
    subjects: [],
    to: request.from,
    type: "response",
    user: null,
  };
}

export const responseHead: Head = {
  start: { kind: "response", status: 200, reason: "OK" },
  headers: [
    ["content-type", "application/json"],
    ["x-road-id", "DEV-q-1"],
    ["x-road-client", client],
    ["x-road-service", service],
    ["x-road-request-id", exchangeId],
    ["x-road-request-hash", "aGFzaA=="],
  ],
  body: { digest: sha256(answerBody), length: answerBody.length },
  asOf: null,
  openings: noOpenings,
  nonce: Buffer.alloc(16, 4),
};

/** Signs with a seal, by default the consumer's, now. */
export function seal(
  document: ExchangeDocument = request,
  head: Head = requestHead,
  by: Seal = consumerSeal,
  at = now,
): Promise<SealedMessage> {
  return sealMessage(by.signer, at, document, head, by.staple);
}
