import { createHash, type KeyObject } from "node:crypto";
import { algorithmOf, signInline, writeSignatureAlgorithm } from "../pki/algorithms.ts";
import type { Certificate } from "../pki/certificate.ts";
import { constructedTag, parseDer, primitiveTag, tags } from "../pki/der.ts";
import { DerFields, readOctets, readSequence } from "../pki/der-reader.ts";
import * as write from "../pki/der-writer.ts";
import { type CertId, readCertId, writeCertId, writeNonce } from "../pki/ocsp-request.ts";
import { type OcspState, readOcspExtensions } from "../pki/ocsp-response.ts";
import { oids } from "../pki/oids.ts";

/** What an OCSPRequest asks. */
export interface OcspRequest {
  readonly certIds: readonly CertId[];
  readonly nonce: Buffer | undefined;
}

/** Parses an OCSPRequest, signed or not (RFC 6960 §4.1.1). @throws DerError when it is malformed */
export function parseOcspRequest(der: Uint8Array): OcspRequest {
  const path = "OCSPRequest";
  const outer = new DerFields(parseDer(der, path), path);
  const fields = new DerFields(outer.required(tags.sequence, "tbsRequest"), `${path}.tbsRequest`);
  fields.optional(constructedTag(0));
  fields.optional(constructedTag(1));
  const list = readSequence(fields.any("requestList"), `${path}.requestList`);
  const extensions = readOcspExtensions(fields.optional(constructedTag(2)), `${path}.requestExtensions`);
  fields.end();
  const nonce = extensions.get(oids.ocspNonce);
  return {
    certIds: list.map((request) =>
      readCertId(new DerFields(request, path).any("reqCert"), `${path}.reqCert`),
    ),
    nonce: nonce && readOctets(parseDer(nonce, path), `${path}.nonce`),
  };
}

/** What a response shall say. Times are milliseconds since the epoch. */
export interface OcspTemplate {
  readonly answers: readonly { readonly certId: CertId; readonly state: OcspState }[];
  readonly producedAt: number;
  readonly thisUpdate: number;
  readonly nextUpdate: number | undefined;
  readonly nonce: Buffer | undefined;
}

/** Who signs: named by its key; its certificate goes along when it is not the CA's own. */
export interface OcspSigner {
  readonly certificate: Certificate;
  readonly privateKey: KeyObject;
  readonly sendsCertificate: "yes" | "no";
}

/** An OCSPResponse that refuses: 1 malformedRequest, 3 tryLater, 6 unauthorized (RFC 6960 §4.2.1). */
export function refuseOcsp(status: 1 | 3 | 6): Buffer {
  return write.sequence(write.enumerated(status));
}

/** A signed OCSPResponse of the basic type (RFC 6960 §4.2.1). */
export function issueOcspResponse(template: OcspTemplate, signer: OcspSigner): Buffer {
  const algorithm = algorithmOf(signer.privateKey);
  const keyHash = createHash("sha1").update(signer.certificate.publicKeyBits).digest();
  const { nonce, producedAt, answers } = template;
  const data = write.sequence(
    write.explicit(2, write.octetString(keyHash)),
    write.generalizedTime(wholeSeconds(producedAt)),
    write.sequence(...answers.map(({ certId, state }) => singleResponse(certId, state, template))),
    ...(nonce === undefined ? [] : [write.explicit(1, write.sequence(writeNonce(nonce)))]),
  );
  const certificates = signer.sendsCertificate === "yes" ? [signer.certificate.der] : [];
  const basic = write.sequence(
    data,
    writeSignatureAlgorithm(algorithm),
    write.bitString(signInline(algorithm, signer.privateKey, data)),
    ...(certificates.length === 0 ? [] : [write.explicit(0, write.sequence(...certificates))]),
  );
  const bytes = write.sequence(write.oid(oids.ocspBasic), write.octetString(basic));
  return write.sequence(write.enumerated(0), write.explicit(0, bytes));
}

function singleResponse(certId: CertId, state: OcspState, { thisUpdate, nextUpdate }: OcspTemplate): Buffer {
  const next =
    nextUpdate === undefined ? [] : [write.explicit(0, write.generalizedTime(wholeSeconds(nextUpdate)))];
  return write.sequence(
    writeCertId(certId),
    writeState(state),
    write.generalizedTime(wholeSeconds(thisUpdate)),
    ...next,
  );
}

function writeState(state: OcspState): Buffer {
  if (state.status === "good") return write.value(primitiveTag(0));
  if (state.status === "unknown") return write.value(primitiveTag(2));
  const reason = state.reason === undefined ? [] : [write.explicit(0, write.enumerated(state.reason))];
  const time = write.generalizedTime(wholeSeconds(state.revokedAt));
  return write.value(constructedTag(1), time, ...reason);
}

/** Times in OCSP have no fraction (RFC 6960 §4.2.2.1). */
function wholeSeconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000) * 1000;
}
