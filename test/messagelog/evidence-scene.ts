import { createSecretKey } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { RegistryDocument } from "../../src/authority/registry-document.ts";
import { sha256, toBase64Url } from "../../src/core/bytes.ts";
import { type ClientId, type ExchangeId, type ServiceId, unsafeId } from "../../src/core/ids.ts";
import { uuidV7 } from "../../src/core/uuid.ts";
import type { Identity } from "../../src/dev/ca.ts";
import { issueOcspResponse } from "../../src/dev/ocsp-issue.ts";
import { developmentPolicy } from "../../src/dev/timestamp-authority.ts";
import { issueTimestampToken } from "../../src/dev/timestamp-issue.ts";
import { commit } from "../../src/message/commitment.ts";
import type { ExchangeDocument } from "../../src/message/exchange-document.ts";
import type { Head } from "../../src/message/head.ts";
import { noOpenings } from "../../src/message/openings.ts";
import { requestHash } from "../../src/message/request-hash.ts";
import { sealMessage } from "../../src/message/seal-message.ts";
import type { EvidenceParts, MessageParts } from "../../src/messagelog/evidence/evidence-package.ts";
import { signatureFile, unprotectedPart } from "../../src/messagelog/signature-file.ts";
import { type Certificate, parseCertificate } from "../../src/pki/certificate.ts";
import { encodeEvidenceRecord } from "../../src/pki/evidence-record.ts";
import { buildHashTree, groupHash, reducedTree } from "../../src/pki/hash-tree.ts";
import { certIdOf } from "../../src/pki/ocsp-request.ts";
import type { OcspState } from "../../src/pki/ocsp-response.ts";
import { keyOperation } from "../../src/pki/private-key.ts";
import { SignerPool } from "../../src/pki/signer.ts";
import { extendTimestampToken } from "../../src/pki/timestamp-token.ts";
import type { GlobalConfiguration } from "../../src/trust/global-configuration.ts";
import type { SampleCountry } from "../authority/sample-registry.ts";
import { newDirectory } from "../new-directory.ts";
import { PublishedCountry } from "../trust/published-country.ts";

export const hour = 3_600_000;
export const client = "DEV/GOV/10000003/benefits" as ClientId;
export const service = "DEV/GOV/10000001/population/persons" as ServiceId;
export const agreement = Buffer.from('{"id":"benefits-persons","revision":3}\n');
export const answerBody = Buffer.from('{"name":"Mari Maasikas"}');
export const description = Buffer.from(`{"id":"${service}","version":"1.0.0"}\n`);

const commitmentKey = createSecretKey(Buffer.alloc(32, 7));

/** What a test changes of a message; what it leaves out is good. */
export interface MessageChanges {
  readonly document?: Partial<ExchangeDocument>;
  readonly head?: Partial<Head>;
  readonly seal?: Identity;
  readonly ocsp?: Partial<{ state: OcspState; thisUpdate: number; nextUpdate: number }>;
  /** Milliseconds: when it is signed. */
  readonly at?: number;
}

export interface StampChanges {
  readonly genTime?: number;
  readonly tsa?: Identity;
  readonly policy?: string;
  /** What the TSA's CA says of its certificate, in the token. */
  readonly revocation?: "absent" | OcspState;
}

/** A message as the log freezes it. */
export interface FrozenMessage {
  readonly document: ExchangeDocument;
  readonly exchange: Buffer;
  readonly head: Buffer;
  readonly compact: string;
  readonly file: Buffer;
  readonly signer: Identity;
}

interface Teardown {
  teardown(close: () => unknown): void;
}

/** A country with real certificates and a published configuration, in which messages are signed and stamped. */
export class EvidenceScene {
  readonly country: SampleCountry;
  readonly published: PublishedCountry;
  readonly configuration: GlobalConfiguration;
  readonly responder: Identity;
  readonly tsa: Identity;
  readonly id: ExchangeId;

  private constructor(published: PublishedCountry, configuration: GlobalConfiguration) {
    this.published = published;
    this.country = published.country;
    this.configuration = configuration;
    this.responder = this.country.ca.issueOcspSigner();
    this.tsa = this.country.ca.issueTimestamping({ notAfter: this.now + 8 * 365 * 24 * hour });
    this.id = unsafeId<ExchangeId>(uuidV7(this.now));
  }

  /** @param change what the registry has besides, or otherwise */
  static async start(
    t: Teardown,
    change: (country: SampleCountry) => Partial<RegistryDocument> = () => ({}),
  ): Promise<EvidenceScene> {
    const services = newDirectory();
    const path = join(services, `${service}.json`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, description);
    const published = await PublishedCountry.start(t);
    const registry = published.country.registry();
    const timestampingAuthorities = registry.timestampingAuthorities.map((one) => ({
      ...one,
      policies: [developmentPolicy],
    }));
    const changed = change(published.country);
    await published.authority.publish({ ...registry, timestampingAuthorities, services, ...changed });
    const client = await published.startClient();
    return new EvidenceScene(published, client.configuration());
  }

  get now(): number {
    return this.country.clock.time;
  }

  /** A request about one person, signed by the consumer's member. */
  async request(changes: MessageChanges = {}): Promise<FrozenMessage> {
    const subject = commit(commitmentKey, this.id, "subject", 0, "urn:sealway:dev:person", "38001010000");
    const user = commit(commitmentKey, this.id, "user", 0, "urn:x-road:user-id", "EE47101010033");
    const at = changes.at ?? this.now;
    const document: ExchangeDocument = {
      ...this.#document(at),
      agreement: { id: "benefits-persons", revision: 3, sha256: toBase64Url(sha256(agreement)) },
      subjectCount: 1,
      subjects: [{ c: subject.commitment.c, role: "asked-about", scheme: subject.commitment.scheme }],
      user: {
        assurance: { kind: "asserted", level: null, method: null },
        c: user.commitment.c,
        scheme: user.commitment.scheme,
      },
      ...changes.document,
    };
    const head: Head = {
      start: { kind: "request", method: "GET", target: `/r1/${service}/38001010000` },
      headers: [
        ["X-Road-Client", client],
        ["X-Road-UserId", "EE47101010033"],
        ["X-Road-Id", "q-1"],
        ["x-road-request-id", document.id],
      ],
      body: null,
      asOf: null,
      openings: { subjects: [subject.opening], user: user.opening, caseReference: null, permission: null },
      nonce: Buffer.alloc(16, 3),
      ...changes.head,
    };
    return this.#freeze(document, head, changes, changes.seal ?? this.country.benefitsSeal);
  }

  /** The answer to that request, signed by the provider's member. */
  async response(request: FrozenMessage, changes: MessageChanges = {}): Promise<FrozenMessage> {
    const at = changes.at ?? this.now;
    const document: ExchangeDocument = {
      ...this.#document(at),
      agreement: request.document.agreement,
      contentKind: "json",
      decision: { code: null, fieldsRemoved: [], verdict: "permit" },
      from: request.document.to,
      request: toBase64Url(sha256(request.compact)),
      to: request.document.from,
      type: "response",
      ...changes.document,
    };
    const head: Head = {
      start: { kind: "response", status: 200, reason: "OK" },
      headers: [
        ["content-type", "application/json"],
        ["x-road-id", "q-1"],
        ["x-road-client", client],
        ["x-road-service", service],
        ["x-road-request-id", document.id],
        ["x-road-request-hash", hashOf(request)],
      ],
      body: { digest: sha256(answerBody), length: answerBody.length },
      asOf: null,
      openings: noOpenings,
      nonce: Buffer.alloc(16, 4),
      ...changes.head,
    };
    return this.#freeze(document, head, changes, changes.seal ?? this.country.populationSeal);
  }

  /** An evidence record for a group of documents, in a batch with others. */
  evidence(documents: readonly Buffer[], changes: StampChanges = {}): Buffer {
    const digests = documents.map((document) => sha256(document));
    const others = [1, 2, 3, 4].map((i) => sha256(`other record ${i}`));
    const tree = buildHashTree([others[0]!, others[1]!, groupHash(digests), ...others.slice(2)]);
    return encodeEvidenceRecord(reducedTree(tree, 2, digests), this.token(tree.root, changes));
  }

  token(root: Buffer, { genTime = this.now + 20_000, ...changes }: StampChanges = {}): Buffer {
    const tsa = changes.tsa ?? this.tsa;
    const token = issueTimestampToken(
      {
        imprint: { digest: "sha256", value: root },
        policy: changes.policy ?? developmentPolicy,
        genTime,
        nonce: undefined,
        certificates: [tsa.certificate.der],
      },
      tsa,
    );
    const state = changes.revocation ?? { status: "good" };
    const ocspResponses =
      state === "absent" ? [] : [this.ocsp(tsa.certificate, { state, thisUpdate: genTime })];
    return extendTimestampToken(token, { certificates: [], ocspResponses });
  }

  ocsp(certificate: Certificate, changes: MessageChanges["ocsp"] = {}): Buffer {
    const issuer = this.country.ca.issuing.certificate;
    const thisUpdate = changes.thisUpdate ?? this.now - hour;
    return issueOcspResponse(
      {
        answers: [
          { certId: certIdOf(certificate, issuer, "sha1"), state: changes.state ?? { status: "good" } },
        ],
        producedAt: thisUpdate,
        thisUpdate,
        nextUpdate: changes.nextUpdate ?? thisUpdate + 12 * hour,
        nonce: undefined,
      },
      { ...this.responder, sendsCertificate: "yes" },
    );
  }

  /** A fresh response about a certificate in DER. */
  ocspOf(der: Buffer): Buffer {
    return this.ocsp(parseCertificate(der), { thisUpdate: this.now });
  }

  /** A message as it stands in a package: with its head, over {signature file, exchange, head}. */
  part(message: FrozenMessage, changes: Partial<MessageParts> & { stamp?: StampChanges } = {}): MessageParts {
    const { stamp, ...given } = changes;
    const { file, exchange, head } = message;
    return {
      signatureFile: file,
      exchange,
      head: { state: "present", bytes: head },
      body: undefined,
      evidenceRecord: this.evidence([file, exchange, head], stamp),
      ...given,
    };
  }

  parts(messages: readonly MessageParts[], changes: Partial<EvidenceParts> = {}): EvidenceParts {
    const inForce = { kind: "agreement", sha256: toBase64Url(sha256(agreement)), bytes: agreement } as const;
    return {
      anchor: this.published.authority.anchor,
      configurations: [this.configuration.files],
      documents: [inForce],
      messages,
      ...changes,
    };
  }

  /** Request and answer, all good. */
  async goodParts(): Promise<EvidenceParts> {
    const request = await this.request();
    const response = await this.response(request);
    return this.parts([this.part(request), this.part(response, { body: answerBody })]);
  }

  async #freeze(
    document: ExchangeDocument,
    head: Head,
    { ocsp, at = this.now }: MessageChanges,
    identity: Identity,
  ): Promise<FrozenMessage> {
    const signer = new SignerPool(identity.certificate, keyOperation(identity.privateKey));
    const response = this.ocsp(identity.certificate, ocsp);
    const staple = { der: response, sha256: toBase64Url(sha256(response)), thisUpdate: at };
    const sealed = await sealMessage(signer, at, document, head, staple);
    const unprotected = unprotectedPart({ issuerDer: identity.chain[0]!.der }, [{ der: response }]);
    const file = signatureFile(Buffer.from(sealed.signature, "latin1"), unprotected);
    return {
      document,
      exchange: sealed.exchange,
      head: sealed.head,
      compact: sealed.signature,
      file,
      signer: identity,
    };
  }

  #document(ts: number): ExchangeDocument {
    return {
      about: null,
      agreement: null,
      caseReference: null,
      client,
      configuration: { sha256: this.configuration.sha256, version: this.configuration.version },
      contentKind: null,
      conversation: this.id,
      deadline: ts + 30_000,
      decision: null,
      decisionUse: null,
      emergency: null,
      endpoint: { method: "GET", template: "/{code}" },
      external: null,
      fault: null,
      from: unsafeId("DEV/GOV/10000003/ss2"),
      id: this.id,
      instance: "DEV",
      lawfulBasis: null,
      permission: null,
      purpose: null,
      purposeSource: null,
      queryId: "q-1",
      representedParty: null,
      request: null,
      rules: null,
      service: { id: service, sha256: toBase64Url(sha256(description)), version: "1.0.0" },
      signerRole: "member",
      subjectCount: 0,
      subjects: [],
      to: unsafeId("DEV/GOV/10000001/ss1"),
      ts,
      type: "request",
      user: null,
      v: 1,
    };
  }
}

function hashOf({ head }: FrozenMessage): string {
  const canonical = head.toString("latin1").split("sealway-")[0]!;
  return requestHash(canonical, null);
}
