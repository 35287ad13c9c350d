import { verify } from "node:crypto";
import { fromBase64, fromBase64Url, toBase64Url } from "../core/bytes.ts";
import { canonicalJson, type Json } from "../core/canonical-json.ts";
import { SealwayError } from "../core/errors.ts";
import { parseStrictJson } from "../core/strict-json.ts";
import { type Certificate, parseCertificate } from "../pki/certificate.ts";
import { ecdsaRawToDer } from "../pki/ecdsa-signature.ts";
import type { Signer } from "../pki/signer.ts";
import { certificateText } from "./signature-profile.ts";

/*
 * What a member states beside its messages (an erasure, a hold, a read of the log, a discontinuity): one compact JWS
 * (RFC 7515 §7.1) over canonical JSON. Each kind has a `typ` of its own that its reader demands, so that no statement
 * is taken for another, and none for a message.
 */

/** `sealway-erasure+jws`, by its word in the middle. */
export type StatementType = `sealway-${string}+jws`;

export interface StatementPayload {
  readonly [name: string]: Json;
  /** A statement of one instance means nothing in another. */
  readonly instance: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
}

export interface SignedStatement<Payload extends StatementPayload = StatementPayload> {
  readonly payload: Payload;
  /** Its key made the signature; whose it is and whether it was good, the caller judges. */
  readonly certificate: Certificate;
}

/** Longest statement, bytes: ten thousand exchange ids and what belongs to them. */
const mostBytes = 1024 * 1024;

/**
 * Signs a statement.
 * @returns the compact JWS in ASCII, as it is kept and handed on
 * @throws SealwayError `signer_unavailable`
 */
export async function signStatement(
  signer: Signer,
  typ: StatementType,
  payload: StatementPayload,
): Promise<Buffer> {
  const { certificate } = signer;
  const header = {
    alg: certificate.algorithm.jws,
    typ,
    x5c: [certificateText(certificate)],
    "x5t#S256": certificate.fingerprint,
  };
  const parts = [header, payload].map((part) => toBase64Url(Buffer.from(canonicalJson(part))));
  const input = Buffer.from(parts.join("."), "latin1");
  const value = await signer.sign(input);
  return Buffer.from(`${input.toString("latin1")}.${toBase64Url(value)}`, "latin1");
}

/**
 * Reads a statement that anybody may have made, and verifies its signature with the certificate in it.
 * @param typ demanded exactly
 * @throws SealwayError `malformed_statement` for another form, `typ` or algorithm; `invalid_signature`
 */
export function parseStatement<Payload extends StatementPayload = StatementPayload>(
  bytes: Buffer,
  typ: StatementType,
): SignedStatement<Payload> {
  if (bytes.length > mostBytes) throw malformed("it is too long");
  const parts = bytes.toString("latin1").split(".");
  if (parts.length !== 3) throw malformed("it is not a compact JWS");
  const [header, payload, value] = parts.map(fromBase64Url);
  if (header === undefined || payload === undefined || value === undefined) {
    throw malformed("it is not strict base64url");
  }
  const certificate = certificateOf(parseCanonical(header), typ);
  const input = Buffer.from(`${parts[0]}.${parts[1]}`, "latin1");
  const { algorithm, publicKey } = certificate;
  if (!verify(algorithm.digest, input, publicKey, derValue(value, algorithm.keyType))) {
    throw new SealwayError("invalid_signature", "the statement's signature does not fit its certificate");
  }
  return { payload: checkPayload<Payload>(parseCanonical(payload)), certificate };
}

/**
 * What a statement says, unverified: by it one chooses which ones are worth verifying.
 * @param bytes attacker-controlled
 * @returns undefined for what is no statement
 */
export function claimedPayload(bytes: Buffer): StatementPayload | undefined {
  const [, payload, , more] = bytes.length > mostBytes ? [] : bytes.toString("latin1").split(".");
  const text = payload === undefined || more !== undefined ? undefined : fromBase64Url(payload);
  try {
    return text && checkPayload(JSON.parse(text.toString("utf8")) as JsonObject);
  } catch {
    return undefined;
  }
}

type JsonObject = { readonly [name: string]: Json };

/** Canonical, so that two parsers cannot read one statement differently. */
function parseCanonical(bytes: Buffer): JsonObject {
  const value = parseStrictJson(bytes, "malformed_statement") as Json;
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw malformed("it is no object");
  if (canonicalJson(value) !== bytes.toString("utf8")) throw malformed("it is not canonical JSON");
  return value as JsonObject;
}

const headerNames = "alg typ x5c x5t#S256";

function certificateOf(header: JsonObject, typ: StatementType): Certificate {
  if (Object.keys(header).join(" ") !== headerNames) throw malformed("its header has other members");
  if (header.typ !== typ) throw malformed(`it is not of type ${typ}`);
  const [text, more] = Array.isArray(header.x5c) ? header.x5c : [];
  if (typeof text !== "string" || more !== undefined) throw malformed("x5c is not one certificate");
  const certificate = knownCertificates.get(text) ?? readCertificate(text);
  if (header["x5t#S256"] !== certificate.fingerprint) throw malformed("x5t#S256 is of another certificate");
  if (header.alg !== certificate.algorithm.jws) throw malformed("its algorithm is not that of the key");
  return certificate;
}

/** By their text in `x5c`: of a catalogue's thousands of statements a few members signed all. Above this they are forgotten. */
const knownCertificates = new Map<string, Certificate>();
const mostKnown = 64;

function readCertificate(text: string): Certificate {
  const der = fromBase64(text);
  if (der === undefined) throw malformed("x5c is not one certificate");
  const certificate = attempt(() => parseCertificate(der));
  if (knownCertificates.size >= mostKnown) knownCertificates.clear();
  knownCertificates.set(text, certificate);
  return certificate;
}

function checkPayload<Payload extends StatementPayload>(payload: JsonObject): Payload {
  if (typeof payload.instance !== "string" || !Number.isSafeInteger(payload.time)) {
    throw malformed("it has no instance or time");
  }
  return payload as Payload;
}

function derValue(value: Buffer, keyType: "ec" | "rsa"): Buffer {
  if (keyType === "rsa") return value;
  if (value.length !== 64) throw malformed("an ES256 value has 64 bytes");
  return ecdsaRawToDer(value);
}

function attempt<Value>(read: () => Value): Value {
  try {
    return read();
  } catch (cause) {
    throw new SealwayError("malformed_statement", "the statement cannot be read", { cause });
  }
}

function malformed(detail: string): SealwayError {
  return new SealwayError("malformed_statement", `statement: ${detail}`);
}
