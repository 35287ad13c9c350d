import { readSignatureScheme, type SignatureScheme } from "./algorithms.ts";
import { constructedTag, DerError, type DerNode, parseDer, primitiveTag, tags } from "./der.ts";
import {
  DerFields,
  expectTag,
  readBitString,
  readExplicit,
  readFlag,
  readGeneralizedTime,
  readOctets,
  readOid,
  readSequence,
  readSmallInteger,
} from "./der-reader.ts";
import { type CertId, readCertId } from "./ocsp-request.ts";
import { oids } from "./oids.ts";

/** An OCSPResponse as read, nothing judged (RFC 6960 §4.2.1). Times are milliseconds since the epoch. */
export type OcspResponse = { readonly kind: "refused"; readonly status: string } | BasicOcspResponse;

export interface BasicOcspResponse {
  readonly kind: "basic";
  /** What is signed, as received. */
  readonly tbs: Buffer;
  readonly responder: ResponderId;
  readonly producedAt: number;
  readonly answers: readonly SingleOcspAnswer[];
  readonly nonce: Buffer | undefined;
  readonly signatureScheme: SignatureScheme;
  readonly signature: Buffer;
  /** Certificates in DER that the responder sent along, in its order, not parsed. */
  readonly certificates: readonly Buffer[];
}

/** The Name of the responder in DER, or the SHA-1 of its key. */
export type ResponderId =
  | { readonly by: "name"; readonly name: Buffer }
  | { readonly by: "key"; readonly keyHash: Buffer };

export interface SingleOcspAnswer {
  readonly certId: CertId;
  readonly state: OcspState;
  readonly thisUpdate: number;
  readonly nextUpdate: number | undefined;
}

/** `reason` is the CRLReason (RFC 5280 §5.3.1). */
export type OcspState =
  | { readonly status: "good" }
  | { readonly status: "revoked"; readonly revokedAt: number; readonly reason: number | undefined }
  | { readonly status: "unknown" };

/** Caps on an attacker's response: a responder that answers for one certificate needs a fraction of them. */
const limits = { maxLength: 65_536, maxDepth: 24 };
const mostAnswers = 64;
const mostCertificates = 8;

const refusals = ["", "malformedRequest", "internalError", "tryLater", "", "sigRequired", "unauthorized"];

/**
 * Parses an OCSPResponse (attacker-controlled).
 * @throws DerError for anything but one response in DER, basic type, with no critical extension unknown here
 */
export function parseOcspResponse(der: Uint8Array): OcspResponse {
  const path = "OCSPResponse";
  const fields = new DerFields(parseDer(Buffer.from(der), path, limits), path);
  const status = readSmallInteger(fields.any("responseStatus"), `${path}.responseStatus`, tags.enumerated);
  const bytes = fields.optional(constructedTag(0));
  fields.end();
  if (status !== 0) return { kind: "refused", status: refusals[status] || `status ${status}` };
  if (bytes === undefined) throw new DerError(path, "a successful response without content");
  const body = new DerFields(readExplicit(bytes, path), `${path}.responseBytes`);
  if (readOid(body.any("responseType"), path) !== oids.ocspBasic)
    throw new DerError(path, "no basic response");
  const basic = readOctets(body.any("response"), `${path}.response`);
  body.end();
  return readBasicResponse(parseDer(basic, "BasicOCSPResponse", limits));
}

function readBasicResponse(node: DerNode): BasicOcspResponse {
  const path = "BasicOCSPResponse";
  const fields = new DerFields(node, path);
  const data = fields.required(tags.sequence, "tbsResponseData");
  const signatureScheme = readSignatureScheme(fields.any("signatureAlgorithm"), `${path}.signatureAlgorithm`);
  const signature = readBitString(fields.any("signature"), `${path}.signature`);
  const certs = fields.optional(constructedTag(0));
  fields.end();
  const certificates = certs === undefined ? [] : readSequence(readExplicit(certs, path), `${path}.certs`);
  if (certificates.length > mostCertificates) throw new DerError(path, "too many certificates");
  return {
    kind: "basic",
    ...readResponseData(data),
    signatureScheme,
    signature,
    certificates: certificates.map((certificate) => certificate.der),
  };
}

type ResponseData = Pick<BasicOcspResponse, "tbs" | "responder" | "producedAt" | "answers" | "nonce">;

function readResponseData(node: DerNode): ResponseData {
  const path = "BasicOCSPResponse.tbsResponseData";
  const fields = new DerFields(node, path);
  const version = fields.optional(constructedTag(0));
  if (version !== undefined) throw new DerError(`${path}.version`, "not version 1");
  const responder = readResponderId(fields.any("responderID"), `${path}.responderID`);
  const producedAt = readGeneralizedTime(fields.any("producedAt"), `${path}.producedAt`);
  const responses = readSequence(fields.any("responses"), `${path}.responses`);
  if (responses.length > mostAnswers) throw new DerError(path, "too many answers");
  const extensions = readOcspExtensions(fields.optional(constructedTag(1)), `${path}.responseExtensions`);
  fields.end();
  const answers = responses.map((response) => readSingleAnswer(response, `${path}.responses`));
  const nonce = extensions.get(oids.ocspNonce);
  return {
    tbs: node.der,
    responder,
    producedAt,
    answers,
    nonce: nonce && readOctets(parseDer(nonce, `${path}.nonce`, limits), `${path}.nonce`),
  };
}

function readResponderId(node: DerNode, path: string): ResponderId {
  if (node.tag === constructedTag(1)) {
    return { by: "name", name: expectTag(readExplicit(node, path), tags.sequence, path).der };
  }
  expectTag(node, constructedTag(2), path);
  return { by: "key", keyHash: readOctets(readExplicit(node, path), path) };
}

function readSingleAnswer(node: DerNode, path: string): SingleOcspAnswer {
  const fields = new DerFields(node, path);
  const certId = readCertId(fields.any("certID"), `${path}.certID`);
  const state = readState(fields.any("certStatus"), `${path}.certStatus`);
  const thisUpdate = readGeneralizedTime(fields.any("thisUpdate"), `${path}.thisUpdate`);
  const next = fields.optional(constructedTag(0));
  const nextUpdate = next && readGeneralizedTime(readExplicit(next, path), `${path}.nextUpdate`);
  readOcspExtensions(fields.optional(constructedTag(1)), `${path}.singleExtensions`);
  fields.end();
  return { certId, state, thisUpdate, nextUpdate };
}

function readState(node: DerNode, path: string): OcspState {
  if (node.tag === constructedTag(1)) {
    const fields = new DerFields(node, path, constructedTag(1));
    const revokedAt = readGeneralizedTime(fields.any("revocationTime"), `${path}.revocationTime`);
    const reason = fields.optional(constructedTag(0));
    fields.end();
    return {
      status: "revoked",
      revokedAt,
      reason:
        reason && readSmallInteger(readExplicit(reason, path), `${path}.revocationReason`, tags.enumerated),
    };
  }
  if (node.content.length !== 0) throw new DerError(path, "NULL with content");
  if (node.tag === primitiveTag(0)) return { status: "good" };
  expectTag(node, primitiveTag(2), path);
  return { status: "unknown" };
}

/** Reads the Extensions of a request or response; their values are not parsed. Only a nonce may be critical. */
export function readOcspExtensions(node: DerNode | undefined, path: string): ReadonlyMap<string, Buffer> {
  const values = new Map<string, Buffer>();
  if (node === undefined) return values;
  for (const extension of readSequence(readExplicit(node, path), path)) {
    const fields = new DerFields(extension, path);
    const oid = readOid(fields.any("extnID"), `${path}.extnID`);
    const critical = readFlag(fields.optional(tags.boolean), `${path}.critical`);
    const value = readOctets(fields.any("extnValue"), `${path}.extnValue`);
    fields.end();
    if (values.has(oid)) throw new DerError(path, `extension ${oid} occurs twice`);
    if (critical && oid !== oids.ocspNonce)
      throw new DerError(path, `critical extension ${oid} is not known here`);
    values.set(oid, value);
  }
  return values;
}
