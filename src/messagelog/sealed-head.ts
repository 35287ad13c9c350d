import type { KeyObject } from "node:crypto";
import { sha256 } from "../core/bytes.ts";
import { decryptGcm, encryptGcm } from "./gcm.ts";
import type { EncryptedHead } from "./message-store.ts";
import type { DataKey } from "./vault.ts";

/** What an encrypted head belongs to; exchanged heads do not decrypt. */
export interface HeadPlace {
  readonly exchangeId: string;
  readonly role: string;
  readonly direction: string;
}

function associated({ exchangeId, role, direction }: HeadPlace): Buffer {
  return Buffer.from(`sealway/head/v1\0${exchangeId}\0${role}\0${direction}`, "latin1");
}

export function encryptHead(dataKey: DataKey, head: Buffer, place: HeadPlace): EncryptedHead {
  return { keyId: dataKey.id, bytes: encryptGcm(dataKey.key, head, associated(place)), sha256: sha256(head) };
}

/** @returns undefined when it was not encrypted with this key for this place */
export function decryptHead(key: KeyObject, head: EncryptedHead, place: HeadPlace): Buffer | undefined {
  return decryptGcm(key, head.bytes, associated(place));
}
