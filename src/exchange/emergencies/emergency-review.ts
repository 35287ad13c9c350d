import { sha256Base64Url } from "../../core/bytes.ts";
import { SealwayError } from "../../core/errors.ts";
import { parseStatement, type StatementPayload, signStatement } from "../../message/signed-statement.ts";
import type { ContextDocument } from "../../messagelog/message-record.ts";
import type { Signer } from "../../pki/signer.ts";

/** The `typ` of a signed review. */
const reviewType = "sealway-emergency-review+jws";

export const emergencyFindings = ["justified", "unjustified"] as const;

/** What somebody found who reviewed an emergency, signed by the seal of the member on this side. */
export interface EmergencyReview extends StatementPayload {
  readonly exchange: string;
  readonly finding: (typeof emergencyFindings)[number];
  /** Who reviewed it: a data protection officer, say. */
  readonly who: string;
  /** Names no other person. */
  readonly why: string;
}

/** Signs a review, ready to be kept. @throws SealwayError `signer_unavailable` */
export async function signReview(signer: Signer, review: EmergencyReview): Promise<ContextDocument> {
  const bytes = await signStatement(signer, reviewType, review);
  return { kind: "emergency-review", sha256: sha256Base64Url(bytes), bytes };
}

/** Reads a review from the own log. @throws SealwayError `malformed_statement`, `invalid_signature` */
export function parseReview(bytes: Buffer): EmergencyReview {
  const { payload } = parseStatement<EmergencyReview>(bytes, reviewType);
  if (typeof payload.exchange !== "string")
    throw new SealwayError("malformed_statement", "the review names no exchange");
  return payload;
}
