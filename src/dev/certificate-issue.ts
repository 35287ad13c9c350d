import { hash, type KeyObject, randomBytes } from "node:crypto";
import { algorithmOf, signInline, writeSignatureAlgorithm } from "../pki/algorithms.ts";
import { type AlternativeNames, writeAlternativeNames } from "../pki/alternative-names.ts";
import { type Certificate, parseCertificate } from "../pki/certificate.ts";
import { type KeyUsage, keyUsages, writeExtension } from "../pki/certificate-extensions.ts";
import { primitiveTag } from "../pki/der.ts";
import * as write from "../pki/der-writer.ts";
import { type SubjectAttributes, writeName } from "../pki/distinguished-name.ts";
import { oids } from "../pki/oids.ts";
import type { SealClass } from "../pki/seal-class.ts";

/** What a certificate shall say; what is left out is left out of the certificate. */
export interface CertificateTemplate {
  readonly subject: SubjectAttributes;
  readonly publicKey: KeyObject;
  /** Milliseconds since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly keyUsage: readonly KeyUsage[];
  readonly extendedKeyUsage?: {
    readonly critical: "critical" | "optional";
    readonly oids: readonly string[];
  };
  /** Given for a CA, with the number of CAs that may follow below it. */
  readonly ca?: { readonly pathLength?: number };
  readonly alternativeNames?: AlternativeNames;
  readonly ocspUrl?: string;
  readonly ocspNoCheck?: "no-check";
  /** Stated to be qualified for seals, with a key in a file or on a device. */
  readonly qualified?: Exclude<SealClass, "advanced">;
}

/** The CA's certificate, or the subject itself for a self-signed one, and the key that signs. */
export interface Issuer {
  readonly certificate: Certificate | "self";
  readonly privateKey: KeyObject;
}

/** Issues a certificate as RFC 5280 wants it, with a random serial number of 9 bytes. */
export function issueCertificate(template: CertificateTemplate, issuer: Issuer): Certificate {
  const algorithm = algorithmOf(issuer.privateKey);
  const signatureAlgorithm = writeSignatureAlgorithm(algorithm);
  const spki = template.publicKey.export({ type: "spki", format: "der" });
  const subject = writeName(template.subject);
  const tbs = write.sequence(
    write.explicit(0, write.integer(2)),
    write.integer(randomSerial()),
    signatureAlgorithm,
    issuer.certificate === "self" ? subject : issuer.certificate.subject,
    write.sequence(write.time(template.notBefore), write.time(template.notAfter)),
    subject,
    spki,
    write.explicit(3, write.sequence(...extensions(template, spki, issuer.certificate))),
  );
  const signature = signInline(algorithm, issuer.privateKey, tbs);
  return parseCertificate(write.sequence(tbs, signatureAlgorithm, write.bitString(signature)));
}

/** Positive, always of one length, with more than the 64 random bits that CAs owe; evidence records hold it five times. */
function randomSerial(): Buffer {
  const serial = randomBytes(9);
  serial[0] = 0x40 | (serial[0]! & 0x3f);
  return serial;
}

function* extensions(
  template: CertificateTemplate,
  spki: Buffer,
  issuer: Certificate | "self",
): Generator<Buffer> {
  const { ca, alternativeNames, extendedKeyUsage, ocspUrl } = template;
  const keyId = keyIdentifier(spki);
  const issuerKeyId = issuer === "self" ? keyId : (issuer.subjectKeyId ?? keyIdentifier(issuer.spki));
  const bits = template.keyUsage.map((usage) => keyUsages.indexOf(usage));
  if (ca !== undefined)
    yield writeExtension(oids.basicConstraints, "critical", basicConstraints(ca.pathLength));
  yield writeExtension(oids.keyUsage, "critical", write.namedBits(bits));
  yield writeExtension(oids.subjectKeyIdentifier, "optional", write.octetString(keyId));
  yield writeExtension(
    oids.authorityKeyIdentifier,
    "optional",
    write.sequence(write.value(primitiveTag(0), issuerKeyId)),
  );
  if (extendedKeyUsage !== undefined) {
    const purposes = write.sequence(...extendedKeyUsage.oids.map(write.oid));
    yield writeExtension(oids.extKeyUsage, extendedKeyUsage.critical, purposes);
  }
  if (alternativeNames !== undefined) {
    yield writeExtension(oids.subjectAltName, "optional", writeAlternativeNames(alternativeNames));
  }
  if (ocspUrl !== undefined) yield writeExtension(oids.authorityInfoAccess, "optional", ocspAccess(ocspUrl));
  if (template.qualified !== undefined)
    yield writeExtension(oids.qcStatements, "optional", qcStatements(template.qualified));
  if (template.ocspNoCheck !== undefined) yield writeExtension(oids.ocspNoCheck, "optional", write.nothing());
}

function basicConstraints(pathLength: number | undefined): Buffer {
  return write.sequence(
    write.boolean(true),
    ...(pathLength === undefined ? [] : [write.integer(pathLength)]),
  );
}

function qcStatements(sealClass: SealClass): Buffer {
  const device = sealClass === "qualified" ? [write.sequence(write.oid(oids.qcDevice))] : [];
  const type = write.sequence(write.oid(oids.qcType), write.sequence(write.oid(oids.qcTypeSeal)));
  return write.sequence(write.sequence(write.oid(oids.qcCompliance)), ...device, type);
}

function ocspAccess(url: string): Buffer {
  return write.sequence(write.sequence(write.oid(oids.adOcsp), write.implicit(6, write.ia5String(url))));
}

/** 64 bits of the SHA-256 of SubjectPublicKeyInfo: as RFC 7093 §2, method 4, as short as RFC 5280 §4.2.1.2, method 2. */
function keyIdentifier(spki: Buffer): Buffer {
  return hash("sha256", spki, "buffer").subarray(0, 8);
}
