import { fromBase64, fromBase64Url, toBase64Url } from "../core/bytes.ts";
import { SealwayError } from "../core/errors.ts";
import { maxSignatureLength } from "./signature-profile.ts";

/** One message between two gateways, without its body: four headers of the outer HTTP message. */
export interface WireMessage {
  readonly exchange: Buffer;
  readonly head: Buffer;
  /** Compact JWS with detached payload. */
  readonly signature: string;
  /** DER of the OCSP response for the signing certificate. */
  readonly ocsp: Buffer;
}

/** Path of the peer interface, wire version 1. */
export const exchangePath = "/exchange/v1";

/** Both sides set it as their limit for all headers together; a message must leave room for HTTP's own. */
export const maxWireHeaderBytes = 65_536;
const roomForHttp = 1_024;

const maxOcspBytes = 4096;

/**
 * Checks before a message is recorded or sent that a receiver will take it.
 * @throws SealwayError `signer_unavailable` for an OCSP response or signature that is too long for anybody;
 *   `headers_too_large` for a message whose four headers together do not fit
 */
export function checkWireSizes({ exchange, head, signature, ocsp }: WireMessage): void {
  if (ocsp.length > maxOcspBytes || signature.length > maxSignatureLength)
    throw new SealwayError(
      "signer_unavailable",
      "the seal's OCSP response or certificate is too large to be sent",
    );
  const length = base64Length(exchange) + base64Length(head) + signature.length + base64Length(ocsp);
  if (length > maxWireHeaderBytes - roomForHttp)
    throw new SealwayError("headers_too_large", "exchange and head together are too large to be sent");
}

function base64Length({ length }: Buffer): number {
  return 4 * Math.ceil(length / 3);
}

/** The four headers, by name. */
export function toWireHeaders(message: WireMessage): Record<string, string> {
  return {
    "sealway-exchange": toBase64Url(message.exchange),
    "sealway-head": toBase64Url(message.head),
    "sealway-signature": message.signature,
    "sealway-ocsp": message.ocsp.toString("base64"),
  };
}

/**
 * Reads the four headers from what a peer (possibly hostile) sent; each occurs exactly once.
 * @param rawHeaders names and values in turn, as node gives them
 * @throws SealwayError `malformed_message`, `missing_signature`
 */
export function parseWireHeaders(rawHeaders: readonly string[]): WireMessage {
  const ocsp = fromBase64(single(rawHeaders, "sealway-ocsp"));
  if (ocsp === undefined || ocsp.length > maxOcspBytes)
    throw malformed("Sealway-OCSP is no base64 of at most 4 KiB");
  return {
    exchange: decode(single(rawHeaders, "sealway-exchange"), "Sealway-Exchange"),
    head: decode(single(rawHeaders, "sealway-head"), "Sealway-Head"),
    signature: single(rawHeaders, "sealway-signature"),
    ocsp,
  };
}

function single(rawHeaders: readonly string[], name: string): string {
  let value: string | undefined;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (rawHeaders[i]?.toLowerCase() !== name) continue;
    if (value !== undefined) throw malformed(`${name} occurs more than once`);
    value = rawHeaders[i + 1];
  }
  if (value !== undefined) return value;
  if (name === "sealway-signature")
    throw new SealwayError("missing_signature", "there is no Sealway-Signature");
  throw malformed(`there is no ${name}`);
}

function decode(text: string, name: string): Buffer {
  const bytes = fromBase64Url(text);
  if (bytes === undefined) throw malformed(`${name} is not strict base64url`);
  return bytes;
}

function malformed(detail: string): SealwayError {
  return new SealwayError("malformed_message", detail);
}
