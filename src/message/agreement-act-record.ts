import type { KeyObject } from "node:crypto";
import { sha256Base64Url } from "../core/bytes.ts";
import { SealwayError } from "../core/errors.ts";
import type { Certificate } from "../pki/certificate.ts";
import type { Signer } from "../pki/signer.ts";
import { parseAuthorityStatement, partOfStatement, signAuthorityStatement } from "./authority-statement.ts";
import { keptText, readKeptText } from "./kept-text.ts";
import {
  parseStatement,
  type StatementPayload,
  type StatementType,
  signStatement,
} from "./signed-statement.ts";

/*
 * A step in the life of an agreement, as it is kept and sent: one statement of the member whose step it is, signed by
 * its seal, or of the governing authority, signed by its catalogue key (EdDSA, RFC 8037), which the configuration lists.
 */

/** The `typ` of an act on an agreement. */
export const agreementActType: StatementType = "sealway-agreement-act+jws";

/** Who signed; whether it was entitled to, the act's reader judges. */
export type AgreementSigner =
  | { readonly kind: "seal"; readonly certificate: Certificate }
  /** Base64url of the 32 bytes of the public key. */
  | { readonly kind: "authority"; readonly key: string };

export interface SignedAgreementAct {
  readonly payload: StatementPayload;
  readonly signer: AgreementSigner;
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

/** An act of the governing authority. @param key its catalogue key */
export function signAuthorityAct(key: KeyObject, payload: StatementPayload): Buffer {
  return signAuthorityStatement(key, agreementActType, payload);
}

/**
 * Reads an act that anybody may have made, and verifies its signature with the certificate or key in it.
 * @throws SealwayError `malformed_statement`; `invalid_signature`
 */
export function parseSignedAgreementAct(bytes: Buffer): SignedAgreementAct {
  if (bytes.length > mostBytes)
    throw new SealwayError("malformed_statement", "act on an agreement: it is too long");
  const sha256 = sha256Base64Url(bytes);
  const header = partOfStatement(bytes.toString("latin1").split(".", 1)[0]!);
  if (header.alg === "EdDSA") {
    const { payload, key } = parseAuthorityStatement(bytes, agreementActType, mostBytes);
    return { payload, signer: { kind: "authority", key }, sha256, bytes };
  }
  const { payload, certificate } = parseStatement(bytes, agreementActType);
  return { payload, signer: { kind: "seal", certificate }, sha256, bytes };
}

/**
 * What an act or receipt of the own log states, whose form and signature were checked when it was taken: a start with a
 * hundred thousand of them checks none twice.
 * @throws SealwayError `malformed_statement`
 */
export function readKeptStatement(bytes: Buffer): StatementPayload {
  return readKeptText(keptText(bytes));
}
