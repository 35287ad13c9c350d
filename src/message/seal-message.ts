import type { Signer } from "../pki/signer.ts";
import { type ExchangeDocument, serializeExchange } from "./exchange-document.ts";
import { type Head, serializeHead } from "./head.ts";
import type { Openings } from "./openings.ts";
import { signObjects } from "./signature-profile.ts";
import { checkWireSizes, type WireMessage } from "./wire.ts";

/** A message of ours, signed: what is recorded and sent. */
export interface SealedMessage extends WireMessage {
  readonly document: ExchangeDocument;
  readonly openings: Openings;
  readonly staple: Staple;
}

/** A good OCSP response for the signer's certificate, sent along. */
export interface Staple {
  readonly der: Buffer;
  /** base64url */
  readonly sha256: string;
  /** Milliseconds since the epoch. */
  readonly thisUpdate: number;
}

/**
 * Signs a message with a member's seal.
 * @param now milliseconds since the epoch; `iat` is taken from it, at signing
 * @throws SealwayError `signer_unavailable`, `headers_too_large`
 */
export async function sealMessage(
  signer: Signer,
  now: number,
  document: ExchangeDocument,
  head: Head,
  staple: Staple,
): Promise<SealedMessage> {
  const exchange = serializeExchange(document);
  const headBytes = serializeHead(head);
  const signature = await signObjects(signer, Math.floor(now / 1000), exchange, headBytes);
  const { openings } = head;
  const message = { document, openings, exchange, head: headBytes, signature, ocsp: staple.der, staple };
  checkWireSizes(message);
  return message;
}
