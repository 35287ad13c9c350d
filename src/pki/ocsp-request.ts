import { hashOf } from "../core/bytes.ts";
import { readAlgorithm } from "./algorithms.ts";
import type { Certificate } from "./certificate.ts";
import { DerError, type DerNode } from "./der.ts";
import { DerFields, readInteger, readNull, readOctets } from "./der-reader.ts";
import * as write from "./der-writer.ts";
import { oids } from "./oids.ts";

/** The two digests that name a certificate in OCSP. SHA-1 signs nothing here: it only is part of a name. */
export type CertIdDigest = "sha1" | "sha256";

/** CertID (RFC 6960 §4.1.1): a certificate by its issuer's name and key and its serial number. */
export interface CertId {
  readonly digest: CertIdDigest;
  readonly issuerNameHash: Buffer;
  readonly issuerKeyHash: Buffer;
  /** The content octets of the INTEGER. */
  readonly serial: Buffer;
}

const certIdDigests: { readonly [oid: string]: CertIdDigest } = {
  [oids.sha1]: "sha1",
  [oids.sha256]: "sha256",
};

/** The name of a certificate in OCSP. */
export function certIdOf(certificate: Certificate, issuer: Certificate, digest: CertIdDigest): CertId {
  return {
    digest,
    issuerNameHash: hashOf(digest, issuer.subject),
    issuerKeyHash: hashOf(digest, issuer.publicKeyBits),
    serial: certificate.serial,
  };
}

/** Reads a CertID (attacker-controlled). @throws DerError also for digests other than SHA-1 and SHA-256 */
export function readCertId(node: DerNode, path: string): CertId {
  const fields = new DerFields(node, path);
  const { oid, parameters } = readAlgorithm(fields.any("hashAlgorithm"), `${path}.hashAlgorithm`);
  const digest = certIdDigests[oid];
  if (digest === undefined) throw new DerError(path, `digest ${oid} is not accepted`);
  if (parameters !== undefined) readNull(parameters, `${path}.hashAlgorithm.parameters`);
  const issuerNameHash = readOctets(fields.any("issuerNameHash"), `${path}.issuerNameHash`);
  const issuerKeyHash = readOctets(fields.any("issuerKeyHash"), `${path}.issuerKeyHash`);
  const serial = readInteger(fields.any("serialNumber"), `${path}.serialNumber`);
  fields.end();
  return { digest, issuerNameHash, issuerKeyHash, serial };
}

/** Whether two names in the same digest name the same certificate. */
export function isSameCertId(a: CertId, b: CertId): boolean {
  return (
    a.digest === b.digest &&
    a.issuerNameHash.equals(b.issuerNameHash) &&
    a.issuerKeyHash.equals(b.issuerKeyHash) &&
    a.serial.equals(b.serial)
  );
}

/** CertID in DER; NULL parameters, as responders of all ages write them. */
export function writeCertId({ digest, issuerNameHash, issuerKeyHash, serial }: CertId): Buffer {
  return write.sequence(
    write.sequence(write.oid(oids[digest]), write.nothing()),
    write.octetString(issuerNameHash),
    write.octetString(issuerKeyHash),
    write.integer(serial),
  );
}

/** What a request for one certificate says. */
export interface OcspQuestion {
  readonly certificate: Certificate;
  readonly issuer: Certificate;
  /** At least 32 random bytes (RFC 9654 §2.1); none when the response is to be stapled, since it must be cached. */
  readonly nonce?: Buffer;
}

/**
 * An OCSPRequest for one certificate (RFC 6960 §4.1.1), unsigned, its CertID in SHA-1: the one digest that
 * every responder answers.
 * @throws RangeError for a nonce under 32 or over 128 bytes
 */
export function buildOcspRequest({ certificate, issuer, nonce }: OcspQuestion): Buffer {
  if (nonce !== undefined && (nonce.length < 32 || nonce.length > 128)) {
    throw new RangeError("an OCSP nonce has 32 to 128 bytes");
  }
  const request = write.sequence(writeCertId(certIdOf(certificate, issuer, "sha1")));
  const extensions = nonce === undefined ? [] : [write.explicit(2, write.sequence(writeNonce(nonce)))];
  return write.sequence(write.sequence(write.sequence(request), ...extensions));
}

/** The nonce as Extension (RFC 9654 §2.1): an OCTET STRING within the extension's own. */
export function writeNonce(nonce: Buffer): Buffer {
  return write.sequence(write.oid(oids.ocspNonce), write.octetString(write.octetString(nonce)));
}
