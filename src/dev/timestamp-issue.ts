import { hash, type KeyObject, randomBytes } from "node:crypto";
import { algorithmOf, signInline, writeDigestAlgorithm, writeSignatureAlgorithm } from "../pki/algorithms.ts";
import type { Certificate } from "../pki/certificate.ts";
import { constructedTag, DerError, parseDer, tags } from "../pki/der.ts";
import { DerFields, readFlag, readInteger, readOid, readSmallInteger } from "../pki/der-reader.ts";
import * as write from "../pki/der-writer.ts";
import { oids } from "../pki/oids.ts";
import { type Imprint, writeImprint } from "../pki/timestamp-request.ts";
import { readImprint } from "../pki/timestamp-token.ts";

/** A TimeStampReq as read (RFC 3161 §2.4.1). */
export interface TimestampRequest {
  readonly imprint: Imprint;
  readonly policy: string | undefined;
  readonly nonce: Buffer | undefined;
  readonly wantsCertificates: boolean;
}

/** Parses a TimeStampReq. @throws DerError when it is malformed or has an extension */
export function parseTimestampRequest(der: Uint8Array): TimestampRequest {
  const path = "TimeStampReq";
  const fields = new DerFields(parseDer(der, path), path);
  if (readSmallInteger(fields.any("version"), path) !== 1) throw new DerError(path, "not version 1");
  const imprint = readImprint(fields.any("messageImprint"), `${path}.messageImprint`);
  const policy = fields.optional(tags.oid);
  const nonce = fields.optional(tags.integer);
  const wantsCertificates = readFlag(fields.optional(tags.boolean), `${path}.certReq`);
  fields.end();
  return {
    imprint,
    policy: policy && readOid(policy, path),
    nonce: nonce && readInteger(nonce, path),
    wantsCertificates,
  };
}

/** What a token shall say. */
export interface TokenTemplate {
  readonly imprint: Imprint;
  readonly policy: string;
  /** Milliseconds since the epoch. */
  readonly genTime: number;
  readonly nonce: Buffer | undefined;
  /** Certificates to put into the token, in DER. */
  readonly certificates: readonly Buffer[];
}

/** The certificate that the token names, and the key that signs. */
export interface TokenSigner {
  readonly certificate: Certificate;
  readonly privateKey: KeyObject;
}

/** A TimeStampToken with a random serial number and an accuracy of one second. */
export function issueTimestampToken(
  template: TokenTemplate,
  { certificate, privateKey }: TokenSigner,
): Buffer {
  const algorithm = algorithmOf(privateKey);
  const digestAlgorithm = writeDigestAlgorithm(algorithm.digest);
  const content = tstInfo(template);
  const attributes = write.setOf(
    attribute(oids.contentType, write.oid(oids.tstInfo)),
    attribute(oids.messageDigest, write.octetString(hash(algorithm.digest, content, "buffer"))),
    attribute(oids.signingCertificateV2, signingCertificate(certificate)),
  );
  const signerInfo = write.sequence(
    write.integer(1),
    write.sequence(certificate.issuer, write.integer(certificate.serial)),
    digestAlgorithm,
    write.implicit(0, attributes),
    writeSignatureAlgorithm(algorithm),
    write.octetString(signInline(algorithm, privateKey, attributes)),
  );
  const { certificates } = template;
  const signedData = write.sequence(
    write.integer(3),
    write.setOf(digestAlgorithm),
    write.sequence(write.oid(oids.tstInfo), write.explicit(0, write.octetString(content))),
    ...(certificates.length === 0 ? [] : [write.value(constructedTag(0), ...certificates)]),
    write.setOf(signerInfo),
  );
  return write.sequence(write.oid(oids.signedData), write.explicit(0, signedData));
}

function tstInfo({ imprint, policy, genTime, nonce }: TokenTemplate): Buffer {
  return write.sequence(
    write.integer(1),
    write.oid(policy),
    writeImprint(imprint),
    write.integer(randomBytes(8)),
    write.generalizedTime(genTime),
    write.sequence(write.integer(1)),
    ...(nonce === undefined ? [] : [write.value(tags.integer, nonce)]),
  );
}

function attribute(type: string, value: Buffer): Buffer {
  return write.sequence(write.oid(type), write.setOf(value));
}

/** SigningCertificateV2 with its one certificate (RFC 5816 §2.2.1), without what is optional: each record holds it. */
function signingCertificate({ der }: Certificate): Buffer {
  const certId = write.sequence(write.octetString(hash("sha256", der, "buffer")));
  return write.sequence(write.sequence(certId));
}

/** A TimeStampResp that grants the token (RFC 3161 §2.4.2). */
export function grantTimestamp(token: Buffer): Buffer {
  return write.sequence(write.sequence(write.integer(0)), token);
}

/** A TimeStampResp that rejects; the bit of PKIFailureInfo: 0 badAlg, 2 badRequest, 5 badDataFormat, 15 unacceptedPolicy. */
export function rejectTimestamp(failure: 0 | 2 | 5 | 15, text: string): Buffer {
  const status = [write.integer(2), write.sequence(write.utf8String(text)), write.namedBits([failure])];
  return write.sequence(write.sequence(...status));
}
