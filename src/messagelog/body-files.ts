import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject } from "node:crypto";
import { type FileHandle, mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { randomOctets } from "../core/random.ts";
import { bodyPlace } from "./sealed-body.ts";
import type { HeadPlace } from "./sealed-head.ts";
import { uuidText } from "./uuid-bytes.ts";
import type { DataKey } from "./vault.ts";

/*
 * Kept bodies above 64 KiB: one file each, in a folder named by the key that encrypts them, so that whoever destroys
 * the key can remove what is worthless without it. A file begins with 32 random bytes, from which and the data key its
 * own key is derived (HKDF-SHA-256, RFC 5869); behind them stand blocks of 256 KiB under AES-256-GCM, each with its
 * number, and whether it is the last one, in its nonce: blocks cannot be cut off, left out or moved.
 */

const saltBytes = 32;
const blockBytes = 262_144;
const tagBytes = 16;
const cipherName = "aes-256-gcm";

export class BodyFiles {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /**
   * Encrypts a body into a file. Durable, with its name, when it resolves.
   * @param blocks of any lengths
   * @returns its name below the directory
   * @throws Error of the file system, or of the source; nothing is left behind then
   */
  async write(key: DataKey, blocks: AsyncIterable<Buffer>, place: HeadPlace): Promise<string> {
    const folder = uuidText(key.id);
    await mkdir(join(this.#directory, folder), { recursive: true, mode: 0o700 });
    const name = `${folder}/${randomOctets(16).toString("hex")}`;
    const file = await open(join(this.#directory, name), "wx", 0o600);
    try {
      await writeBlocks(file, key.key, blocks, place);
      await file.sync();
    } catch (error) {
      await file.close();
      await this.remove(name);
      throw error;
    }
    await file.close();
    await syncFolder(join(this.#directory, folder));
    await syncFolder(this.#directory);
    return name;
  }

  /**
   * The body of a file, a block at a time; a block is given only when it is known to be the one that was written.
   * @param name of `write`
   * @throws Error when the file is gone, altered, cut short or belongs to another place
   */
  async *read(key: KeyObject, name: string, place: HeadPlace): AsyncGenerator<Buffer> {
    const file = await open(join(this.#directory, checkName(name)), "r");
    try {
      const { size } = await file.stat();
      const salt = await readExactly(file, 0, saltBytes);
      const fileKey = deriveKey(key, salt, place);
      const count = Math.max(1, Math.ceil((size - saltBytes) / (blockBytes + tagBytes)));
      for (let number = 0; number < count; number++) {
        const at = saltBytes + number * (blockBytes + tagBytes);
        const sealed = await readExactly(file, at, Math.min(blockBytes + tagBytes, size - at));
        yield openBlock(fileKey, sealed, number, number === count - 1);
      }
    } finally {
      await file.close();
    }
  }

  async remove(name: string): Promise<void> {
    await rm(join(this.#directory, checkName(name)), { force: true });
  }

  /** Removes what a key encrypted; without the key it says nothing any more. */
  async removeAll(keyId: Buffer): Promise<void> {
    await rm(join(this.#directory, uuidText(keyId)), { recursive: true, force: true });
  }
}

async function writeBlocks(
  file: FileHandle,
  key: KeyObject,
  blocks: AsyncIterable<Buffer>,
  place: HeadPlace,
): Promise<void> {
  const salt = randomOctets(saltBytes);
  const fileKey = deriveKey(key, salt, place);
  await file.write(salt);
  let number = 0;
  let waiting: Buffer | undefined;
  for await (const block of regular(blocks)) {
    if (waiting !== undefined) await file.write(sealBlock(fileKey, waiting, number++, false));
    waiting = block;
  }
  await file.write(sealBlock(fileKey, waiting ?? Buffer.alloc(0), number, true));
}

/** The same bytes in blocks of 256 KiB, the last one shorter. */
async function* regular(blocks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  let length = 0;
  for await (const block of blocks) {
    for (let at = 0; at < block.length; ) {
      const part = block.subarray(at, at + blockBytes - length);
      parts.push(part);
      length += part.length;
      at += part.length;
      if (length < blockBytes) continue;
      yield Buffer.concat(parts);
      parts = [];
      length = 0;
    }
  }
  if (length > 0) yield Buffer.concat(parts);
}

function sealBlock(key: KeyObject, block: Buffer, number: number, isLast: boolean): Buffer {
  const cipher = createCipheriv(cipherName, key, nonceOf(number, isLast));
  const sealed = cipher.update(block);
  cipher.final();
  return Buffer.concat([sealed, cipher.getAuthTag()]);
}

function openBlock(key: KeyObject, sealed: Buffer, number: number, isLast: boolean): Buffer {
  if (sealed.length < tagBytes) throw new Error("the file of a body is cut short");
  const decipher = createDecipheriv(cipherName, key, nonceOf(number, isLast), { authTagLength: tagBytes });
  decipher.setAuthTag(sealed.subarray(-tagBytes));
  const block = decipher.update(sealed.subarray(0, -tagBytes));
  decipher.final();
  return block;
}

/** The key serves one file, so number and place in it are nonce enough. */
function nonceOf(number: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce[0] = isLast ? 1 : 0;
  nonce.writeUInt32BE(number, 8);
  return nonce;
}

function deriveKey(key: KeyObject, salt: Buffer, place: HeadPlace): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync("sha256", key, salt, bodyPlace(place), 32)));
}

async function readExactly(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await file.read(bytes, 0, length, position);
  if (bytesRead !== length) throw new Error("the file of a body is cut short");
  return bytes;
}

/** Names come from the database, which somebody may have edited. */
function checkName(name: string): string {
  if (!/^[0-9a-f-]{36}\/[0-9a-f]{32}$/.test(name)) throw new Error("no file of a body has this name");
  return name;
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
