import { randomBytes } from "node:crypto";
import { sha256, sha512 } from "../../../src/core/bytes.ts";
import { canonicalJson, type Json } from "../../../src/core/canonical-json.ts";
import { type ExchangeId, memberOf, providerOf, unsafeId } from "../../../src/core/ids.ts";
import { uuidV7 } from "../../../src/core/uuid.ts";
import type { Identity } from "../../../src/dev/ca.ts";
import { issueOcspResponse, type OcspTemplate } from "../../../src/dev/ocsp-issue.ts";
import { composeAnswer } from "../../../src/exchange/compose-answer.ts";
import type { ExchangeDocument } from "../../../src/message/exchange-document.ts";
import {
  canonicalBytes,
  type Head,
  type HeaderLine,
  parseHead,
  serializeHead,
} from "../../../src/message/head.ts";
import { noOpenings } from "../../../src/message/openings.ts";
import { requestHash } from "../../../src/message/request-hash.ts";
import { signObjects } from "../../../src/message/signature-profile.ts";
import type { WireMessage } from "../../../src/message/wire.ts";
import type { Certificate } from "../../../src/pki/certificate.ts";
import { certIdOf } from "../../../src/pki/ocsp-request.ts";
import { keyOperation } from "../../../src/pki/private-key.ts";
import { SignerPool } from "../../../src/pki/signer.ts";
import type { Ask, SmallCountry } from "../country.ts";
import { clients, rogueServer } from "./plan.ts";

/*
 * Messages as somebody would write them who has real keys and means harm. Each change is made before signing, so that
 * the signature is good unless it is the signature that is changed; what is changed on the way, tests change on the wire.
 */

/** The two signed objects of a message. */
export interface Objects {
  readonly document: ExchangeDocument;
  readonly head: Head;
}

export interface Changes {
  readonly document?: (document: ExchangeDocument) => object;
  readonly head?: (head: Head) => Head;
  /** The bytes of both, as they are signed. */
  readonly exchangeBytes?: (bytes: Buffer) => Buffer;
  readonly headBytes?: (bytes: Buffer) => Buffer;
  /** Whose seal signs; the right one unless told. */
  readonly signedBy?: Identity;
  /** Added to the signing time, seconds. */
  readonly late?: number;
  /** The JSON of the protected header, signed as it comes out of here. */
  readonly header?: (text: string) => string;
  readonly ocsp?: Buffer;
}

/** A forged message; `id` is that of its exchange. */
export interface Forged {
  readonly id: ExchangeId;
  readonly message: WireMessage;
  readonly body: Buffer;
}

/** Makes a call that is in order, and takes its request out of the asking server's log. @throws Error when it failed */
export async function realRequest(country: SmallCountry, ask: Ask): Promise<Objects> {
  const { asking, result } = await country.watch(() => country.ask(ask));
  const request = asking.find(({ what }) => what === "sent request");
  if (request === undefined) throw new Error(`no request was sent: ${result.body.toString()}`);
  return { document: request.document, head: request.head };
}

/** A new request like a real one: another id, now, then the changes. @param body bound by the head */
export async function forgeRequest(
  country: SmallCountry,
  { document: real, head: realHead }: Objects,
  changes: Changes = {},
  body = Buffer.alloc(0),
): Promise<Forged> {
  const now = country.clock.now();
  const id = unsafeId<ExchangeId>(uuidV7(now));
  const document = { ...real, id, conversation: id, ts: now, deadline: now + (real.deadline - real.ts) };
  const headers = realHead.headers.map(
    ([name, value]): HeaderLine => [name, name.toLowerCase() === "x-road-request-id" ? id : value],
  );
  const binding = body.length === 0 ? null : { digest: sha512(body), length: body.length };
  const head = { ...realHead, headers, body: binding, nonce: randomBytes(16) };
  const seal = country.asking.parts.seals.get(memberOf(real.client)) ?? theSealOf(country, "rogue");
  return { id, message: await forge(country, { document, head }, changes, seal), body };
}

/** The rogue's own message under somebody else's exchange id, in order otherwise. */
export function byRogueUnder(country: SmallCountry, id: ExchangeId): Changes {
  const values = { "x-road-request-id": id, "x-road-client": clients.rogue };
  return {
    signedBy: theSealOf(country, "rogue"),
    document: (real) => ({ ...real, id, client: clients.rogue, from: rogueServer, agreement: null }),
    head: (head) => ({ ...head, headers: renamed(head.headers, values) }),
  };
}

/** Headers with other values, by their names in small letters. */
export function renamed(headers: Head["headers"], values: Readonly<Record<string, string>>): Head["headers"] {
  return headers.map(([name, value]) => [name, values[name.toLowerCase()] ?? value]);
}

/** What a provider that tests play would answer if it were honest, then the changes. */
export async function forgeAnswer(
  country: SmallCountry,
  request: WireMessage,
  changes: Changes & { readonly status?: number; readonly type?: "response" | "refusal" | "fault" } = {},
  body = Buffer.from("an answer"),
): Promise<Forged> {
  const asked = JSON.parse(request.exchange.toString("latin1")) as ExchangeDocument;
  const { start, headers, body: binding } = parseHead(request.head);
  const now = country.clock.now();
  const { type = "response", status = 200 } = changes;
  const document = composeAnswer(
    { document: asked, signature: request.signature },
    {
      ...{ type, audience: "consumer", agreement: null, configuration: asked.configuration },
      ...outcomes[type],
      ...{ signerRole: "member", ts: now },
    },
  );
  const head: Head = {
    start: { kind: "response", status, reason: "Forged" },
    headers: [
      ["x-road-id", headers.find(([name]) => name.toLowerCase() === "x-road-id")?.[1] ?? ""],
      ["x-road-client", asked.client],
      ["x-road-service", asked.service.id],
      ["x-road-request-id", asked.id],
      ["x-road-request-hash", requestHash(canonicalBytes(start, headers), binding?.digest ?? null)],
    ],
    body: body.length === 0 ? null : { digest: sha256(body), length: body.length },
    ...{ asOf: null, openings: noOpenings, nonce: randomBytes(16) },
  };
  const name = providerOf(asked.service.id).includes("/rogue") ? "rogue" : "answering";
  return {
    id: asked.id,
    message: await forge(country, { document, head }, changes, theSealOf(country, name)),
    body,
  };
}

const outcomes = {
  response: {
    contentKind: "opaque",
    decision: { code: null, fieldsRemoved: [], verdict: "permit" },
    fault: null,
  },
  refusal: {
    contentKind: null,
    decision: { code: "access_denied", fieldsRemoved: [], verdict: "deny" },
    fault: null,
  },
  fault: {
    contentKind: null,
    decision: { code: null, fieldsRemoved: [], verdict: "none" },
    fault: { code: "service_timeout", hop: "information-system" },
  },
} as const;

/** The seal of a server's owner. */
export function theSealOf(country: SmallCountry, name: "asking" | "answering" | "rogue"): Identity {
  const { id, seals } = name === "rogue" ? country.rogue : country[name].parts;
  return seals.get(memberOf(id))!;
}

async function forge(
  country: SmallCountry,
  objects: Objects,
  changes: Changes,
  rightSeal: Identity,
): Promise<WireMessage> {
  const same = <Value>(value: Value) => value;
  const document = (changes.document ?? same)(objects.document);
  const exchange = (changes.exchangeBytes ?? same)(Buffer.from(canonicalJson(document as Json), "utf8"));
  const head = (changes.headBytes ?? same)(serializeHead((changes.head ?? same)(objects.head)));
  const { certificate, privateKey } = changes.signedBy ?? rightSeal;
  const signer = new SignerPool(certificate, keyOperation(privateKey));
  const iat = Math.floor(objects.document.ts / 1000) + (changes.late ?? 0);
  const signed = await signObjects(signer, iat, exchange, head);
  const signature = changes.header === undefined ? signed : await signAnew(signer, signed, changes.header);
  return { exchange, head, signature, ocsp: changes.ocsp ?? ocspOf(country, certificate) };
}

async function signAnew(
  signer: SignerPool,
  signature: string,
  change: (text: string) => string,
): Promise<string> {
  const text = Buffer.from(signature.slice(0, signature.indexOf(".")), "base64url").toString("latin1");
  const changed = `${Buffer.from(change(text), "latin1").toString("base64url")}.`;
  const value = await signer.sign(Buffer.from(changed, "latin1"));
  return `${changed}.${value.toString("base64url")}`;
}

/** What the responder of the CA says of a certificate: good, now, unless told. */
export function ocspOf(
  { ca, clock, identities }: SmallCountry,
  certificate: Certificate,
  changes: Partial<OcspTemplate> & { readonly state?: OcspTemplate["answers"][number]["state"] } = {},
  signer: Identity = identities.ocsp,
): Buffer {
  const now = clock.now();
  const { state = { status: "good" }, ...rest } = changes;
  const certId = certIdOf(certificate, ca.issuing.certificate, "sha256");
  const usual = { producedAt: now, thisUpdate: now, nextUpdate: now + 3_600_000, nonce: undefined };
  return issueOcspResponse(
    { answers: [{ certId, state }], ...usual, ...rest },
    { certificate: signer.certificate, privateKey: signer.privateKey, sendsCertificate: "yes" },
  );
}
