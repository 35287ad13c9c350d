import { Ajv2020 } from "ajv/dist/2020.js";
import schema from "../../schemas/exchange/v1/exchange.schema.json" with { type: "json" };
import { asBuffer } from "../core/bytes.ts";
import { hasCanonicalOrder } from "../core/canonical-json.ts";
import { SealwayError } from "../core/errors.ts";
import type { ClientId, ExchangeId, ServerId, ServiceId } from "../core/ids.ts";

/** A document in force, by digest (base64url SHA-256). */
export interface Revised {
  readonly id: string;
  readonly revision: number;
  readonly sha256: string;
}

/** A blinded value; `c` is base64url of SHA-256(nonce ‖ scheme ‖ 0x00 ‖ normalised value). */
export interface Commitment {
  readonly c: string;
  readonly scheme: string;
}

export type SubjectRole = "asked-about" | "in-answer" | "representative";
export type MessageType = "request" | "response" | "refusal" | "fault" | "message" | "receipt";

/**
 * The signed account of one message, version 1: `schemas/exchange/v1`. Every member is always present; those
 * that this release leaves empty are `null`. The members stand in the order of their names (RFC 8785).
 */
export interface ExchangeDocument {
  readonly about: ExchangeId | null;
  readonly agreement: Revised | null;
  readonly caseReference: Commitment | null;
  readonly client: ClientId;
  readonly configuration: { readonly sha256: string; readonly version: number };
  readonly contentKind: "json" | "opaque" | "signed" | null;
  readonly conversation: string;
  readonly deadline: number;
  readonly decision: {
    readonly code: string | null;
    readonly fieldsRemoved: readonly string[];
    readonly verdict: "permit" | "deny" | "none";
  } | null;
  readonly decisionUse: "automated" | "caseworker" | "analytics" | "none" | null;
  readonly emergency: { readonly reason: Commitment } | null;
  readonly endpoint: { readonly method: string; readonly template: string } | null;
  readonly external: {
    readonly exchangeId: string;
    readonly explicitRequest: boolean;
    readonly levelOfAssurance: string | null;
    readonly procedure: string | null;
    readonly system: string;
  } | null;
  readonly fault: {
    readonly code: string;
    readonly hop: "consumer" | "provider" | "information-system";
  } | null;
  readonly from: ServerId;
  readonly id: ExchangeId;
  readonly instance: string;
  readonly lawfulBasis: { readonly basis: string; readonly provision: string } | null;
  readonly permission: Commitment | null;
  readonly purpose: Revised | null;
  readonly purposeSource: "stated" | "defaulted" | null;
  readonly queryId: string | null;
  readonly representedParty: string | null;
  readonly request: string | null;
  readonly rules: Revised | null;
  readonly service: {
    readonly id: ServiceId;
    readonly sha256: string | null;
    readonly version: string | null;
  };
  readonly signerRole: "member" | "server-owner" | "client";
  readonly subjectCount: number;
  readonly subjects: readonly { readonly c: string; readonly role: SubjectRole; readonly scheme: string }[];
  readonly to: ServerId;
  readonly ts: number;
  readonly type: MessageType;
  readonly user: {
    readonly assurance: {
      readonly kind: "asserted" | "authenticated";
      readonly level: string | null;
      readonly method: string | null;
    };
    readonly c: string;
    readonly scheme: string;
  } | null;
  readonly v: 1;
}

/** Largest `exchange` that is accepted or made, bytes. */
export const maxExchangeBytes = 11_264;

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
const validate = ajv.compile<ExchangeDocument>(schema);

/**
 * The canonical bytes (RFC 8785). Numbers are integers and strings plain ASCII by schema, so that members in
 * order are all that the scheme asks for; who makes a document writes them in that order.
 * @throws TypeError for a document whose members are out of order
 */
export function serializeExchange(document: ExchangeDocument): Buffer {
  if (!hasCanonicalOrder(document))
    throw new TypeError("the members of an exchange document stand in canonical order");
  return Buffer.from(JSON.stringify(document), "latin1");
}

/**
 * Reads the bytes that a peer (possibly hostile) sent.
 * @throws SealwayError `malformed_message` unless they are the canonical form of a document of this version;
 *   `unsupported_version` when they say another version
 */
export function parseExchange(bytes: Uint8Array): ExchangeDocument {
  if (bytes.length > maxExchangeBytes) throw malformed(`exchange has more than ${maxExchangeBytes} bytes`);
  const text = asBuffer(bytes).toString("latin1");
  const document = parseJson(text);
  if (!validate(document)) {
    if (versionOf(document) !== 1)
      throw new SealwayError("unsupported_version", "exchange has a version other than 1");
    const error = validate.errors?.[0];
    throw malformed(`exchange breaks its schema at ${error?.instancePath || "/"}: ${error?.message}`);
  }
  if (!hasCanonicalOrder(document) || JSON.stringify(document) !== text) {
    throw malformed("exchange is not in canonical form (RFC 8785)");
  }
  return document;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw malformed("exchange is not JSON");
  }
}

function versionOf(document: unknown): unknown {
  return typeof document === "object" && document !== null && "v" in document ? document.v : undefined;
}

function malformed(detail: string): SealwayError {
  return new SealwayError("malformed_message", detail);
}
