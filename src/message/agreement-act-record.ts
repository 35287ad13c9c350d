import { sha256Base64Url } from "../core/bytes.ts";
import { SealwayError } from "../core/errors.ts";
import type { Certificate } from "../pki/certificate.ts";
import type { Signer } from "../pki/signer.ts";
import { keptText, readKeptText } from "./kept-text.ts";
import {
  parseStatement,
  type StatementPayload,
  type StatementType,
  signStatement,
} from "./signed-statement.ts";

/*
 * A step in the life of an agreement, as it is kept and sent: one statement of the member whose step it is, signed by
 * its seal.
 */

/** The `typ` of an act on an agreement. */
export const agreementActType: StatementType = "sealway-agreement-act+jws";

export interface SignedAgreementAct {
  readonly payload: StatementPayload;
  /** Of who signed; whether it was entitled to, the act's reader judges. */
  readonly certificate: Certificate;
  /** SHA-256 (base64url) of the statement. */
  readonly sha256: string;
  readonly bytes: Buffer;
}

/** Longest act, bytes (attacker-controlled): terms and answers of the greatest length, in base64url. */
const mostBytes = 256 * 1024;

/** @throws SealwayError `signer_unavailable` */
export function signAgreementAct(signer: Signer, payload: StatementPayload): Promise<Buffer> {
  return signStatement(signer, agreementActType, payload);
}

/**
 * Reads an act that anybody may have made, and verifies its signature with the certificate in it.
 * @throws SealwayError `malformed_statement`; `invalid_signature`
 */
export function parseSignedAgreementAct(bytes: Buffer): SignedAgreementAct {
  if (bytes.length > mostBytes)
    throw new SealwayError("malformed_statement", "act on an agreement: it is too long");
  const sha256 = sha256Base64Url(bytes);
  return { ...parseStatement(bytes, agreementActType), sha256, bytes };
}

/**
 * What an act or receipt of the own log states, whose form and signature were checked when it was taken: a start with a
 * hundred thousand of them checks none twice.
 * @throws SealwayError `malformed_statement`
 */
export function readKeptStatement(bytes: Buffer): StatementPayload {
  return readKeptText(keptText(bytes));
}
