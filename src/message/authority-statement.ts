import { createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { fromBase64Url, toBase64Url } from "../core/bytes.ts";
import { canonicalJson, type Json } from "../core/canonical-json.ts";
import { SealwayError } from "../core/errors.ts";
import { parseStrictJson } from "../core/strict-json.ts";
import { keyText } from "./service-act-record.ts";
import type { StatementPayload, StatementType } from "./signed-statement.ts";

/*
 * What the governing authority itself states: a compact JWS over canonical JSON by its catalogue key (EdDSA, RFC 8037),
 * which the configuration lists.
 */

export interface AuthorityStatement {
  readonly payload: StatementPayload;
  /** Base64url of the 32 bytes of the public key; whether it is the authority's, the reader judges. */
  readonly key: string;
}

/** @param key the authority's catalogue key @returns the compact JWS in ASCII */
export function signAuthorityStatement(
  key: KeyObject,
  typ: StatementType,
  payload: StatementPayload,
): Buffer {
  const header = { alg: "EdDSA", kid: keyText(key), typ };
  const input = [header, payload].map((part) => toBase64Url(Buffer.from(canonicalJson(part)))).join(".");
  return Buffer.from(`${input}.${toBase64Url(sign(null, Buffer.from(input, "latin1"), key))}`, "latin1");
}

/**
 * Reads a statement that anybody may have made, and verifies its signature with the key in it.
 * @param most bytes
 * @throws SealwayError `malformed_statement`; `invalid_signature`
 */
export function parseAuthorityStatement(bytes: Buffer, typ: StatementType, most: number): AuthorityStatement {
  if (bytes.length > most) throw malformed("it is too long");
  const [head = "", body = "", value = "", more] = bytes.toString("latin1").split(".");
  const signature = fromBase64Url(value);
  const header = partOfStatement(head);
  if (more !== undefined || signature === undefined || Object.keys(header).join(" ") !== "alg kid typ")
    throw malformed("it is not a compact JWS of the authority's");
  const { alg, kid } = header;
  if (alg !== "EdDSA" || header.typ !== typ) throw malformed(`it is not of type ${typ}`);
  if (typeof kid !== "string" || fromBase64Url(kid)?.length !== 32) throw malformed("its key is none");
  const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: kid }, format: "jwk" });
  if (!verify(null, Buffer.from(`${head}.${body}`, "latin1"), key, signature))
    throw new SealwayError("invalid_signature", "the statement's signature does not fit its key");
  const payload = partOfStatement(body);
  if (typeof payload.instance !== "string" || !Number.isSafeInteger(payload.time))
    throw malformed("it has no instance or time");
  return { payload: payload as StatementPayload, key: kid };
}

/**
 * Header or payload of a compact JWS. Canonical, so that two parsers cannot read one statement differently.
 * @throws SealwayError `malformed_statement`
 */
export function partOfStatement(text: string): { readonly [name: string]: Json } {
  const bytes = fromBase64Url(text);
  const value = bytes && (parseStrictJson(bytes, "malformed_statement") as Json);
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw malformed("it is not a compact JWS");
  if (canonicalJson(value) !== bytes!.toString("utf8")) throw malformed("it is not canonical JSON");
  return value as { readonly [name: string]: Json };
}

function malformed(detail: string): SealwayError {
  return new SealwayError("malformed_statement", `statement: ${detail}`);
}
