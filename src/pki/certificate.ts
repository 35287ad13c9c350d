import type { KeyObject } from "node:crypto";
import { sha256, toBase64Url } from "../core/bytes.ts";
import {
  algorithmOf,
  readSignatureScheme,
  type SignatureScheme,
  type SigningAlgorithm,
} from "./algorithms.ts";
import { type CertificateExtensions, extensionsTag, readExtensions } from "./certificate-extensions.ts";
import { constructedTag, DerError, type DerNode, parseDer, primitiveTag, tags } from "./der.ts";
import {
  DerFields,
  readBitString,
  readExplicit,
  readInteger,
  readSmallInteger,
  readTime,
} from "./der-reader.ts";
import { readName, type SubjectAttributes } from "./distinguished-name.ts";
import { parsePem, writePem } from "./pem.ts";
import { readPublicKey } from "./public-key.ts";

/** What the issuer of a certificate signed (RFC 5280 §4.1.2). */
export interface TbsCertificate extends Readonly<CertificateExtensions> {
  /** The content octets of the INTEGER, as OCSP and CMS compare them. */
  readonly serial: Buffer;
  /** The Name of the issuer in DER; names are compared as bytes. */
  readonly issuer: Buffer;
  /** The Name of the subject in DER. */
  readonly subject: Buffer;
  readonly subjectAttributes: SubjectAttributes;
  /** SubjectPublicKeyInfo in DER. */
  readonly spki: Buffer;
  /** The octets of subjectPublicKey, of which OCSP takes the SHA-1 (RFC 6960 §4.1.1). */
  readonly publicKeyBits: Buffer;
  /** Milliseconds since the epoch; both ends belong to the validity. */
  readonly notBefore: number;
  readonly notAfter: number;
}

/** An X.509 v3 certificate (RFC 5280 §4.1). Parsing costs up to 0.3 ms: keep it, keyed by its fingerprint. */
export interface Certificate extends TbsCertificate {
  readonly der: Buffer;
  /** base64url of the SHA-256 of `der`, as `x5t#S256` (RFC 7515 §4.1.8). */
  readonly fingerprint: string;
  /** The DER of TBSCertificate as received. */
  readonly tbs: Buffer;
  readonly signatureScheme: SignatureScheme;
  readonly signature: Buffer;
  /**
   * The key, made at first use (0.2 ms) and kept.
   * @throws DerError when the key cannot be read
   */
  readonly publicKey: KeyObject;
  /**
   * What the key signs messages with.
   * @throws SealwayError `certificate_unfit` when it may not sign messages
   */
  readonly algorithm: SigningAlgorithm;
}

/** Bytes; real certificates have 600 to 2,500. */
const maxLength = 16_384;

/**
 * Parses one certificate in DER (attacker-controlled); nothing is judged, only read.
 * @throws DerError for anything but one X.509 v3 certificate whose critical extensions are all known
 */
export function parseCertificate(bytes: Uint8Array): Certificate {
  const path = "Certificate";
  // Not out of the pool: a certificate that is kept for long would keep the 8 KiB around it, of which it is a tenth.
  const der = Buffer.allocUnsafeSlow(bytes.length);
  der.set(bytes);
  const fields = new DerFields(parseDer(der, path, { maxLength }), path);
  const tbs = fields.required(tags.sequence, "tbsCertificate");
  const algorithm = fields.required(tags.sequence, "signatureAlgorithm");
  const signature = readBitString(fields.any("signatureValue"), `${path}.signatureValue`);
  fields.end();
  const signatureScheme = readSignatureScheme(algorithm, `${path}.signatureAlgorithm`);
  const fingerprint = toBase64Url(sha256(der));
  return withKey({ der, fingerprint, ...readTbs(tbs, algorithm), tbs: tbs.der, signatureScheme, signature });
}

function withKey(fields: Omit<Certificate, "publicKey" | "algorithm">): Certificate {
  let key: KeyObject | undefined;
  let algorithm: SigningAlgorithm | undefined;
  return {
    ...fields,
    get publicKey() {
      key ??= readPublicKey(fields.spki, "Certificate.tbsCertificate.subjectPublicKeyInfo");
      return key;
    },
    get algorithm() {
      algorithm ??= algorithmOf(this.publicKey);
      return algorithm;
    },
  };
}

function readTbs(node: DerNode, algorithm: DerNode): TbsCertificate {
  const path = "Certificate.tbsCertificate";
  const fields = new DerFields(node, path);
  const version = fields.required(constructedTag(0), "version");
  if (readSmallInteger(readExplicit(version, path), `${path}.version`) !== 2) {
    throw new DerError(`${path}.version`, "not version 3");
  }
  const serial = readInteger(fields.any("serialNumber"), `${path}.serialNumber`);
  if (serial.length > 20 || serial[0]! >= 0x80) throw new DerError(`${path}.serialNumber`, "out of range");
  const inner = fields.required(tags.sequence, "signature");
  if (!inner.der.equals(algorithm.der))
    throw new DerError(`${path}.signature`, "differs from the outer algorithm");
  const issuer = fields.required(tags.sequence, "issuer");
  readName(issuer, `${path}.issuer`);
  const validity = new DerFields(fields.any("validity"), `${path}.validity`);
  const notBefore = readTime(validity.any("notBefore"), `${path}.notBefore`);
  const notAfter = readTime(validity.any("notAfter"), `${path}.notAfter`);
  validity.end();
  const subject = fields.required(tags.sequence, "subject");
  const spki = fields.required(tags.sequence, "subjectPublicKeyInfo");
  fields.optional(primitiveTag(1));
  fields.optional(primitiveTag(2));
  const extensions = fields.optional(extensionsTag);
  fields.end();
  return {
    serial,
    issuer: issuer.der,
    subject: subject.der,
    subjectAttributes: readName(subject, `${path}.subject`),
    spki: spki.der,
    publicKeyBits: readKeyBits(spki, `${path}.subjectPublicKeyInfo`),
    notBefore,
    notAfter,
    ...readExtensions(extensions && readExplicit(extensions, path), `${path}.extensions`),
  };
}

function readKeyBits(spki: DerNode, path: string): Buffer {
  const fields = new DerFields(spki, path);
  fields.required(tags.sequence, "algorithm");
  const bits = readBitString(fields.any("subjectPublicKey"), `${path}.subjectPublicKey`);
  fields.end();
  return bits;
}

/** The certificates of a PEM file, in order. @throws DerError when there is none or one is malformed */
export function parseCertificatesPem(text: string): Certificate[] {
  return parsePem(text, "CERTIFICATE").map(parseCertificate);
}

/** The certificates as a PEM file. */
export function writeCertificatesPem(certificates: readonly Certificate[]): string {
  return certificates.map(({ der }) => writePem("CERTIFICATE", der)).join("");
}
