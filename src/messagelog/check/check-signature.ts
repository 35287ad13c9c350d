import { verify } from "node:crypto";
import { promisify } from "node:util";
import { sha256Base64Url } from "../../core/bytes.ts";
import { parseSignature } from "../../message/signature-profile.ts";
import { type Certificate, parseCertificate } from "../../pki/certificate.ts";
import { ecdsaRawToDer } from "../../pki/ecdsa-signature.ts";
import type { StoredCertificate, StoredOcsp, StoredRecord } from "../message-store.ts";

const verifyInThreadPool = promisify(verify);

/** What is wrong with a record's signature; undefined when it is good. */
export type SignatureProblem = string | undefined;

/** Certificates are few and shared by many records: each is read once. */
export class SignatureCheck {
  readonly #certificates = new Map<string, Certificate | undefined>();

  /**
   * Verifies a record's signature with its stored certificate, in node's thread pool, and compares what it binds with
   * what is stored. Whose certificate it is, and whether it was good, is the business of `sealway verify`.
   */
  async problemOf(record: StoredRecord, exchangeSha256: Buffer): Promise<SignatureProblem> {
    const certificate = this.#certificate(record.certificate);
    if (certificate === undefined) return "the certificate cannot be read";
    try {
      const { header, value, compact } = parseSignature(record.signature);
      if (header.fingerprint !== record.certificate.sha256) return "it names another certificate";
      if (header.exchange !== exchangeSha256.toString("base64url")) return "the exchange document is another";
      if (header.head !== record.head.sha256.toString("base64url"))
        return "the digest of the head is another";
      const { algorithm, publicKey } = certificate;
      if (header.alg !== algorithm.jws) return "its algorithm is not that of the key";
      const input = Buffer.from(compact.slice(0, compact.indexOf(".") + 1), "latin1");
      if (algorithm.keyType === "ec" && value.length !== 64) return "an ES256 value has 64 bytes";
      const der = algorithm.keyType === "ec" ? ecdsaRawToDer(value) : value;
      return (await verifyInThreadPool(algorithm.digest, input, publicKey, der))
        ? undefined
        : "its value is wrong";
    } catch (error) {
      return (error as Error).message;
    }
  }

  #certificate({ sha256, der }: StoredCertificate): Certificate | undefined {
    if (!this.#certificates.has(sha256)) {
      let certificate: Certificate | undefined;
      try {
        certificate = parseCertificate(der);
      } catch {
        certificate = undefined;
      }
      this.#certificates.set(sha256, certificate);
    }
    return this.#certificates.get(sha256);
  }
}

/** The digests of certificates and responses, each taken once. */
export class DigestCheck {
  readonly #digests = new WeakMap<StoredCertificate | StoredOcsp, Buffer>();
  readonly #told = new Set<string>();

  /** SHA-256 of the DER. */
  of(stored: StoredCertificate | StoredOcsp): Buffer {
    let digest = this.#digests.get(stored);
    if (digest === undefined) {
      digest = Buffer.from(sha256Base64Url(stored.der), "base64url");
      this.#digests.set(stored, digest);
    }
    return digest;
  }

  /** @returns the name of one whose bytes are not what it names, the first time that it is met */
  changed(stored: StoredCertificate | StoredOcsp): string | undefined {
    if (this.#told.has(stored.sha256) || this.of(stored).toString("base64url") === stored.sha256)
      return undefined;
    this.#told.add(stored.sha256);
    return stored.sha256;
  }
}
