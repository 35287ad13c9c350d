import { sha256, toBase64Url } from "../../core/bytes.ts";
import { SealwayError } from "../../core/errors.ts";
import { singleHeader } from "../../message/agreement-with-head.ts";
import type { ExchangeDocument } from "../../message/exchange-document.ts";
import { canonicalBytes, type Head } from "../../message/head.ts";
import { requestHash } from "../../message/request-hash.ts";
import type { ParsedSignature } from "../../message/signature-profile.ts";
import type { Findings } from "./finding.ts";
import type { MessageFolder } from "./package-layout.ts";

/** What of a message was read, whether or not it is valid. */
export interface ReadMessage {
  readonly folder: MessageFolder;
  readonly signature: ParsedSignature | undefined;
  readonly document: ExchangeDocument | undefined;
  readonly head: Head | undefined;
}

type Rule = (request: ExchangeDocument, answer: ExchangeDocument) => boolean;

/** The consumer's own conclusion, when the provider gave no answer: it goes to nobody else. */
const isOwnConclusion: Rule = (request, answer) =>
  answer.signerRole === "client" && answer.from === request.from && answer.to === request.from;

/** What an answer shares with its request; one rule a line. */
// biome-ignore format: a table is read by its columns
const rules: Readonly<Record<string, Rule>> = {
  id:               (r, a) => a.id === r.id,
  instance:         (r, a) => a.instance === r.instance,
  conversation:     (r, a) => a.conversation === r.conversation,
  client:           (r, a) => a.client === r.client,
  service:          (r, a) => a.service.id === r.service.id,
  "from and to":    (r, a) => (a.from === r.to && a.to === r.from) || isOwnConclusion(r, a),
  queryId:          (r, a) => a.queryId === r.queryId,
  deadline:         (r, a) => a.deadline === r.deadline,
  representedParty: (r, a) => a.representedParty === r.representedParty,
};

/** Whether the answer is the answer to this very request. */
export function verifyBinding(messages: readonly ReadMessage[], findings: Findings): void {
  const request = messages.find(({ folder }) => folder === "request");
  const answer = messages.find(({ folder }) => folder !== "request");
  if (answer === undefined) {
    findings.add("answer-missing", "package");
    return;
  }
  const { document, folder } = answer;
  if (document === undefined) return;
  if (request === undefined) {
    const code = document.request === null ? "answer-without-request" : "request-missing";
    findings.add(code, folder);
    return;
  }
  if (request.signature === undefined || request.document === undefined) return;
  if (document.request !== toBase64Url(sha256(request.signature.compact))) {
    findings.add("answer-of-another-request", folder);
    return;
  }
  const broken = Object.entries(rules).filter(([, holds]) => !holds(request.document!, document));
  const names = broken.map(([name]) => name);
  if (!headsAgree(request.head, answer.head)) names.push("head");
  findings.judge(
    names.length === 0,
    "answer-bound",
    "answer-contradicts-request",
    folder,
    names.length === 0 ? undefined : names.join(", "),
  );
}

/** X-Road's own binding: id and request hash in the head of the answer, where they stand there. */
function headsAgree(request: Head | undefined, answer: Head | undefined): boolean {
  if (request === undefined || answer === undefined) return true;
  const { start, headers, body } = request;
  try {
    const told = singleHeader(answer.headers, "x-road-request-hash");
    const computed = requestHash(canonicalBytes(start, headers), body?.digest ?? null);
    const sameId = singleHeader(answer.headers, "x-road-id") === singleHeader(headers, "x-road-id");
    return sameId && (told === undefined || told === computed);
  } catch (error) {
    // A header that occurs twice.
    if (error instanceof SealwayError) return false;
    throw error;
  }
}
