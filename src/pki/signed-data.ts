import {
  type DigestName,
  readDigestAlgorithm,
  readSignatureScheme,
  type SignatureScheme,
} from "./algorithms.ts";
import { constructedTag, DerError, type DerNode, parseDer, primitiveTag, tags } from "./der.ts";
import {
  DerFields,
  readExplicit,
  readInteger,
  readOctets,
  readOid,
  readSequence,
  readSetOf,
  readSmallInteger,
} from "./der-reader.ts";
import * as write from "./der-writer.ts";
import { oids } from "./oids.ts";

/** CMS SignedData with its content inside (RFC 5652 §5.1), as read, nothing judged. */
export interface SignedData {
  readonly contentType: string;
  readonly content: Buffer;
  /** Certificates in DER, not parsed; their order says nothing. */
  readonly certificates: readonly Buffer[];
  /** OCSPResponses in DER, from `crls` (RFC 5940) and from the signers' `revocation-values` (RFC 5126 §6.3.4). */
  readonly ocspResponses: readonly Buffer[];
  /** CertificateLists in DER, from the same places. */
  readonly crls: readonly Buffer[];
  readonly signers: readonly SignerInfo[];
}

export interface SignerInfo {
  readonly signerId: SignerId;
  readonly digest: DigestName;
  /** By their type; undefined when there are none, since then the signature is over the content itself. */
  readonly signedAttributes: ReadonlyMap<string, DerNode> | undefined;
  /** The signed attributes as they are signed: the received bytes with the tag of SET OF (RFC 5652 §5.4). */
  readonly signedBytes: Buffer;
  readonly signatureScheme: SignatureScheme;
  readonly signature: Buffer;
}

export type SignerId =
  | { readonly by: "serial"; readonly issuer: Buffer; readonly serial: Buffer }
  | { readonly by: "key"; readonly keyId: Buffer };

/** `id-ri-ocsp-response` (RFC 5940 §2.1). */
const riOcspResponse = "1.3.6.1.5.5.7.16.2";
/** `id-aa-ets-revocationValues` (RFC 5126 §6.3.4). */
export const revocationValues = "1.2.840.113549.1.9.16.2.24";

const limits = { maxLength: 65_536, maxDepth: 32 };
const mostElements = 32;

/**
 * Parses a ContentInfo with SignedData (attacker-controlled).
 * @throws DerError for anything but one such value in DER
 */
export function parseSignedData(der: Uint8Array): SignedData {
  const path = "SignedData";
  const fields = new DerFields(signedDataNode(der), path);
  readSmallInteger(fields.any("version"), `${path}.version`);
  capped(fields.required(tags.set, "digestAlgorithms"), path);
  const encapsulated = new DerFields(fields.any("encapContentInfo"), `${path}.encapContentInfo`);
  const contentType = readOid(encapsulated.any("eContentType"), `${path}.eContentType`);
  const octets = readExplicit(encapsulated.required(constructedTag(0), "eContent"), `${path}.eContent`);
  encapsulated.end();
  const certificates = capped(fields.optional(constructedTag(0)), `${path}.certificates`);
  const revocations = capped(fields.optional(constructedTag(1)), `${path}.crls`);
  const signers = capped(fields.required(tags.set, "signerInfos"), `${path}.signerInfos`);
  fields.end();
  const unsigned = signers.map((signer) => readUnsigned(signer, `${path}.signerInfos`));
  return {
    contentType,
    content: readOctets(octets, `${path}.eContent`),
    certificates: certificates.map((certificate) => certificate.der),
    ocspResponses: [
      ...revocations.flatMap((one) => readOtherRevocation(one, `${path}.crls`)),
      ...unsigned.flatMap(({ ocspResponses }) => ocspResponses),
    ],
    crls: [
      ...revocations.filter(({ tag }) => tag === tags.sequence).map((list) => list.der),
      ...unsigned.flatMap(({ crls }) => crls),
    ],
    signers: signers.map((signer) => readSigner(signer, `${path}.signerInfos`)),
  };
}

/** The SignedData inside a ContentInfo. */
export function signedDataNode(der: Uint8Array): DerNode {
  const path = "ContentInfo";
  const fields = new DerFields(parseDer(Buffer.from(der), path, limits), path);
  const type = readOid(fields.any("contentType"), `${path}.contentType`);
  if (type !== oids.signedData) throw new DerError(path, "no SignedData");
  const content = readExplicit(fields.required(constructedTag(0), "content"), `${path}.content`);
  fields.end();
  return content;
}

/** Elements of a SET OF whose order many writers do not sort (nothing signed depends on it). */
function capped(node: DerNode | undefined, path: string): readonly DerNode[] {
  const elements = node?.children ?? [];
  if (elements.length > mostElements) throw new DerError(path, "too many elements");
  return elements;
}

function readOtherRevocation(node: DerNode, path: string): Buffer[] {
  if (node.tag !== constructedTag(1)) return [];
  const fields = new DerFields(node, path, constructedTag(1));
  const format = readOid(fields.any("otherRevInfoFormat"), path);
  const info = fields.any("otherRevInfo");
  fields.end();
  return format === riOcspResponse ? [info.der] : [];
}

/** The fields of SignerInfo (RFC 5652 §5.3) that are read one by one below. */
function signerFields(node: DerNode, path: string) {
  const fields = new DerFields(node, path);
  readSmallInteger(fields.any("version"), `${path}.version`);
  const sid = fields.any("sid");
  const digestAlgorithm = fields.required(tags.sequence, "digestAlgorithm");
  const signedAttrs = fields.optional(constructedTag(0));
  const signatureAlgorithm = fields.required(tags.sequence, "signatureAlgorithm");
  const signature = fields.required(tags.octetString, "signature");
  const unsignedAttrs = fields.optional(constructedTag(1));
  fields.end();
  return { sid, digestAlgorithm, signedAttrs, signatureAlgorithm, signature, unsignedAttrs };
}

function readSigner(node: DerNode, path: string): SignerInfo {
  const fields = signerFields(node, path);
  const digest = readDigestAlgorithm(fields.digestAlgorithm, `${path}.digestAlgorithm`);
  const attributes = fields.signedAttrs;
  const signedBytes = Buffer.from(attributes?.der ?? []);
  if (attributes !== undefined) {
    // Signed as SET OF, sent as [0] IMPLICIT: an unsorted set would be signed in another order than it is sent.
    readSetOf(attributes, `${path}.signedAttrs`, constructedTag(0));
    signedBytes[0] = tags.set;
  }
  return {
    signerId: readSignerId(fields.sid, `${path}.sid`),
    digest,
    signedAttributes: attributes && readAttributes(attributes, `${path}.signedAttrs`),
    signedBytes,
    signatureScheme: readSignatureScheme(fields.signatureAlgorithm, `${path}.signatureAlgorithm`, digest),
    signature: readOctets(fields.signature, `${path}.signature`),
  };
}

function readSignerId(node: DerNode, path: string): SignerId {
  if (node.tag === primitiveTag(0)) return { by: "key", keyId: node.content };
  const fields = new DerFields(node, path);
  const issuer = fields.required(tags.sequence, "issuer").der;
  const serial = readInteger(fields.any("serialNumber"), `${path}.serialNumber`);
  fields.end();
  return { by: "serial", issuer, serial };
}

/** Attributes of one value each, by their type; one that occurs twice or has several values is refused. */
function readAttributes(node: DerNode, path: string): ReadonlyMap<string, DerNode> {
  const attributes = new Map<string, DerNode>();
  for (const attribute of capped(node, path)) {
    const fields = new DerFields(attribute, path);
    const type = readOid(fields.any("attrType"), `${path}.attrType`);
    const values = fields.required(tags.set, "attrValues").children;
    fields.end();
    if (attributes.has(type) || values.length !== 1)
      throw new DerError(path, `attribute ${type} is not single`);
    attributes.set(type, values[0]!);
  }
  return attributes;
}

function readUnsigned(signer: DerNode, path: string): { ocspResponses: Buffer[]; crls: Buffer[] } {
  const { unsignedAttrs } = signerFields(signer, path);
  const at = `${path}.unsignedAttrs`;
  const values = unsignedAttrs && readAttributes(unsignedAttrs, at).get(revocationValues);
  if (values === undefined) return { ocspResponses: [], crls: [] };
  const fields = new DerFields(values, at);
  const crls = fields.optional(constructedTag(0));
  const ocsp = fields.optional(constructedTag(1));
  return {
    crls: crls ? readSequence(readExplicit(crls, at), at).map((list) => list.der) : [],
    ocspResponses: ocsp
      ? readSequence(readExplicit(ocsp, at), at).map((one) => wrapBasicResponse(one.der))
      : [],
  };
}

/** The OCSPResponse around a BasicOCSPResponse, which CMS attributes hold without it. */
export function wrapBasicResponse(basic: Buffer): Buffer {
  const bytes = write.sequence(write.oid(oids.ocspBasic), write.octetString(basic));
  return write.sequence(write.enumerated(0), write.explicit(0, bytes));
}
