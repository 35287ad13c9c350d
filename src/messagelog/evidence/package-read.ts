import { crc32, inflateRawSync } from "node:zlib";
import { type Entry, fromBufferPromise, type ZipFile } from "yauzl";
import { sha256Base64Url } from "../../core/bytes.ts";
import { UnusablePackage } from "./finding.ts";
import type { UnusableCode } from "./finding-codes.ts";
import { isSafePath } from "./package-layout.ts";
import { Remembered } from "./remembered.ts";

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
    files.set(path, readEntry(bytes, entry, path));
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

function readEntry(bytes: Buffer, entry: Entry, path: string): Buffer {
  const { compressionMethod, compressedSize, fileNameRaw } = entry;
  const local = readLocalHeader(bytes, entry.relativeOffsetOfLocalHeader, path);
  const renamed = entry.extraFields.some(({ id }) => id === secondName);
  if (renamed || !local.fileName.equals(fileNameRaw) || local.compressionMethod !== compressionMethod) {
    throw unusable("package-ambiguous", path, "the directory names another file than stands there");
  }
  if ((entry.generalPurposeBitFlag & encrypted) !== 0)
    throw unusable("package-unreadable", path, "encrypted");
  const data = bytes.subarray(local.dataStart, local.dataStart + compressedSize);
  if (data.length !== compressedSize) throw unusable("package-unreadable", path, "cut short");
  return unpack(data, entry, path);
}

/** What of a local file header (APPNOTE 4.3.7) is compared with the directory. */
interface LocalHeader {
  readonly compressionMethod: number;
  readonly fileName: Buffer;
  readonly dataStart: number;
}

const localSignature = 0x04034b50;
const localLength = 30;

function readLocalHeader(bytes: Buffer, at: number, path: string): LocalHeader {
  const isThere = at + localLength <= bytes.length && bytes.readUInt32LE(at) === localSignature;
  if (!isThere) throw unusable("package-unreadable", path, "there is no file where the directory says");
  const nameEnd = at + localLength + bytes.readUInt16LE(at + 26);
  return {
    compressionMethod: bytes.readUInt16LE(at + 8),
    fileName: bytes.subarray(at + localLength, nameEnd),
    dataStart: nameEnd + bytes.readUInt16LE(at + 28),
  };
}

/** Packages of one server have most of their small files in common: certificates, configuration, documents. */
const unpacked = new Remembered<Buffer>(512);
const mostRemembered = 65_536;

function unpack(data: Buffer, entry: Entry, path: string): Buffer {
  const { compressionMethod: method, uncompressedSize, crc32: checksum } = entry;
  if (uncompressedSize > mostRemembered) return checked(data, entry, path);
  const key = `${method} ${uncompressedSize} ${checksum} ${sha256Base64Url(data)}`;
  return unpacked.get(key, () => checked(data, entry, path));
}

function checked(data: Buffer, { compressionMethod, uncompressedSize, crc32: told }: Entry, path: string) {
  const content = inflate(data, compressionMethod, uncompressedSize, path);
  if (content.length !== uncompressedSize || crc32(content) !== told) {
    throw unusable("package-unreadable", path, "not of the length or checksum that the directory says");
  }
  return content;
}

function inflate(data: Buffer, method: number, length: number, path: string): Buffer {
  // A copy: what is remembered must not hold a whole package in memory.
  if (method === stored) return Buffer.from(data);
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
