import { sha256Base64Url } from "../core/bytes.ts";
import { SealwayError } from "../core/errors.ts";
import type { Certificate } from "../pki/certificate.ts";
import type { Signer } from "../pki/signer.ts";
import {
  parseStatement,
  type StatementPayload,
  type StatementType,
  signStatement,
} from "./signed-statement.ts";

/** The `typ` of what became of an act on an agreement at the other side. */
export const agreementReceiptType: StatementType = "sealway-agreement-receipt+jws";

/**
 * `taken`: the side that signs has the act, and it counts there since `time`. `refused`: the side that made it notes that
 * the other one refused it for good, by this code.
 */
export interface AgreementReceipt extends StatementPayload {
  /** SHA-256 (base64url) of the act. */
  readonly act: string;
  readonly agreement: string;
  /** The side that signs. */
  readonly by: "consumer" | "provider";
  readonly outcome: "taken" | "refused";
  readonly code: string | null;
}

export interface SignedAgreementReceipt {
  readonly receipt: AgreementReceipt;
  readonly certificate: Certificate;
  readonly sha256: string;
  readonly bytes: Buffer;
}

/** @throws SealwayError `signer_unavailable` */
export function signAgreementReceipt(signer: Signer, receipt: AgreementReceipt): Promise<Buffer> {
  return signStatement(signer, agreementReceiptType, receipt);
}

/** @throws SealwayError `malformed_statement`; `invalid_signature` */
export function parseAgreementReceipt(bytes: Buffer): SignedAgreementReceipt {
  const { payload, certificate } = parseStatement<AgreementReceipt>(bytes, agreementReceiptType);
  const { act, agreement, by, code, outcome } = payload;
  const isGood =
    Object.keys(payload).sort().join(" ") === "act agreement by code instance outcome time" &&
    typeof act === "string" &&
    /^[A-Za-z0-9_-]{43}$/.test(act) &&
    typeof agreement === "string" &&
    (by === "consumer" || by === "provider") &&
    (outcome === "taken" ? code === null : outcome === "refused" && typeof code === "string");
  if (!isGood) throw new SealwayError("malformed_statement", "receipt of an act: it is not what it must be");
  return { receipt: payload, certificate, sha256: sha256Base64Url(bytes), bytes };
}
