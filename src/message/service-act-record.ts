import { createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { fromBase64Url, sha256Base64Url, toBase64Url } from "../core/bytes.ts";
import { canonicalJson } from "../core/canonical-json.ts";
import { SealwayError } from "../core/errors.ts";
import { parseStrictJson } from "../core/strict-json.ts";
import type { Certificate } from "../pki/certificate.ts";
import type { Signer } from "../pki/signer.ts";
import {
  parseStatement,
  type StatementPayload,
  type StatementType,
  signStatement,
} from "./signed-statement.ts";

/*
 * An act on a service of the catalogue, as it is kept and distributed: lines in ASCII, each ended by a line feed. First
 * the provider's statement, signed by its member's seal; where two officers must agree, the same statement signed by
 * each of them; last the authority's countersignature over what stands before it, an Ed25519 JWS (RFC 8037) whose key
 * the configuration lists.
 */

/** An act that was signed; whether who signed it was entitled to, its reader judges. */
export interface SignedAct {
  /** The word in the statement's type. */
  readonly word: string;
  readonly payload: StatementPayload;
  /** Of the seal, and of the officers that signed the same. */
  readonly certificate: Certificate;
  readonly officers: readonly Certificate[];
  /** SHA-256 (base64url) of the provider's statement. */
  readonly sha256: string;
  readonly bytes: Buffer;
}

export interface CountersignedAct extends SignedAct {
  /** When the authority took it, milliseconds. */
  readonly accepted: number;
  /** The authority's key, base64url of 32 bytes. */
  readonly key: string;
}

/** Longest record, bytes (attacker-controlled). */
export const mostActBytes = 256 * 1024;
const mostLines = 3;

const typeForm = /^sealway-service-([a-z]{1,20})\+jws$/;
const countersignatureType = "sealway-service-countersignature+jws";

/** Signs an act, or signs it too. @throws SealwayError `signer_unavailable` */
export async function signAct(signer: Signer, word: string, payload: StatementPayload): Promise<Buffer> {
  const type: StatementType = `sealway-service-${word}+jws`;
  return Buffer.concat([await signStatement(signer, type, payload), Buffer.from("\n")]);
}

/**
 * Reads an act that anybody may have sent, and verifies its signatures with the certificates in them.
 * @throws SealwayError `malformed_statement`; `invalid_signature`
 */
export function parseSignedAct(bytes: Buffer): SignedAct {
  if (bytes.length > mostActBytes) throw malformed("it is too long");
  const lines = bytes.toString("latin1").split("\n");
  if (lines.pop() !== "" || lines.length === 0 || lines.length > mostLines) {
    throw malformed("it is not one to three lines, each ended");
  }
  const word = wordOf(lines[0]!);
  const type: StatementType = `sealway-service-${word}+jws`;
  const [first, ...others] = lines.map((line) => parseStatement(Buffer.from(line, "latin1"), type));
  const { payload, certificate } = first!;
  const said = canonicalJson(payload);
  if (others.some((other) => canonicalJson(other.payload) !== said))
    throw malformed("not all signed the same");
  const officers = others.map((other) => other.certificate);
  return {
    word,
    payload,
    certificate,
    officers,
    sha256: sha256Base64Url(Buffer.from(lines[0]!, "latin1")),
    bytes,
  };
}

/** The authority's word that it took the act. @param now milliseconds */
export function countersignAct(act: SignedAct, key: KeyObject, now: number): Buffer {
  const header = { alg: "EdDSA", kid: keyText(key), typ: countersignatureType };
  const payload = { act: sha256Base64Url(act.bytes), instance: act.payload.instance, time: now };
  const input = [header, payload].map((part) => toBase64Url(Buffer.from(canonicalJson(part)))).join(".");
  const value = sign(null, Buffer.from(input, "latin1"), key);
  return Buffer.concat([act.bytes, Buffer.from(`${input}.${toBase64Url(value)}\n`, "latin1")]);
}

/**
 * Reads a countersigned act and verifies all its signatures.
 * @param keys of the authority, base64url of 32 bytes
 * @throws SealwayError `malformed_statement`; `invalid_signature` also for another key
 */
export function parseCountersignedAct(bytes: Buffer, keys: ReadonlySet<string>): CountersignedAct {
  const end = bytes.lastIndexOf("\n", bytes.length - 2) + 1;
  if (end === 0 || bytes.at(-1) !== 0x0a) throw malformed("it is not countersigned");
  const act = parseSignedAct(bytes.subarray(0, end));
  const [head = "", body = "", value = "", more] = bytes.toString("latin1", end, bytes.length - 1).split(".");
  const header = part(head);
  const payload = part(body);
  const signature = fromBase64Url(value);
  const { kid } = header;
  if (
    more !== undefined ||
    signature === undefined ||
    header.alg !== "EdDSA" ||
    header.typ !== countersignatureType
  ) {
    throw malformed("its countersignature has another form");
  }
  if (typeof kid !== "string" || !keys.has(kid)) {
    throw new SealwayError("invalid_signature", "it is countersigned by no key of the authority");
  }
  const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: kid }, format: "jwk" });
  if (!verify(null, Buffer.from(`${head}.${body}`, "latin1"), key, signature)) {
    throw new SealwayError("invalid_signature", "the countersignature does not fit");
  }
  const isOfAct = payload.act === sha256Base64Url(act.bytes) && payload.instance === act.payload.instance;
  if (!isOfAct || !Number.isSafeInteger(payload.time))
    throw malformed("its countersignature is of something else");
  return { ...act, bytes, accepted: payload.time as number, key: kid };
}

/** The public part of a private Ed25519 key, as the configuration lists it. */
export function keyText(key: KeyObject): string {
  return createPublicKey(key).export({ format: "jwk" }).x!;
}

function wordOf(line: string): string {
  const typ = part(line.split(".")[0]!).typ;
  const word = typeof typ === "string" ? typeForm.exec(typ)?.[1] : undefined;
  if (word === undefined) throw malformed("its type is not that of an act");
  return word;
}

function part(text: string): Readonly<Record<string, unknown>> {
  const bytes = fromBase64Url(text);
  const value = bytes && parseStrictJson(bytes, "malformed_statement");
  if (typeof value !== "object" || value === null) throw malformed("it is not a compact JWS");
  return value as Readonly<Record<string, unknown>>;
}

function malformed(detail: string): SealwayError {
  return new SealwayError("malformed_statement", `act on a service: ${detail}`);
}
