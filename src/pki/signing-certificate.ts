import { hashOf } from "../core/bytes.ts";
import { type DigestName, readDigestAlgorithm } from "./algorithms.ts";
import type { Certificate } from "./certificate.ts";
import { constructedTag, type DerNode, tags } from "./der.ts";
import { DerFields, readExplicit, readInteger, readOctets, readSequence } from "./der-reader.ts";
import { oids } from "./oids.ts";
import type { SignerId, SignerInfo } from "./signed-data.ts";

/** The signer's certificate by its digest, as the signer itself named it among the signed attributes. */
interface EssCertId {
  readonly digest: DigestName | "sha1";
  readonly certHash: Buffer;
  readonly issuerSerial: { readonly issuers: readonly Buffer[]; readonly serial: Buffer } | undefined;
}

export type SignerFinding =
  | "the token does not name the signer's certificate"
  | "the signer's certificate is not in the token"
  | "the signer identifier names another certificate";

/**
 * The certificate that signed, among those sent along: by ESSCertIDv2 (RFC 5816 §2.2.1), or the ESSCertID of
 * RFC 3161; never by its place. Without that attribute another certificate of the same key could be put in.
 * @throws DerError when the attribute is malformed
 */
export function findNamedSigner(
  signer: SignerInfo,
  candidates: readonly Certificate[],
): Certificate | SignerFinding {
  const attributes = signer.signedAttributes;
  const v2 = attributes?.get(oids.signingCertificateV2);
  const v1 = attributes?.get(oids.signingCertificate);
  const named = v2 ? readCertIds(v2, "v2") : v1 && readCertIds(v1, "v1");
  if (named === undefined) return "the token does not name the signer's certificate";
  const certificate = candidates.find((one) => hashOf(named.digest, one.der).equals(named.certHash));
  if (certificate === undefined) return "the signer's certificate is not in the token";
  const agrees = isNamedBy(certificate, signer.signerId) && fitsIssuerSerial(certificate, named.issuerSerial);
  return agrees ? certificate : "the signer identifier names another certificate";
}

/** Reads SigningCertificate or SigningCertificateV2; the first entry is the signer's. */
function readCertIds(node: DerNode, version: "v1" | "v2"): EssCertId | undefined {
  const path = "SigningCertificate";
  const fields = new DerFields(node, path);
  const [first] = readSequence(fields.any("certs"), `${path}.certs`);
  if (first === undefined) return undefined;
  const certId = new DerFields(first, `${path}.certs`);
  const algorithm = version === "v2" ? certId.optional(tags.sequence) : undefined;
  const certHash = readOctets(certId.any("certHash"), `${path}.certHash`);
  const issuerSerial = certId.optional(tags.sequence);
  certId.end();
  const implied = version === "v2" ? "sha256" : "sha1";
  return {
    digest: algorithm === undefined ? implied : readDigestAlgorithm(algorithm, `${path}.hashAlgorithm`),
    certHash,
    issuerSerial: issuerSerial && readIssuerSerial(issuerSerial, `${path}.issuerSerial`),
  };
}

function readIssuerSerial(node: DerNode, path: string): EssCertId["issuerSerial"] {
  const fields = new DerFields(node, path);
  const names = readSequence(fields.any("issuer"), `${path}.issuer`);
  const serial = readInteger(fields.any("serialNumber"), `${path}.serialNumber`);
  fields.end();
  const directoryNames = names.filter(({ tag }) => tag === constructedTag(4));
  return { issuers: directoryNames.map((name) => readExplicit(name, path).der), serial };
}

function isNamedBy(certificate: Certificate, id: SignerId): boolean {
  if (id.by === "key") return certificate.subjectKeyId?.equals(id.keyId) ?? false;
  return certificate.issuer.equals(id.issuer) && certificate.serial.equals(id.serial);
}

function fitsIssuerSerial(certificate: Certificate, named: EssCertId["issuerSerial"]): boolean {
  if (named === undefined) return true;
  return (
    certificate.serial.equals(named.serial) && named.issuers.some((name) => name.equals(certificate.issuer))
  );
}
