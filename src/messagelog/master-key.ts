import { createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import { open } from "node:fs/promises";
import { fromBase64Url, toBase64Url } from "../core/bytes.ts";

/** A master key file that must not be used: readable by others, or not such a file. */
export class MasterKeyError extends Error {
  override readonly name = "MasterKeyError";
}

const keyLength = 32;

/**
 * Makes a new master key: 32 random bytes, as one line of base64url, in a file that only its owner can read.
 * Whoever has it and the vault can read all heads; who loses it has lost them.
 * @throws Error when the file exists already
 */
export async function createMasterKey(path: string): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(`${toBase64Url(randomBytes(keyLength))}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** @throws MasterKeyError when others may read or write the file, or it does not hold a key */
export async function loadMasterKey(path: string): Promise<KeyObject> {
  const file = await open(path, "r");
  try {
    const { mode } = await file.stat();
    if ((mode & 0o077) !== 0) {
      throw new MasterKeyError(`${path} must be readable by its owner only (chmod 600)`);
    }
    const key = fromBase64Url((await file.readFile("latin1")).trimEnd());
    if (key?.length !== keyLength) throw new MasterKeyError(`${path} does not hold a master key`);
    return createSecretKey(key);
  } finally {
    await file.close();
  }
}
