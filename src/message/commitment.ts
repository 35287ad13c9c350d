import type { KeyObject } from "node:crypto";
import { equalSecret, fromBase64Url, hmacSha256, sha256, toBase64Url } from "../core/bytes.ts";
import type { Commitment } from "./exchange-document.ts";

/** What reveals one commitment: 32 bytes of nonce (base64url) and the normalised value. */
export interface Opening {
  readonly nonce: string;
  readonly value: string;
}

/** The fields of an exchange document that hide somebody. */
export type CommittedField =
  | "subject"
  | "answerSubject"
  | "user"
  | "caseReference"
  | "permission"
  | "emergency";

/**
 * Hides a value. The nonce is derived from the member's own key, so that each side can open what it made, and
 * only that: HMAC-SHA-256(key, exchange id ‖ 0x00 ‖ field ‖ 0x00 ‖ index).
 * @param value normalised
 * @param scheme identifier scheme, without NUL
 */
export function commit(
  key: KeyObject,
  exchangeId: string,
  field: CommittedField,
  index: number,
  scheme: string,
  value: string,
): { readonly commitment: Commitment; readonly opening: Opening } {
  const nonce = hmacSha256(key, `${exchangeId}\0${field}\0${index}`);
  return {
    commitment: { c: toBase64Url(blind(nonce, scheme, value)), scheme },
    opening: { nonce: toBase64Url(nonce), value },
  };
}

/** Whether the (attacker's) opening reveals this commitment. */
export function opens(opening: Opening, commitment: Commitment): boolean {
  const nonce = fromBase64Url(opening.nonce);
  const c = fromBase64Url(commitment.c);
  if (nonce?.length !== 32 || c === undefined) return false;
  return equalSecret(blind(nonce, commitment.scheme, opening.value), c);
}

function blind(nonce: Buffer, scheme: string, value: string): Buffer {
  return sha256(Buffer.concat([nonce, Buffer.from(`${scheme}\0${value}`, "utf8")]));
}
