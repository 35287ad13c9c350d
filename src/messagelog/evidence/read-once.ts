import { hash } from "node:crypto";
import { sha256 } from "../../core/bytes.ts";
import { parseExchange } from "../../message/exchange-document.ts";
import { parseEvidenceRecord } from "../../pki/evidence-record.ts";
import { parseSignatureFile } from "./package-signature-file.ts";

/*
 * Several checks of one package read the same files: each is parsed once, as long as its bytes are in memory. Nobody
 * changes them.
 */

/** As `parseSignatureFile`. */
export const signatureFileOf = once(parseSignatureFile);
/** As `parseExchange`. */
export const exchangeOf = once(parseExchange);
/** As `parseEvidenceRecord`. */
export const evidenceRecordOf = once(parseEvidenceRecord);

/** SHA-256 of bytes that are asked for again and again. */
export const digestOf = once(sha256);
/** Of bytes that many packages have in common. */
const hexDigests = new WeakMap<Buffer, string>();

/** From now on the digest of these bytes in hex is remembered: packages have them in common. */
export function keepHexDigest(bytes: Buffer): void {
  hexDigests.set(bytes, hash("sha256", bytes));
}

/** SHA-256 in hex, which most bytes are asked for once. */
export function hexDigestOf(bytes: Buffer): string {
  return hexDigests.get(bytes) ?? hash("sha256", bytes);
}

/** The same in base64url. */
export const textDigestOf = once((bytes) => digestOf(bytes).toString("base64url"));

type Reading<Value> = { readonly value: Value } | { readonly error: unknown };

/** Does once for one buffer what follows from its bytes, also when it throws. */
export function once<Value>(parse: (bytes: Buffer) => Value): (bytes: Buffer) => Value {
  const readings = new WeakMap<Buffer, Reading<Value>>();
  return (bytes) => {
    let reading = readings.get(bytes);
    if (reading === undefined) {
      reading = attempt(() => parse(bytes));
      readings.set(bytes, reading);
    }
    if ("error" in reading) throw reading.error;
    return reading.value;
  };
}

function attempt<Value>(parse: () => Value): Reading<Value> {
  try {
    return { value: parse() };
  } catch (error) {
    return { error };
  }
}
