import { createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { fromBase64Url, sha256Base64Url, toBase64Url } from "../core/bytes.ts";
import { canonicalJson, type Json } from "../core/canonical-json.ts";
import { SealwayError } from "../core/errors.ts";
import { parseStrictJson } from "../core/strict-json.ts";
import type { Certificate } from "../pki/certificate.ts";
import type { Signer } from "../pki/signer.ts";
import { keyText } from "./service-act-record.ts";
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
  const header = { alg: "EdDSA", kid: keyText(key), typ: agreementActType };
  const input = [header, payload].map((part) => toBase64Url(Buffer.from(canonicalJson(part)))).join(".");
  return Buffer.from(`${input}.${toBase64Url(sign(null, Buffer.from(input, "latin1"), key))}`, "latin1");
}

/**
 * Reads an act that anybody may have made, and verifies its signature with the certificate or key in it.
 * @throws SealwayError `malformed_statement`; `invalid_signature`
 */
export function parseSignedAgreementAct(bytes: Buffer): SignedAgreementAct {
  if (bytes.length > mostBytes) throw malformed("it is too long");
  const sha256 = sha256Base64Url(bytes);
  const header = partOf(bytes.toString("latin1").split(".", 1)[0]!);
  if (header.alg === "EdDSA") {
    const { payload, key } = parseAuthorityAct(bytes, header);
    return { payload, signer: { kind: "authority", key }, sha256, bytes };
  }
  const { payload, certificate } = parseStatement(bytes, agreementActType);
  return { payload, signer: { kind: "seal", certificate }, sha256, bytes };
}

/**
 * What an act or receipt of the own log states, whose signature was verified when it was taken: a start with a hundred
 * thousand of them verifies none twice.
 * @throws SealwayError `malformed_statement`
 */
export function readKeptStatement(bytes: Buffer): StatementPayload {
  return partOf(bytes.toString("latin1").split(".")[1] ?? "") as StatementPayload;
}

type JsonObject = { readonly [name: string]: Json };

function parseAuthorityAct(bytes: Buffer, header: JsonObject): { payload: StatementPayload; key: string } {
  const [head = "", body = "", value = "", more] = bytes.toString("latin1").split(".");
  const signature = fromBase64Url(value);
  const { kid } = header;
  if (more !== undefined || signature === undefined || Object.keys(header).join(" ") !== "alg kid typ")
    throw malformed("it is not a compact JWS of the authority's");
  if (header.typ !== agreementActType) throw malformed(`it is not of type ${agreementActType}`);
  if (typeof kid !== "string" || fromBase64Url(kid)?.length !== 32) throw malformed("its key is none");
  const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: kid }, format: "jwk" });
  if (!verify(null, Buffer.from(`${head}.${body}`, "latin1"), key, signature))
    throw new SealwayError("invalid_signature", "the act's signature does not fit its key");
  const payload = partOf(body);
  if (typeof payload.instance !== "string" || !Number.isSafeInteger(payload.time))
    throw malformed("it has no instance or time");
  return { payload: payload as StatementPayload, key: kid };
}

/** Canonical, so that two parsers cannot read one statement differently. */
function partOf(text: string): JsonObject {
  const bytes = fromBase64Url(text);
  const value = bytes && (parseStrictJson(bytes, "malformed_statement") as Json);
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw malformed("it is not a compact JWS");
  if (canonicalJson(value) !== bytes!.toString("utf8")) throw malformed("it is not canonical JSON");
  return value as JsonObject;
}

function malformed(detail: string): SealwayError {
  return new SealwayError("malformed_statement", `act on an agreement: ${detail}`);
}
