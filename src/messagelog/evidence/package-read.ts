import { crc32, inflateRawSync } from "node:zlib";
import { type Entry, fromBufferPromise, type ZipFile } from "yauzl";
import { UnusablePackage } from "./finding.ts";
import type { UnusableCode } from "./finding-codes.ts";
import { isSafePath } from "./package-layout.ts";

/** Caps on what somebody hands in; unpacked bytes count, so that a small file cannot fill the memory. */
const mostEntries = 1000;
const mostBytes = 256 * 1024 * 1024;
/** General purpose bit 0: encrypted. */
const encrypted = 1;
/** Extra field that gives an entry a second name (Info-ZIP Unicode path). */
const secondName = 0x7075;
const stored = 0;
const deflated = 8;

/**
 * Unpacks a package (attacker-controlled) in memory. Sizes are those of the directory, checked before anything is
 * inflated; each file has the name, length and checksum that the directory says, and the files do not overlap.
 * @returns bytes by path, in the order of the directory
 * @throws UnusablePackage
 */
export async function readPackage(bytes: Buffer): Promise<ReadonlyMap<string, Buffer>> {
  if (bytes.length > mostBytes) throw unusable("package-too-large", "package", `${bytes.length} bytes`);
  try {
    return await readEntries(bytes, await fromBufferPromise(bytes, { decodeStrings: false }));
  } catch (error) {
    if (error instanceof UnusablePackage) throw error;
    throw unusable("package-unreadable", "package", (error as Error).message);
  }
}

async function readEntries(bytes: Buffer, zip: ZipFile): Promise<Map<string, Buffer>> {
  if (zip.entryCount > mostEntries)
    throw unusable("package-too-large", "package", `${zip.entryCount} entries`);
  const files = new Map<string, Buffer>();
  let total = 0;
  let packed = 0;
  for await (const entry of zip.eachEntry()) {
    const path = nameOf(entry);
    // Other programs pack entries for folders, too.
    if (path.endsWith("/") && entry.uncompressedSize === 0) continue;
    if (files.has(path)) throw unusable("package-duplicate-name", path, "it occurs twice");
    total += entry.uncompressedSize;
    packed += entry.compressedSize;
    if (total > mostBytes)
      throw unusable("package-too-large", path, `more than ${mostBytes} bytes when unpacked`);
    if (packed > bytes.length) throw unusable("package-ambiguous", path, "files overlap");
    files.set(path, await readEntry(bytes, zip, entry, path));
  }
  return files;
}

/** Plain ASCII only: other characters have several spellings and are shown differently by different programs. */
function nameOf({ fileNameRaw }: Entry): string {
  const path = fileNameRaw.toString("latin1");
  if (!isSafePath(path.replace(/\/$/, "")))
    throw unusable("package-unsafe-name", "package", `the name ${JSON.stringify(path.slice(0, 200))}`);
  return path;
}

async function readEntry(bytes: Buffer, zip: ZipFile, entry: Entry, path: string): Promise<Buffer> {
  const { compressionMethod, compressedSize, uncompressedSize, fileNameRaw } = entry;
  const local = await zip.readLocalFileHeaderPromise(entry);
  const renamed = entry.extraFields.some(({ id }) => id === secondName);
  if (renamed || !local.fileName.equals(fileNameRaw) || local.compressionMethod !== compressionMethod) {
    throw unusable("package-ambiguous", path, "the directory names another file than stands there");
  }
  if ((entry.generalPurposeBitFlag & encrypted) !== 0)
    throw unusable("package-unreadable", path, "encrypted");
  const start = local.fileDataStart;
  const data = bytes.subarray(start, start + compressedSize);
  if (data.length !== compressedSize) throw unusable("package-unreadable", path, "cut short");
  const content = unpack(data, compressionMethod, uncompressedSize, path);
  if (content.length !== uncompressedSize || crc32(content) !== entry.crc32) {
    throw unusable("package-unreadable", path, "not of the length or checksum that the directory says");
  }
  return content;
}

function unpack(data: Buffer, method: number, length: number, path: string): Buffer {
  if (method === stored) return data;
  if (method !== deflated) throw unusable("package-unreadable", path, `compression method ${method}`);
  try {
    return inflateRawSync(data, { maxOutputLength: Math.max(1, length) });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_BUFFER_TOO_LARGE") throw error;
    throw unusable("package-too-large", path, "it unpacks to more than the directory says");
  }
}

function unusable(code: UnusableCode, place: string, detail: string): UnusablePackage {
  return new UnusablePackage(code, place, detail);
}
