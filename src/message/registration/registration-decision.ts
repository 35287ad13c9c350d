import { SealwayError } from "../../core/errors.ts";
import type { Certificate } from "../../pki/certificate.ts";
import type { Signer } from "../../pki/signer.ts";
import {
  parseStatement,
  type StatementPayload,
  type StatementType,
  signStatement,
} from "../signed-statement.ts";

/*
 * What an officer of the authority says of a request, and what somebody asks about requests: compact JWS, signed by the
 * officer, or by a seal of the member that asks.
 */

export const registrationDecisionType: StatementType = "sealway-registration-decision+jws";
export const registrationQueryType: StatementType = "sealway-registration-query+jws";

interface Stated {
  readonly instance: string;
  /** Milliseconds. */
  readonly time: number;
  /** Id of the request, and SHA-256 (base64url) of its canonical form. */
  readonly request: string;
  readonly sha256: string;
}

export type RegistrationDecision =
  | (Stated & { readonly decision: "approve" })
  /** By a seal of a member that has signed the request: it does not want it any more. */
  | (Stated & { readonly decision: "withdraw" })
  /** The reason is told to whoever asked; it names no persons. */
  | (Stated & { readonly decision: "decline"; readonly reason: string });

/** For the list of requests: all of them to an officer, to a member its own. */
export interface RegistrationQuery {
  readonly instance: string;
  readonly time: number;
  readonly show: "open" | "all";
}

const mostReason = 500;

/** @returns a compact JWS @throws SealwayError `signer_unavailable` */
export async function signRegistrationDecision(
  signer: Signer,
  decision: RegistrationDecision,
): Promise<string> {
  const payload = decision as unknown as StatementPayload;
  return (await signStatement(signer, registrationDecisionType, payload)).toString("latin1");
}

/** As `signRegistrationDecision`. */
export async function signRegistrationQuery(signer: Signer, query: RegistrationQuery): Promise<string> {
  const payload = query as unknown as StatementPayload;
  return (await signStatement(signer, registrationQueryType, payload)).toString("latin1");
}

/**
 * Reads what anybody may have made.
 * @throws SealwayError `malformed_statement`; `invalid_signature`
 */
export function parseRegistrationDecision(text: string): {
  readonly decision: RegistrationDecision;
  readonly certificate: Certificate;
} {
  const { payload, certificate } = parseStatement(Buffer.from(text, "latin1"), registrationDecisionType);
  const { decision, instance, reason, request, sha256, time, ...more } = payload;
  const isReasoned = decision === "decline" ? isShownText(reason) : reason === undefined;
  const isDecision = decision === "approve" || decision === "decline" || decision === "withdraw";
  const isText = typeof request === "string" && typeof sha256 === "string";
  if (!isDecision || !isReasoned || !isText || Object.keys(more).length > 0)
    throw new SealwayError("malformed_statement", "decision on a registration request: it has another form");
  return { decision: payload as unknown as RegistrationDecision, certificate };
}

/** As `parseRegistrationDecision`. */
export function parseRegistrationQuery(text: string): {
  readonly query: RegistrationQuery;
  readonly certificate: Certificate;
} {
  const { payload, certificate } = parseStatement(Buffer.from(text, "latin1"), registrationQueryType);
  const { instance, show, time, ...more } = payload;
  if ((show !== "open" && show !== "all") || Object.keys(more).length > 0)
    throw new SealwayError("malformed_statement", "query of registration requests: it has another form");
  return { query: payload as unknown as RegistrationQuery, certificate };
}

/** It is shown to people: no controls, nothing that turns text around. */
function isShownText(value: unknown): boolean {
  return (
    typeof value === "string" &&
    value.trim() !== "" &&
    value.length <= mostReason &&
    value.isWellFormed() &&
    !/[\p{C}\u2028\u2029]/u.test(value)
  );
}
