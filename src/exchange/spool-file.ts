import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import { type FileHandle, open, unlink } from "node:fs/promises";
import { join } from "node:path";
import { SealwayError } from "../core/errors.ts";
import { freeBuffer } from "./free-buffer.ts";

/** How the names of spool files begin, for as long as they have one. */
export const spoolFilePrefix = "spool-";

/** Plain bytes of every block of a spool file but the last. */
export const spoolBlockBytes = 262_144;

/** Of all spool files of this process: they have no names by which they could be found. */
let spooled = 0;

/** Bytes of all spool files of this process. */
export function spooledBytes(): number {
  return spooled;
}

const tagBytes = 16;
/** What reading a block takes. */
export const spoolWorkspaceBytes = spoolBlockBytes + tagBytes;
const cipherName = "aes-256-gcm";

/**
 * A body on disk that only this process can read, and only until it lets go: the file has no name, its key is in
 * memory alone. Written and read in blocks, each sealed with AES-256-GCM under its own number, so that what a
 * failing disk gives back is noticed before it is forwarded.
 */
export class SpoolFile {
  readonly #opened: Promise<FileHandle>;
  #key: KeyObject | undefined = createSecretKey(randomBytes(32));
  #blocks = 0;
  #bytes = 0;

  /** Opens a file in the background; a directory that takes none shows at the first block. */
  constructor(directory: string) {
    this.#opened = openNameless(directory);
    this.#opened.catch(ignore);
  }

  /**
   * Encrypts the next block before it returns, so that its buffer is free again, and writes it.
   * @throws SealwayError `spool_unavailable` when the disk is full or fails
   */
  append(block: Buffer): Promise<void> {
    const number = this.#blocks++;
    const cipher = createCipheriv(cipherName, this.#openKey(), nonceOf(number));
    const sealed = cipher.update(block);
    cipher.final();
    return this.#write(number, [sealed, cipher.getAuthTag()]);
  }

  async #write(number: number, parts: readonly [sealed: Buffer, tag: Buffer]): Promise<void> {
    try {
      const handle = await this.#opened;
      const { bytesWritten } = await handle.writev(parts, placeOf(number));
      this.#count(bytesWritten);
      if (bytesWritten !== parts[0].length + tagBytes) throw new Error("the disk took a part of the block");
    } catch (cause) {
      throw unavailable(cause);
    } finally {
      freeBuffer(parts[0]);
    }
  }

  /**
   * Reads one block back.
   * @param length plain bytes of this block
   * @param workspace as long as a block and its tag; nothing else may use it meanwhile
   * @throws SealwayError `spool_unavailable` when the bytes are not those that were written
   */
  async read(number: number, length: number, workspace: Buffer): Promise<Buffer> {
    const key = this.#openKey();
    const sealed = workspace.subarray(0, length + tagBytes);
    try {
      const handle = await this.#opened;
      const { bytesRead } = await handle.read(sealed, 0, sealed.length, placeOf(number));
      if (bytesRead !== sealed.length) throw new Error("the spool file is shorter than what was written");
      const decipher = createDecipheriv(cipherName, key, nonceOf(number));
      const block = decipher.update(sealed.subarray(0, length));
      decipher.setAuthTag(sealed.subarray(length));
      decipher.final();
      return block;
    } catch (cause) {
      throw unavailable(cause);
    }
  }

  /** Gives file and key up, after operations that still run; idempotent. */
  close(): void {
    if (this.#key === undefined) return;
    this.#key = undefined;
    spooled -= this.#bytes;
    this.#opened.then((handle) => handle.close()).catch(ignore);
  }

  /** What is written after the file was given up is gone with it. */
  #count(bytes: number): void {
    if (this.#key === undefined) return;
    this.#bytes += bytes;
    spooled += bytes;
  }

  #openKey(): KeyObject {
    if (this.#key === undefined) throw new Error("the spool file is closed");
    return this.#key;
  }
}

async function openNameless(directory: string): Promise<FileHandle> {
  const path = join(directory, spoolFilePrefix + randomBytes(16).toString("hex"));
  const handle = await open(path, "wx+", 0o600);
  try {
    await unlink(path);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** The key serves one file, so the block's number is nonce enough. */
function nonceOf(number: number): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(number, 8);
  return nonce;
}

function placeOf(number: number): number {
  return number * (spoolBlockBytes + tagBytes);
}

function ignore(): void {}

function unavailable(cause: unknown): SealwayError {
  return new SealwayError("spool_unavailable", "a large body could not be kept on disk", { cause });
}
