import { readDigestAlgorithm } from "./algorithms.ts";
import { constructedTag, DerError, type DerNode, parseDer, primitiveTag, tags } from "./der.ts";
import {
  DerFields,
  readExplicit,
  readFlag,
  readGeneralizedTime,
  readInteger,
  readOctets,
  readOid,
  readSequence,
  readSmallInteger,
} from "./der-reader.ts";
import * as write from "./der-writer.ts";
import { oids } from "./oids.ts";
import { parseSignedData, revocationValues, type SignedData, signedDataNode } from "./signed-data.ts";
import type { Imprint } from "./timestamp-request.ts";

/** TSTInfo (RFC 3161 §2.4.2), as read, nothing judged. */
export interface TstInfo {
  /** Dotted. */
  readonly policy: string;
  readonly imprint: Imprint;
  /** Unique per TSA; the content octets of the INTEGER. */
  readonly serial: Buffer;
  /** Milliseconds since the epoch. */
  readonly genTime: number;
  /** `genTime` is right within this many milliseconds, before and after; undefined when the TSA does not tell. */
  readonly accuracyMs: number | undefined;
  /** The content octets of the INTEGER. */
  readonly nonce: Buffer | undefined;
}

/** A TimeStampToken: CMS SignedData around TSTInfo. `info` is undefined when the content is something else. */
export interface TimestampToken {
  readonly signedData: SignedData;
  readonly info: TstInfo | undefined;
}

/**
 * Parses a TimeStampToken (attacker-controlled), the ContentInfo and not the response around it.
 * @throws DerError for anything but one SignedData in DER, or a TSTInfo that is malformed
 */
export function parseTimestampToken(der: Uint8Array): TimestampToken {
  const signedData = parseSignedData(der);
  const isTimestamp = signedData.contentType === oids.tstInfo;
  return { signedData, info: isTimestamp ? readTstInfo(parseDer(signedData.content, "TSTInfo")) : undefined };
}

function readTstInfo(node: DerNode): TstInfo {
  const path = "TSTInfo";
  const fields = new DerFields(node, path);
  if (readSmallInteger(fields.any("version"), `${path}.version`) !== 1)
    throw new DerError(path, "not version 1");
  const policy = readOid(fields.any("policy"), `${path}.policy`);
  const imprint = readImprint(fields.any("messageImprint"), `${path}.messageImprint`);
  const serial = readInteger(fields.any("serialNumber"), `${path}.serialNumber`);
  const genTime = readGeneralizedTime(fields.any("genTime"), `${path}.genTime`);
  const accuracy = fields.optional(tags.sequence);
  readFlag(fields.optional(tags.boolean), `${path}.ordering`);
  const nonce = fields.optional(tags.integer);
  fields.optional(constructedTag(0));
  const extensions = fields.optional(constructedTag(1));
  fields.end();
  if (extensions !== undefined) checkNoneCritical(extensions, `${path}.extensions`);
  return {
    policy,
    imprint,
    serial,
    genTime,
    accuracyMs: accuracy && readAccuracy(accuracy, `${path}.accuracy`),
    nonce: nonce && readInteger(nonce, `${path}.nonce`),
  };
}

/** Reads a MessageImprint; its digest is one that the tables accept, with or without NULL. */
export function readImprint(node: DerNode, path: string): Imprint {
  const fields = new DerFields(node, path);
  const digest = readDigestAlgorithm(fields.any("hashAlgorithm"), `${path}.hashAlgorithm`);
  const value = readOctets(fields.any("hashedMessage"), `${path}.hashedMessage`);
  fields.end();
  return { digest, value };
}

function readAccuracy(node: DerNode, path: string): number {
  const fields = new DerFields(node, path);
  const part = (tag: number) => {
    const field = fields.optional(tag);
    return field === undefined ? 0 : readSmallInteger(field, path, tag);
  };
  const milliseconds = part(tags.integer) * 1000 + part(primitiveTag(0)) + part(primitiveTag(1)) / 1000;
  fields.end();
  return milliseconds;
}

function checkNoneCritical(extensions: DerNode, path: string): void {
  for (const extension of extensions.children) {
    const fields = new DerFields(extension, path);
    const oid = readOid(fields.any("extnID"), path);
    if (readFlag(fields.optional(tags.boolean), path)) {
      throw new DerError(path, `critical extension ${oid} is not known here`);
    }
  }
}

/** What is to stand in a token beside what the TSA put there: certificates and OCSPResponses in DER. */
export interface TokenAdditions {
  readonly certificates: readonly Buffer[];
  readonly ocspResponses: readonly Buffer[];
  /**
   * To which `certificates` lead: whoever verifies has it, and a token of each batch needs no others than those. What
   * the TSA sent beside is taken out, and what of all these a responder sent along.
   */
  readonly anchor?: Buffer;
}

/**
 * The token with certificates and revocation data added where the signature does not reach. OCSP responses go
 * into the signer's unsigned attribute `revocation-values` (RFC 5126 §6.3.4) and not into `crls` (RFC 5940):
 * `openssl ts` cannot read a token with anything but CRLs there, DSS reads both.
 * Whatever is hashed over the token must be hashed afterwards.
 * @param der a token with one signer and no unsigned attributes, as TSAs issue them
 * @throws DerError when the token is not such a one, or a response is no basic one
 */
export function extendTimestampToken(der: Uint8Array, additions: TokenAdditions): Buffer {
  const path = "SignedData";
  const node = signedDataNode(der);
  const fields = new DerFields(node, path);
  const head = [fields.any("version"), fields.any("digestAlgorithms"), fields.any("encapContentInfo")];
  const certificates = fields.optional(constructedTag(0));
  const crls = fields.optional(constructedTag(1));
  const [signer, ...others] = fields.required(tags.set, "signerInfos").children;
  fields.end();
  if (signer === undefined || others.length > 0)
    throw new DerError(path, "the token has not exactly one signer");
  const sent = certificates?.children.map((certificate) => certificate.der) ?? [];
  const present = additions.anchor === undefined ? sent : [];
  const added = additions.certificates.filter((one) => !contains(present, one));
  return write.sequence(
    write.oid(oids.signedData),
    write.explicit(
      0,
      write.sequence(
        ...head.map((field) => field.der),
        write.implicit(0, write.setOf(...present, ...added)),
        ...(crls === undefined ? [] : [crls.der]),
        write.setOf(withRevocationValues(signer, additions)),
      ),
    ),
  );
}

function contains(list: readonly Buffer[], one: Buffer): boolean {
  return list.some((other) => other.equals(one));
}

function withRevocationValues(
  signer: DerNode,
  { ocspResponses, anchor, certificates }: TokenAdditions,
): Buffer {
  const path = "SignedData.signerInfos";
  if (signer.children.at(-1)?.tag === constructedTag(1)) {
    throw new DerError(path, "the token has unsigned attributes already");
  }
  if (ocspResponses.length === 0) return signer.der;
  const elsewhere = anchor === undefined ? [] : [anchor, ...certificates];
  const basic = ocspResponses.map((response) => basicResponse(response, elsewhere));
  const values = write.sequence(write.explicit(1, write.sequence(...basic)));
  const attribute = write.sequence(write.oid(revocationValues), write.setOf(values));
  return write.sequence(
    ...signer.children.map((child) => child.der),
    write.implicit(1, write.setOf(attribute)),
  );
}

/** The BasicOCSPResponse inside an OCSPResponse (RFC 6960 §4.2.1), without the certificates that stand elsewhere. */
function basicResponse(response: Buffer, elsewhere: readonly Buffer[]): Buffer {
  const path = "OCSPResponse";
  const fields = new DerFields(parseDer(response, path), path);
  fields.required(tags.enumerated, "responseStatus");
  const bytes = new DerFields(readExplicit(fields.required(constructedTag(0), "responseBytes"), path), path);
  if (readOid(bytes.any("responseType"), path) !== oids.ocspBasic)
    throw new DerError(path, "no basic response");
  const basic = readOctets(bytes.any("response"), path);
  return elsewhere.length === 0 ? basic : withoutCertificates(basic, elsewhere);
}

/** They are beside what is signed. */
function withoutCertificates(basic: Buffer, elsewhere: readonly Buffer[]): Buffer {
  const path = "BasicOCSPResponse";
  const fields = new DerFields(parseDer(basic, path), path);
  const signed = [fields.any("tbsResponseData"), fields.any("signatureAlgorithm"), fields.any("signature")];
  const certs = fields.optional(constructedTag(0));
  fields.end();
  const sent = certs === undefined ? [] : readSequence(readExplicit(certs, path), path).map(({ der }) => der);
  const kept = sent.filter((certificate) => !contains(elsewhere, certificate));
  return write.sequence(
    ...signed.map(({ der }) => der),
    ...(kept.length === 0 ? [] : [write.explicit(0, write.sequence(...kept))]),
  );
}
