import schema from "../../schemas/exchange/v1/exchange.schema.json" with { type: "json" };
import { asBuffer } from "../core/bytes.ts";
import { hasCanonicalOrder } from "../core/canonical-json.ts";
import { SealwayError } from "../core/errors.ts";
import type { ClientId, ExchangeId, ServerId, ServiceId } from "../core/ids.ts";
import { ownSchema } from "../core/own-schema.ts";

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

/** Of more subjects than these the list of each role and scheme may be committed to: a hundred would not leave room. */
export const mostSeparateSubjects = 30;

type Rule = (document: ExchangeDocument) => boolean;

const isMembers: Rule = ({ signerRole }) => signerRole === "member";
const isAnswer: Rule = ({ request }) => request !== null;
const saysNoContent: Rule = ({ contentKind }) => contentKind === null;
const hasNoFault: Rule = ({ fault }) => fault === null;

/** A client's own conclusion goes to no other server, and may be about a request that was never signed. */
const isAddressed: Rule = ({ signerRole, request, from, to }) =>
  signerRole === "client" ? from === to : request !== null;

/** What each type of message must say, and must not: one rule a line, named by the member that breaks it. */
// biome-ignore format: a table is read by its columns
const asks: Readonly<Record<string, Rule>> = {
  signerRole:  isMembers,
  request:     ({ request }) => request === null,
  contentKind: saysNoContent,
  decision:    ({ decision }) => decision === null,
  fault:       hasNoFault,
  service:     ({ service }) => service.version !== null && service.sha256 !== null,
  endpoint:    ({ endpoint }) => endpoint !== null,
  subjects:    ({ subjects }) => subjects.every(({ role }) => role !== "in-answer"),
  deadline:    ({ deadline, ts }) => deadline > ts,
};

// biome-ignore format: a table is read by its columns
const rules: Readonly<Record<MessageType, Readonly<Record<string, Rule>>>> = {
  request: asks,
  message: asks,
  response: {
    signerRole:  isMembers,
    request:     isAnswer,
    contentKind: ({ contentKind }) => contentKind !== null,
    decision:    ({ decision }) => decision?.verdict === "permit" && decision.code === null,
    fault:       hasNoFault,
    subjects:    ({ subjects }) => subjects.every(({ role }) => role === "in-answer"),
  },
  refusal: {
    request:     isAddressed,
    contentKind: saysNoContent,
    decision:    ({ decision }) => decision?.verdict === "deny" && decision.code !== null,
    fault:       hasNoFault,
    subjects:    ({ subjects }) => subjects.length === 0,
  },
  fault: {
    request:     isAddressed,
    contentKind: saysNoContent,
    decision:    ({ decision }) => decision?.verdict === "none" && decision.code === null,
    fault:       ({ fault }) => fault !== null,
    subjects:    ({ subjects }) => subjects.length === 0,
  },
  receipt: {
    signerRole:  isMembers,
    request:     isAnswer,
    fault:       hasNoFault,
  },
};

const rulesOf = new Map(Object.entries(rules).map(([type, table]) => [type, Object.entries(table)]));

const validate = ownSchema<ExchangeDocument>(schema, { allowUnionTypes: true });

/**
 * The canonical bytes (RFC 8785). Numbers are integers and strings plain ASCII by schema, so that members in
 * order are all that the scheme asks for; who makes a document writes them in that order. What is written can be
 * read: nothing is signed that a receiver would refuse for its form.
 * @throws TypeError for a document whose members are out of order, or that breaks schema or rules
 * @throws SealwayError `headers_too_large`
 */
export function serializeExchange(document: ExchangeDocument): Buffer {
  const fault = faultOf(document);
  if (fault !== undefined) throw new TypeError(fault);
  if (!hasCanonicalOrder(document))
    throw new TypeError("the members of an exchange document stand in canonical order");
  const bytes = Buffer.from(JSON.stringify(document), "latin1");
  if (bytes.length > maxExchangeBytes)
    throw new SealwayError("headers_too_large", `exchange would have more than ${maxExchangeBytes} bytes`);
  return bytes;
}

/**
 * Reads the bytes that a peer (possibly hostile) sent.
 * @throws SealwayError `malformed_message` unless they are the canonical form of a document of this version;
 *   `unsupported_version` when they say another version
 */
export function parseExchange(bytes: Uint8Array): ExchangeDocument {
  if (bytes.length > maxExchangeBytes) throw malformed(`exchange has more than ${maxExchangeBytes} bytes`);
  const text = asBuffer(bytes).toString("latin1");
  const document = parseJson(text) as ExchangeDocument;
  const fault = faultOf(document);
  if (fault !== undefined) {
    const version = versionOf(document);
    if (version === undefined || version === 1) throw malformed(fault);
    throw new SealwayError("unsupported_version", "exchange has a version other than 1");
  }
  if (!hasCanonicalOrder(document) || JSON.stringify(document) !== text) {
    throw malformed("exchange is not in canonical form (RFC 8785)");
  }
  return document;
}

/** What is wrong with the form of a document, without quoting it. */
function faultOf(document: ExchangeDocument): string | undefined {
  if (validate(document)) return contradictionIn(document);
  const error = validate.errors?.[0];
  return `exchange breaks its schema at ${error?.instancePath || "/"}: ${error?.message}`;
}

/** What no schema says: which members go together in a message of its type. */
function contradictionIn(document: ExchangeDocument): string | undefined {
  const { type, subjects, subjectCount } = document;
  for (const [member, holds] of rulesOf.get(type) ?? []) {
    if (!holds(document)) return `exchange is a ${type} that its ${member} contradicts`;
  }
  if (subjectCount === subjects.length || (subjectCount > mostSeparateSubjects && subjects.length > 0))
    return undefined;
  return "exchange has a subjectCount other than its subjects";
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
