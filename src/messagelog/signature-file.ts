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
): Buffer {
  const xVals = element({ xVals: [{ x509Cert: { val: certificate.issuerDer.toString("base64") } }] });
  const rVals = element({ rVals: { ocspVals: ocsp.map(({ der }) => ({ val: der.toString("base64") })) } });
  return Buffer.from(`","header":{"etsiU":["${xVals}","${rVals}"]}}`);
}

/**
 * The bytes of `signature.jws.json`.
 * @param compact ASCII of the compact signature
 * @param unprotected from `unprotectedPart`
 */
export function signatureFile(compact: Buffer, unprotected: Buffer): Buffer {
  const file = Buffer.alloc(signatureFileLength(compact, unprotected));
  writeSignatureFile(file, compact, unprotected);
  return file;
}

const start = Buffer.from('{"protected":"');
const middle = Buffer.from('","signature":"');

export function signatureFileLength(compact: Buffer, unprotected: Buffer): number {
  return start.length + compact.length - separator.length + middle.length + unprotected.length;
}

/** As `signatureFile`, into memory that is used again and again. @returns the length */
export function writeSignatureFile(target: Buffer, compact: Buffer, unprotected: Buffer): number {
  const split = compact.indexOf(separator);
  let end = start.copy(target, 0);
  end += compact.copy(target, end, 0, split);
  end += middle.copy(target, end);
  end += compact.copy(target, end, split + separator.length);
  end += unprotected.copy(target, end);
  return end;
}

function element(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
