import { sha256 } from "../core/bytes.ts";
import { errorCodes } from "../core/error-codes.ts";
import { randomOctets } from "../core/random.ts";
import type { ExchangeDocument } from "../message/exchange-document.ts";
import type { HeaderLine } from "../message/head.ts";
import { noOpenings } from "../message/openings.ts";
import { type SealedMessage, sealMessage } from "../message/seal-message.ts";
import type { MemberSeal } from "./gateway-services.ts";
import { type Problem, serializeProblem } from "./problem.ts";

/** What a refusal or fault says in `exchange`. */
export function outcomeOf(
  problem: Problem,
  kind: "refusal" | "fault",
): Pick<ExchangeDocument, "decision" | "fault"> & { readonly type: "refusal" | "fault" } {
  const { code } = problem;
  if (kind === "refusal")
    return { type: kind, decision: { code, fieldsRemoved: [], verdict: "deny" }, fault: null };
  const hop = errorCodes[code].fault === "provider" ? "information-system" : problem.hop;
  return { type: kind, decision: { code: null, fieldsRemoved: [], verdict: "none" }, fault: { code, hop } };
}

/** A refusal or fault as it is signed, with its body. */
export interface Unanswered {
  readonly message: SealedMessage;
  readonly body: Buffer;
}

/** Signs a refusal or fault whose account is `document`; the body is the problem as JSON. */
export async function sealUnanswered(
  seal: MemberSeal,
  now: number,
  document: ExchangeDocument,
  problem: Problem,
  headers: readonly HeaderLine[],
): Promise<Unanswered> {
  const body = serializeProblem(problem);
  const { status, title } = errorCodes[problem.code];
  const head = {
    start: { kind: "response", status, reason: title } as const,
    headers: [["content-type", "application/json"] as const, ...headers],
    body: { digest: sha256(body), length: body.length },
    asOf: null,
    openings: noOpenings,
    nonce: randomOctets(16),
  };
  return { message: await sealMessage(seal.signer, now, document, head, seal.staple()), body };
}
