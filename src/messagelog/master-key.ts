import { createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import { open } from "node:fs/promises";
import { fromBase64Url, toBase64Url } from "../core/bytes.ts";
import { writeFileAtomically } from "../trust/atomic-file.ts";
import { replaceForGood } from "./replace-for-good.ts";

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
    await file.writeFile(newLine());
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The key in use. @throws MasterKeyError when others may read or write the file, or it does not hold a key */
export async function loadMasterKey(path: string): Promise<KeyObject> {
  return (await loadMasterKeys(path))[0];
}

/**
 * The key in use, and behind it, while a rotation is under way, the one that it replaces.
 * @throws MasterKeyError as `loadMasterKey`
 */
export async function loadMasterKeys(path: string): Promise<readonly [KeyObject, ...KeyObject[]]> {
  const [first, ...more] = await readLines(path);
  const keys = [first, ...more].map((line) => fromBase64Url(line ?? ""));
  if (keys.length > 2 || keys.some((key) => key?.length !== keyLength)) {
    throw new MasterKeyError(`${path} does not hold a master key`);
  }
  const [current, ...previous] = keys.map((key) => createSecretKey(key!));
  return [current!, ...previous];
}

/** Puts a new key before the one in use, unless there are two already. Durable when it resolves. */
export async function addMasterKey(path: string): Promise<void> {
  const lines = await readLines(path);
  if (lines.length > 1) return;
  await writeFileAtomically(path, Buffer.from(`${newLine()}${lines[0]}\n`), "private");
}

/** Overwrites the key that was replaced. */
export async function dropReplacedMasterKey(path: string): Promise<void> {
  const lines = await readLines(path);
  if (lines.length > 1) await replaceForGood(path, `${lines[0]}\n`);
}

async function readLines(path: string): Promise<string[]> {
  const file = await open(path, "r");
  try {
    const { mode } = await file.stat();
    if ((mode & 0o077) !== 0) {
      throw new MasterKeyError(`${path} must be readable by its owner only (chmod 600)`);
    }
    return (await file.readFile("latin1")).trimEnd().split("\n");
  } finally {
    await file.close();
  }
}

function newLine(): string {
  return `${toBase64Url(randomBytes(keyLength))}\n`;
}
