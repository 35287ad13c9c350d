import type { KeyObject } from "node:crypto";
import { SealwayError } from "../core/errors.ts";
import {
  readSignatureScheme,
  type SignatureScheme,
  verifySignature,
  writeSignatureAlgorithm,
} from "./algorithms.ts";
import { type AlternativeNames, writeAlternativeNames } from "./alternative-names.ts";
import { readExtensions, writeExtension } from "./certificate-extensions.ts";
import { constructedTag, DerError, type DerNode, parseDer, tags } from "./der.ts";
import { DerFields, readBitString, readOid, readSetOf, readSmallInteger } from "./der-reader.ts";
import * as write from "./der-writer.ts";
import { readName, type SubjectAttributes, writeName } from "./distinguished-name.ts";
import { oids } from "./oids.ts";
import { readPublicKey } from "./public-key.ts";
import type { KeyOperation } from "./signer.ts";

/** What a request asks to be certified. */
export interface RequestedNames {
  readonly subject: SubjectAttributes;
  readonly alternativeNames: AlternativeNames;
}

/** A PKCS#10 request (RFC 2986) whose signature fits the key that it carries. */
export interface CertificateRequest extends RequestedNames {
  readonly der: Buffer;
  readonly spki: Buffer;
  readonly publicKey: KeyObject;
}

const path = "CertificationRequest";

/** A request in DER, signed by the key that it is for. @throws what the driver of the key throws */
export async function createCertificateRequest(names: RequestedNames, key: KeyOperation): Promise<Buffer> {
  const { uris, dnsNames, ipAddresses } = names.alternativeNames;
  const wanted = uris.length + dnsNames.length + ipAddresses.length > 0;
  const extension = writeExtension(
    oids.subjectAltName,
    "optional",
    writeAlternativeNames(names.alternativeNames),
  );
  const attribute = write.sequence(write.oid(oids.extensionRequest), write.setOf(write.sequence(extension)));
  const info = write.sequence(
    write.integer(0),
    writeName(names.subject),
    key.publicKey.export({ type: "spki", format: "der" }),
    write.implicit(0, write.setOf(...(wanted ? [attribute] : []))),
  );
  const signature = await key.signDer(info);
  return write.sequence(info, writeSignatureAlgorithm(key.algorithm), write.bitString(signature));
}

/**
 * Parses a request (attacker-controlled) and verifies that its sender holds the key.
 * @throws DerError for anything but one request; SealwayError `certificate_unfit` for a key that is too weak,
 * `invalid_signature` when the signature does not fit
 */
export function verifyCertificateRequest(bytes: Uint8Array): CertificateRequest {
  const der = Buffer.from(bytes);
  const fields = new DerFields(parseDer(der, path, { maxLength: 16_384 }), path);
  const info = fields.required(tags.sequence, "certificationRequestInfo");
  const scheme = readSignatureScheme(fields.any("signatureAlgorithm"), `${path}.signatureAlgorithm`);
  const signature = readBitString(fields.any("signature"), `${path}.signature`);
  fields.end();
  const request = { der, ...readInfo(info) };
  verifyPossession(request.publicKey, scheme, info.der, signature);
  return request;
}

function verifyPossession(key: KeyObject, scheme: SignatureScheme, info: Buffer, signature: Buffer): void {
  if (!verifySignature(scheme, key, info, signature)) {
    throw new SealwayError("invalid_signature", "the certificate request is not signed by the key in it");
  }
}

function readInfo(node: DerNode): Omit<CertificateRequest, "der"> {
  const fields = new DerFields(node, path);
  if (readSmallInteger(fields.any("version"), `${path}.version`) !== 0)
    throw new DerError(path, "not version 1");
  const subject = readName(fields.any("subject"), `${path}.subject`);
  const spki = fields.required(tags.sequence, "subjectPKInfo").der;
  const attributes = readSetOf(fields.any("attributes"), `${path}.attributes`, constructedTag(0));
  fields.end();
  const extensions = readExtensions(findExtensions(attributes), `${path}.extensionRequest`);
  return {
    subject,
    alternativeNames: extensions.subjectAltName,
    spki,
    publicKey: readPublicKey(spki, `${path}.subjectPKInfo`),
  };
}

/** The value of the one attribute `extensionRequest` (RFC 2985 §5.4.2); others are passed over. */
function findExtensions(attributes: readonly DerNode[]): DerNode | undefined {
  let extensions: DerNode | undefined;
  for (const attribute of attributes) {
    const fields = new DerFields(attribute, `${path}.attributes`);
    const type = readOid(fields.any("type"), `${path}.attributes.type`);
    const values = readSetOf(fields.any("values"), `${path}.attributes.values`);
    fields.end();
    if (type !== oids.extensionRequest) continue;
    if (extensions !== undefined || values.length !== 1)
      throw new DerError(path, "extensions are requested twice");
    extensions = values[0];
  }
  return extensions;
}
