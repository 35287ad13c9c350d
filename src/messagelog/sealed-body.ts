import type { KeyObject } from "node:crypto";
import { decryptGcm, encryptGcm } from "./gcm.ts";
import type { HeadPlace } from "./sealed-head.ts";

/*
 * A kept body of up to 64 KiB, encrypted as a head is, for the record's row. Larger ones: `body-files.ts`. What it is,
 * the signed head says: nothing else of it is noted.
 */

/** The longest body that the row of a record takes. */
export const mostBytesInRow = 65_536;

export function encryptBody(key: KeyObject, body: Buffer, place: HeadPlace): Buffer {
  return encryptGcm(key, body, bodyPlace(place));
}

/** @returns undefined when it was not encrypted with this key for this place */
export function decryptBody(key: KeyObject, bytes: Buffer, place: HeadPlace): Buffer | undefined {
  return decryptGcm(key, bytes, bodyPlace(place));
}

/** What binds a body to its record. */
export function bodyPlace({ exchangeId, role, direction }: HeadPlace): Buffer {
  return Buffer.from(`sealway/body/v1\0${exchangeId}\0${role}\0${direction}`, "latin1");
}
