import type { KeyObject } from "node:crypto";
import { SealwayError } from "../core/errors.ts";
import type { SigningAlgorithm } from "./algorithms.ts";
import type { Certificate } from "./certificate.ts";
import { ecdsaDerToRaw } from "./ecdsa-signature.ts";

/** The driver of one private key: a key file now, a hardware token behind the same lines. */
export interface KeyOperation {
  readonly publicKey: KeyObject;
  readonly algorithm: SigningAlgorithm;
  /** How many signatures the driver can work on at once; infinite for one that signs before it returns. */
  readonly concurrency: number;
  /**
   * Signs with the algorithm's digest, in the form of X.509 (for ECDSA the DER of r and s).
   * @throws whatever the driver has to say; the pool wraps it
   */
  signDer(data: Uint8Array): Buffer | Promise<Buffer>;
  /** Why the key cannot be used now, as far as is known without using it; a key in memory always can. */
  problem?(): string | undefined;
}

/** Signs messages for one member. */
export interface Signer {
  readonly certificate: Certificate;
  readonly algorithm: SigningAlgorithm;
  /**
   * @returns the signature in the form of JWS (RFC 7518 §3.3 and §3.4: r‖s for ES256)
   * @throws SealwayError `signer_unavailable` when the key fails, or more wait for it than may
   */
  sign(data: Uint8Array): Promise<Buffer>;
  /** Why it would fail now, as far as is known; asked before anything is done for which a signature is needed afterwards. */
  problem?(): string | undefined;
}

interface Waiting {
  readonly data: Uint8Array;
  readonly resolve: (signature: Buffer) => void;
  readonly reject: (error: unknown) => void;
}

// biome-ignore format: a table is read by its columns
const jwsForm: Readonly<Record<SigningAlgorithm["keyType"], (signature: Buffer) => Buffer>> = {
  ec:  ecdsaDerToRaw,
  rsa: (signature) => signature,
};

/**
 * A signer over one key: as many signatures at once as its driver takes, a queue of bounded length behind
 * them, so that a slow token delays its own member and fills no memory.
 */
export class SignerPool implements Signer {
  readonly certificate: Certificate;
  readonly algorithm: SigningAlgorithm;
  readonly #operation: KeyOperation;
  readonly #queueLimit: number;
  readonly #waiting: Waiting[] = [];
  #running = 0;

  /**
   * @param queueLimit signatures that may wait while the driver is busy
   * @throws SealwayError `signer_unavailable` unless the key is the certificate's
   */
  constructor(certificate: Certificate, operation: KeyOperation, queueLimit = 256) {
    if (!operation.publicKey.equals(certificate.publicKey)) {
      throw new SealwayError("signer_unavailable", "the private key does not belong to the certificate");
    }
    this.certificate = certificate;
    this.algorithm = operation.algorithm;
    this.#operation = operation;
    this.#queueLimit = queueLimit;
  }

  sign(data: Uint8Array): Promise<Buffer> {
    if (this.#running < this.#operation.concurrency) return this.#run(data);
    if (this.#waiting.length >= this.#queueLimit) {
      return Promise.reject(new SealwayError("signer_unavailable", "too many signatures wait for the key"));
    }
    return new Promise((resolve, reject) => this.#waiting.push({ data, resolve, reject }));
  }

  problem(): string | undefined {
    return this.#operation.problem?.();
  }

  async #run(data: Uint8Array): Promise<Buffer> {
    this.#running++;
    try {
      return jwsForm[this.algorithm.keyType](await this.#operation.signDer(data));
    } catch (cause) {
      throw new SealwayError("signer_unavailable", "the key made no signature", { cause });
    } finally {
      this.#running--;
      const next = this.#waiting.shift();
      if (next !== undefined) this.#run(next.data).then(next.resolve, next.reject);
    }
  }
}
