import type { KeyObject } from "node:crypto";
import { sign, verify } from "node:crypto";
import { SealwayError } from "../core/errors.ts";
import { DerError, type DerNode } from "./der.ts";
import { DerFields, readNull, readOid } from "./der-reader.ts";
import * as write from "./der-writer.ts";
import { oids } from "./oids.ts";

/*
 * THE tables of algorithms: what a message may be signed with, and what certificates, OCSP responses and
 * time-stamps may be signed with. The key decides, never what a message says of itself.
 */

export type DigestName = "sha256" | "sha384" | "sha512";

/** An algorithm that members sign with. */
export interface SigningAlgorithm {
  /** JWS `alg` (RFC 7518 §3.1). */
  readonly jws: "ES256" | "RS256";
  readonly keyType: "ec" | "rsa";
  readonly digest: DigestName;
  /** The OBJECT IDENTIFIER of the signature in X.509. */
  readonly oid: string;
  /** `inline` where a signature costs less than the way to another thread and back (38 µs against 1 ms and more). */
  readonly runs: "inline" | "thread-pool";
}

/** An algorithm by which something in X.509, OCSP or CMS is signed. */
export interface SignatureScheme {
  readonly keyType: "ec" | "rsa";
  readonly digest: DigestName;
}

// biome-ignore format: a table is read by its columns
export const signingAlgorithms: Readonly<Record<SigningAlgorithm["jws"], SigningAlgorithm>> = {
  ES256: { jws: "ES256", keyType: "ec",  digest: "sha256", oid: oids.ecdsaWithSha256,         runs: "inline" },
  RS256: { jws: "RS256", keyType: "rsa", digest: "sha256", oid: oids.sha256WithRsaEncryption, runs: "thread-pool" },
};

// biome-ignore format: a table is read by its columns
const signatureSchemes: { readonly [oid: string]: SignatureScheme } = {
  [oids.ecdsaWithSha256]:         { keyType: "ec",  digest: "sha256" },
  [oids.ecdsaWithSha384]:         { keyType: "ec",  digest: "sha384" },
  [oids.ecdsaWithSha512]:         { keyType: "ec",  digest: "sha512" },
  [oids.sha256WithRsaEncryption]: { keyType: "rsa", digest: "sha256" },
  [oids.sha384WithRsaEncryption]: { keyType: "rsa", digest: "sha384" },
  [oids.sha512WithRsaEncryption]: { keyType: "rsa", digest: "sha512" },
};

// biome-ignore format: a table is read by its columns
const digests: { readonly [oid: string]: DigestName } = {
  [oids.sha256]: "sha256",
  [oids.sha384]: "sha384",
  [oids.sha512]: "sha512",
};

/** Curves by node's name; the first one alone signs messages. */
const curves: ReadonlySet<string> = new Set(["prime256v1", "secp384r1", "secp521r1"]);
export const leastRsaBits = 3072;

/**
 * The algorithm that goes with a member's key.
 * @throws SealwayError `certificate_unfit` unless it is P-256, or RSA of 3,072 bits or more
 */
export function algorithmOf(key: KeyObject): SigningAlgorithm {
  checkKeyStrength(key);
  if (key.asymmetricKeyType === "rsa") return signingAlgorithms.RS256;
  if (key.asymmetricKeyDetails?.namedCurve !== "prime256v1") {
    throw new SealwayError("certificate_unfit", "messages are signed with P-256 or RSA keys");
  }
  return signingAlgorithms.ES256;
}

/**
 * The least that any key must have, CAs and trust services included.
 * @throws SealwayError `certificate_unfit` for other kinds, other curves and RSA below 3,072 bits
 */
export function checkKeyStrength(key: KeyObject): void {
  const details = key.asymmetricKeyDetails;
  const fits =
    (key.asymmetricKeyType === "ec" && curves.has(details?.namedCurve ?? "")) ||
    (key.asymmetricKeyType === "rsa" && (details?.modulusLength ?? 0) >= leastRsaBits);
  if (!fits) {
    throw new SealwayError(
      "certificate_unfit",
      `the key is ${key.asymmetricKeyType} ${details?.namedCurve ?? details?.modulusLength ?? ""}, not a NIST curve or RSA of ${leastRsaBits} bits`,
    );
  }
}

/** Reads an AlgorithmIdentifier (RFC 5280 §4.1.1.2). */
export function readAlgorithm(node: DerNode, path: string): { oid: string; parameters: DerNode | undefined } {
  const fields = new DerFields(node, path);
  const oid = readOid(fields.any("algorithm"), `${path}.algorithm`);
  const parameters = fields.more ? fields.any("parameters") : undefined;
  fields.end();
  return { oid, parameters };
}

/** The digest that an AlgorithmIdentifier names, with or without NULL. @throws DerError for any below SHA-256 */
export function readDigestAlgorithm(node: DerNode, path: string): DigestName {
  const { oid, parameters } = readAlgorithm(node, path);
  const digest = digests[oid];
  if (digest === undefined) throw new DerError(path, `digest ${oid} is not accepted`);
  if (parameters !== undefined) readNull(parameters, `${path}.parameters`);
  return digest;
}

/**
 * The scheme that an AlgorithmIdentifier names: ECDSA without parameters (RFC 5758 §3.2), RSA with NULL or
 * none (RFC 4055 §5).
 * @param digest the digest that CMS names beside the signature; then a bare `rsaEncryption` does too (RFC 5754)
 * @throws DerError for any other
 */
export function readSignatureScheme(node: DerNode, path: string, digest?: DigestName): SignatureScheme {
  const { oid, parameters } = readAlgorithm(node, path);
  const bare = oid === oids.rsaEncryption && digest !== undefined;
  const scheme = bare ? { keyType: "rsa" as const, digest } : signatureSchemes[oid];
  if (scheme === undefined) throw new DerError(path, `signature algorithm ${oid} is not accepted`);
  if (digest !== undefined && scheme.digest !== digest)
    throw new DerError(path, "two digests for one signature");
  if (parameters !== undefined) {
    if (scheme.keyType === "ec") throw new DerError(path, "ECDSA takes no parameters");
    readNull(parameters, `${path}.parameters`);
  }
  return scheme;
}

/** The AlgorithmIdentifier of a signature. */
export function writeSignatureAlgorithm(algorithm: SigningAlgorithm): Buffer {
  const parameters = algorithm.keyType === "rsa" ? [write.nothing()] : [];
  return write.sequence(write.oid(algorithm.oid), ...parameters);
}

/** The AlgorithmIdentifier of a digest, without parameters (RFC 5754 §2). */
export function writeDigestAlgorithm(digest: DigestName): Buffer {
  return write.sequence(write.oid(oids[digest]));
}

/**
 * Whether the key of this scheme signed the data.
 * @param signature as X.509 has it: for ECDSA the DER of r and s
 * @throws SealwayError `certificate_unfit` for a key that is too weak for anything
 */
export function verifySignature(
  scheme: SignatureScheme,
  key: KeyObject,
  data: Uint8Array,
  signature: Uint8Array,
): boolean {
  checkKeyStrength(key);
  return key.asymmetricKeyType === scheme.keyType && verify(scheme.digest, data, key, signature);
}

/** Signs as X.509 has it (for ECDSA the DER of r and s), on this thread. */
export function signInline(algorithm: SigningAlgorithm, key: KeyObject, data: Uint8Array): Buffer {
  return sign(algorithm.digest, data, key);
}
