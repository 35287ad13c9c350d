import { sha256Base64Url } from "../core/bytes.ts";
import type { ExchangeDocument } from "../message/exchange-document.ts";

/** What an answer says for itself; the rest is the request's. */
export interface AnswerParts
  extends Pick<ExchangeDocument, "agreement" | "contentKind" | "decision" | "fault" | "signerRole" | "ts"> {
  readonly type: "response" | "refusal" | "fault";
  /** A conclusion of the consumer's own goes to no other server. */
  readonly audience: "consumer" | "self";
  readonly configuration: ExchangeDocument["configuration"];
}

/** The request that an answer is about; `signature` is its compact form, null when it was never signed. */
export interface AnsweredRequest {
  readonly document: ExchangeDocument;
  readonly signature: string | null;
}

/**
 * The signed account of an answer: the request's, turned round and bound to the request by the digest of its signature
 * as received. It says nothing that depends on the person or on what the answer holds.
 */
export function composeAnswer(
  { document, signature }: AnsweredRequest,
  parts: AnswerParts,
): ExchangeDocument {
  return {
    about: document.about,
    agreement: parts.agreement,
    caseReference: null,
    client: document.client,
    configuration: { sha256: parts.configuration.sha256, version: parts.configuration.version },
    contentKind: parts.contentKind,
    conversation: document.conversation,
    deadline: document.deadline,
    decision: parts.decision,
    decisionUse: document.decisionUse,
    emergency: null,
    endpoint: document.endpoint,
    external: document.external,
    fault: parts.fault,
    from: parts.audience === "self" ? document.from : document.to,
    id: document.id,
    instance: document.instance,
    lawfulBasis: document.lawfulBasis,
    permission: null,
    purpose: document.purpose,
    purposeSource: document.purposeSource,
    queryId: document.queryId,
    representedParty: document.representedParty,
    request: signature === null ? null : sha256Base64Url(signature),
    rules: document.rules,
    service: document.service,
    signerRole: parts.signerRole,
    subjectCount: 0,
    subjects: [],
    to: document.from,
    ts: parts.ts,
    type: parts.type,
    user: null,
    v: 1,
  };
}
