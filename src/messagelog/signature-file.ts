import { SealwayError } from "../core/errors.ts";
import type { StoredCertificate, StoredOcsp } from "./message-store.ts";

/*
 * The signature file of a message: the compact JWS as flattened JSON (RFC 7515 §7.2.2) with the unprotected
 * header `etsiU` of JAdES (ETSI TS 119 182-1 clause 5.3.1): xVals, the issuing CA, and rVals, the OCSP responses.
 * Elements are base64url of their JSON text, so that later additions need no canonical form. Equal inputs give
 * equal bytes: a time-stamp stands over them.
 */

const separator = "..";

/**
 * A signature that has not the form `protected..signature` would stop the sealing of the log: it is refused.
 * @throws SealwayError `internal_error`
 */
export function checkSignatureForm(compact: string): void {
  if (compact.indexOf(separator) <= 0 || compact.includes('"')) {
    throw new SealwayError("internal_error", "a record's signature is not a detached compact JWS");
  }
}

/**
 * What stands after the signature's value: the same for all messages of one certificate and one set of responses.
 * @param ocsp the stapled response first, then the one that the batch added, if it did
 */
export function unprotectedPart(
  certificate: Pick<StoredCertificate, "issuerDer">,
  ocsp: readonly Pick<StoredOcsp, "der">[],
): string {
  const xVals = element({ xVals: [{ x509Cert: { val: certificate.issuerDer.toString("base64") } }] });
  const rVals = element({ rVals: { ocspVals: ocsp.map(({ der }) => ({ val: der.toString("base64") })) } });
  return `","header":{"etsiU":["${xVals}","${rVals}"]}}`;
}

/** The bytes of `signature.jws.json`. @param unprotected from `unprotectedPart` */
export function signatureFile(compact: string, unprotected: string): Buffer {
  const split = compact.indexOf(separator);
  const header = compact.slice(0, split);
  const value = compact.slice(split + separator.length);
  return Buffer.from(`{"protected":"${header}","signature":"${value}${unprotected}`, "latin1");
}

function element(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
