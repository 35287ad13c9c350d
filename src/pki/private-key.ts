import { createPublicKey, generateKeyPair, type KeyObject, sign } from "node:crypto";
import { availableParallelism } from "node:os";
import { promisify } from "node:util";
import { algorithmOf, leastRsaBits, type SigningAlgorithm, signInline } from "./algorithms.ts";
import type { KeyOperation } from "./signer.ts";

const generate = promisify(generateKeyPair);
const signInThreadPool = promisify(sign);

const generators: Readonly<Record<SigningAlgorithm["jws"], () => Promise<{ privateKey: KeyObject }>>> = {
  ES256: () => generate("ec", { namedCurve: "prime256v1" }),
  RS256: () => generate("rsa", { modulusLength: leastRsaBits }),
};

/** A new private key for this algorithm. */
export async function generatePrivateKey(jws: SigningAlgorithm["jws"] = "ES256"): Promise<KeyObject> {
  return (await generators[jws]()).privateKey;
}

/**
 * The driver of a key that this process holds.
 * @throws SealwayError `certificate_unfit` for a key that may not sign messages
 */
export function keyOperation(privateKey: KeyObject): KeyOperation {
  const algorithm = algorithmOf(privateKey);
  const publicKey = createPublicKey(privateKey);
  return algorithm.runs === "inline"
    ? {
        publicKey,
        algorithm,
        concurrency: Number.POSITIVE_INFINITY,
        signDer: (data) => signInline(algorithm, privateKey, data),
      }
    : {
        publicKey,
        algorithm,
        concurrency: availableParallelism(),
        signDer: (data) => signInThreadPool(algorithm.digest, data, privateKey),
      };
}
