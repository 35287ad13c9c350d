import { verify } from "node:crypto";
import { fromBase64Url, sha256Base64Url, toBase64Url } from "../core/bytes.ts";
import { SealwayError } from "../core/errors.ts";
import { signingAlgorithms } from "../pki/algorithms.ts";
import type { Certificate } from "../pki/certificate.ts";
import { ecdsaRawToDer } from "../pki/ecdsa-signature.ts";
import type { Signer } from "../pki/signer.ts";

/*
 * JAdES baseline B (ETSI TS 119 182-1), compact JWS (RFC 7515) with detached payload, mechanism
 * ObjectIdByURIHash (clause 5.2.8.3.3): always the two objects `exchange` and `head`, digests of raw bytes.
 */

/** The published policy (`schemas/exchange/v1/signature-policy.md`) and the digest of its bytes. */
export const signaturePolicy = {
  id: "urn:sealway:signature-policy:exchange:1",
  sha256: "20VyE6VjcqUlUaquSRlRaXJ2cbZBEWdImcYjM5ODmRU",
} as const;

const proofOfOrigin = "http://uri.etsi.org/01903/v1.2.2#ProofOfOrigin";
const objectIdByUriHash = "http://uri.etsi.org/19182/ObjectIdByURIHash";

/** What differs from signature to signature; everything else in the header is fixed by the profile. */
export interface SignatureHeader {
  readonly alg: keyof typeof signingAlgorithms;
  /** `x5t#S256`, base64url. */
  readonly fingerprint: string;
  /** `x5c[0]`, standard base64 of the leaf's DER. */
  readonly certificate: string;
  /** Claimed signing time, seconds since the epoch. */
  readonly iat: number;
  /** SHA-256 digests of the two objects, base64url. */
  readonly exchange: string;
  readonly head: string;
}

/** A signature read but not yet verified. */
export interface ParsedSignature {
  readonly header: SignatureHeader;
  /** As received: `base64url(header)..base64url(value)`. */
  readonly compact: string;
  readonly value: Buffer;
}

/** Longest compact signature that is taken, characters. */
export const maxSignatureLength = 8192;

// biome-ignore format: one line a member, in the order of the profile
function formatHeader(header: { readonly [Member in keyof SignatureHeader]: unknown }): string {
  return `{"alg":"${header.alg}","b64":false,"crit":["b64","sigD"]` +
    `,"x5t#S256":"${header.fingerprint}"` +
    `,"x5c":["${header.certificate}"]` +
    `,"iat":${header.iat}` +
    `,"sigPId":{"id":{"id":"${signaturePolicy.id}"},"digAlg":"S256","digVal":"${signaturePolicy.sha256}"}` +
    `,"srCms":[{"commId":{"id":"${proofOfOrigin}"}}]` +
    `,"sigD":{"mId":"${objectIdByUriHash}","pars":["exchange","head"],"hashM":"S256"` +
    `,"hashV":["${header.exchange}","${header.head}"]` +
    `,"ctys":["application/vnd.sealway.exchange+json","application/vnd.sealway.head"]}}`;
}

/** The header as a pattern: another member, order, spelling or value than the profile's does not fit. */
const profile = patternOf({
  alg: "[A-Z0-9]{2,8}",
  fingerprint: "[\\w-]{43}",
  certificate: "[A-Za-z0-9+/]+={0,2}",
  iat: "0|[1-9][0-9]{0,14}",
  exchange: "[\\w-]{43}",
  head: "[\\w-]{43}",
});

function patternOf(patterns: Readonly<Record<keyof SignatureHeader, string>>): RegExp {
  const names = Object.keys(patterns) as (keyof SignatureHeader)[];
  const marks = Object.fromEntries(names.map((name) => [name, `\0${name}\0`])) as typeof patterns;
  let text = formatHeader(marks).replace(/[$()*+.?[\\\]^{|}]/g, "\\$&");
  for (const name of names) text = text.replace(marks[name], `(?<${name}>${patterns[name]})`);
  return new RegExp(`^${text}$`);
}

const certificateTexts = new WeakMap<Certificate, string>();

/**
 * Signs the two objects with a member's seal.
 * @param iat seconds since the epoch, taken at signing
 * @returns the compact signature `header..value`
 * @throws SealwayError `signer_unavailable`
 */
export async function signObjects(
  signer: Signer,
  iat: number,
  exchange: Buffer,
  head: Buffer,
): Promise<string> {
  const { certificate } = signer;
  const text = formatHeader({
    alg: certificate.algorithm.jws,
    fingerprint: certificate.fingerprint,
    certificate: certificateText(certificate),
    iat,
    exchange: sha256Base64Url(exchange),
    head: sha256Base64Url(head),
  });
  const protectedPart = `${Buffer.from(text, "latin1").toString("base64url")}.`;
  const value = await signer.sign(Buffer.from(protectedPart, "latin1"));
  return `${protectedPart}.${toBase64Url(value)}`;
}

/**
 * Reads a compact signature that a peer (possibly hostile) sent. Its header is compared with the profile as text:
 * another member, order, spelling or value than the profile's is refused.
 * @throws SealwayError `missing_signature`, `malformed_signature`
 */
export function parseSignature(compact: string): ParsedSignature {
  if (compact === "") throw new SealwayError("missing_signature", "there is no signature");
  if (compact.length > maxSignatureLength) throw malformed("it is too long");
  const [protectedPart = "", payload, valuePart = "", more] = compact.split(".");
  if (payload !== "" || more !== undefined) throw malformed("it is not a compact JWS with detached payload");
  const text = fromBase64Url(protectedPart)?.toString("latin1");
  const value = fromBase64Url(valuePart);
  if (text === undefined || value === undefined) throw malformed("it is not strict base64url");
  return { header: readHeader(text), compact, value };
}

/**
 * Verifies the value with the certificate's key, by the algorithm of that key.
 * @throws SealwayError `malformed_signature` when the header names another algorithm; `invalid_signature`
 */
export function verifySignatureValue(signature: ParsedSignature, certificate: Certificate): void {
  const { algorithm } = certificate;
  if (signature.header.alg !== algorithm.jws) throw malformed("its algorithm is not that of the key");
  const input = Buffer.from(signature.compact.slice(0, signature.compact.indexOf(".") + 1), "latin1");
  if (!verify(algorithm.digest, input, certificate.publicKey, toDer(signature.value, algorithm.keyType))) {
    throw new SealwayError("invalid_signature", "the signature value does not fit header and key");
  }
}

/** Standard base64 of the certificate, as it stands in `x5c`; made once. */
export function certificateText(certificate: Certificate): string {
  let text = certificateTexts.get(certificate);
  if (text === undefined) {
    text = certificate.der.toString("base64");
    certificateTexts.set(certificate, text);
  }
  return text;
}

function toDer(value: Buffer, keyType: "ec" | "rsa"): Buffer {
  if (keyType === "rsa") return value;
  if (value.length !== 64) throw malformed("an ES256 value has 64 bytes");
  return ecdsaRawToDer(value);
}

function readHeader(text: string): SignatureHeader {
  const found = profile.exec(text)?.groups as Record<keyof SignatureHeader, string> | undefined;
  if (found === undefined) throw malformed("its header is not the profile's");
  const { alg, fingerprint, certificate, iat, exchange, head } = found;
  if (!Object.hasOwn(signingAlgorithms, alg)) throw malformed("its algorithm is not accepted");
  // Name by name: V8 copies what it matched by way of its dictionary, member by member.
  return { alg: alg as SignatureHeader["alg"], fingerprint, certificate, iat: Number(iat), exchange, head };
}

function malformed(detail: string): SealwayError {
  return new SealwayError("malformed_signature", `signature: ${detail}`);
}
