import { createHash } from "node:crypto";
import { sha256 } from "../../core/bytes.ts";
import { createRandom } from "../random.ts";

const blockBytes = 64 * 1024;
const ringBytes = 1024 * 1024;
/** A prime, so that neighbouring blocks start at places of the ring that have nothing to do with each other. */
const stride = 611_953;

let ring: Buffer | undefined;

/**
 * The bytes of an invented scanned decision, determined by its id: blocks of 64 KiB that share memory, so that
 * a scan of any length costs none. They must not be written to.
 * @param bytes the length of the whole
 */
export function* scanBlocks(id: string, bytes: number): Generator<Buffer> {
  ring ??= noise();
  const span = ringBytes - blockBytes;
  let start = sha256(id).readUInt32LE() % span;
  for (let left = bytes; left > 0; left -= blockBytes) {
    yield ring.subarray(start, start + Math.min(blockBytes, left));
    start = (start + stride) % span;
  }
}

/** SHA-256, in hexadecimal, of the whole scan. */
export function scanDigest(id: string, bytes: number): string {
  const digest = createHash("sha256");
  for (const block of scanBlocks(id, bytes)) digest.update(block);
  return digest.digest("hex");
}

/** The length of a scan when the caller names none: 100 KiB to 1 MiB, by its id. */
export function usualScanBytes(id: string): number {
  return 100 * 1024 + (sha256(id).readUInt32LE(4) % (924 * 1024));
}

function noise(): Buffer {
  const random = createRandom("scan");
  const bytes = Buffer.allocUnsafe(ringBytes);
  for (let i = 0; i < ringBytes; i += 4) bytes.writeUInt32LE(random.below(2 ** 32), i);
  return bytes;
}
