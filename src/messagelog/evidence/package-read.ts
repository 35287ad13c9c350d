import { constants, crc32, inflateRawSync } from "node:zlib";
import { fromBufferPromise, type ZipFile } from "yauzl";
import { UnusablePackage } from "./finding.ts";
import type { UnusableCode } from "./finding-codes.ts";
import { isSafePath } from "./package-layout.ts";
import { keepHexDigest } from "./read-once.ts";
import { Remembered } from "./remembered.ts";
import { readPlainDirectory, type ZipEntry } from "./zip-directory.ts";

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
    const plain = readPlainDirectory(bytes);
    if (plain === undefined) {
      return await readEntries(bytes, await fromBufferPromise(bytes, { decodeStrings: false }));
    }
    const unpacking = new Unpacking(bytes, plain.length);
    for (const entry of plain) unpacking.add(entry);
    return unpacking.files;
  } catch (error) {
    if (error instanceof UnusablePackage) throw error;
    throw unusable("package-unreadable", "package", (error as Error).message);
  }
}

async function readEntries(bytes: Buffer, zip: ZipFile): Promise<ReadonlyMap<string, Buffer>> {
  const unpacking = new Unpacking(bytes, zip.entryCount);
  for await (const entry of zip.eachEntry()) unpacking.add(entry);
  return unpacking.files;
}

/** The files of a package, one entry of its directory after another. */
class Unpacking {
  readonly files = new Map<string, Buffer>();
  readonly #bytes: Buffer;
  #total = 0;
  #packed = 0;

  constructor(bytes: Buffer, entries: number) {
    if (entries > mostEntries) throw unusable("package-too-large", "package", `${entries} entries`);
    this.#bytes = bytes;
  }

  add(entry: ZipEntry): void {
    const path = nameOf(entry);
    // Other programs pack entries for folders, too.
    if (path.endsWith("/") && entry.uncompressedSize === 0) return;
    if (this.files.has(path)) throw unusable("package-duplicate-name", path, "it occurs twice");
    this.#total += entry.uncompressedSize;
    this.#packed += entry.compressedSize;
    if (this.#total > mostBytes)
      throw unusable("package-too-large", path, `more than ${mostBytes} bytes when unpacked`);
    if (this.#packed > this.#bytes.length) throw unusable("package-ambiguous", path, "files overlap");
    this.files.set(path, readEntry(this.#bytes, entry, path));
  }
}

/** Plain ASCII only: other characters have several spellings and are shown differently by different programs. */
function nameOf({ fileNameRaw }: ZipEntry): string {
  const path = fileNameRaw.toString("latin1");
  if (!isSafePath(path.replace(/\/$/, "")))
    throw unusable("package-unsafe-name", "package", `the name ${JSON.stringify(path.slice(0, 200))}`);
  return path;
}

function readEntry(bytes: Buffer, entry: ZipEntry, path: string): Buffer {
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
const unpacked = new Remembered<{ readonly packed: Buffer; readonly content: Buffer }, number>(512);
/** Checksums that were met lately, by their last bits: what stood in one package only is not worth the memory. */
const met = new Uint32Array(4096);
const mostRemembered = 65_536;

function unpack(data: Buffer, entry: ZipEntry, path: string): Buffer {
  const { compressionMethod: method, uncompressedSize, crc32: checksum } = entry;
  if (method !== deflated || uncompressedSize > mostRemembered) return checked(data, entry, path);
  // One number of 32 + 17 bits; the packed bytes themselves are compared.
  const key = checksum * 2 * mostRemembered + uncompressedSize;
  const known = unpacked.find(key);
  if (known?.packed.equals(data) === true) return known.content;
  const content = checked(data, entry, path);
  const slot = checksum % met.length;
  if (met[slot] !== checksum) met[slot] = checksum;
  else unpacked.keep(key, shared(data, content));
  return content;
}

/** Copies: what is remembered must not hold a whole package in memory. */
function shared(data: Buffer, content: Buffer): { readonly packed: Buffer; readonly content: Buffer } {
  const copy = Buffer.from(content);
  keepHexDigest(copy);
  return { packed: Buffer.from(data), content: copy };
}

function checked(data: Buffer, { compressionMethod, uncompressedSize, crc32: told }: ZipEntry, path: string) {
  const content = inflate(data, compressionMethod, uncompressedSize, path);
  if (content.length !== uncompressedSize || crc32(content) !== told) {
    throw unusable("package-unreadable", path, "not of the length or checksum that the directory says");
  }
  return content;
}

function inflate(data: Buffer, method: number, length: number, path: string): Buffer {
  // A copy: what is remembered of a file must not hold its package in memory.
  if (method === stored) return Buffer.from(data);
  if (method !== deflated) throw unusable("package-unreadable", path, `compression method ${method}`);
  try {
    return inflateSmall(data, length) ?? inflateRawSync(data, { maxOutputLength: Math.max(1, length) });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_BUFFER_TOO_LARGE") throw error;
    throw unusable("package-too-large", path, "it unpacks to more than the directory says");
  }
}

/** By a sixteenth of the memory that zlib takes unless told: most files have a kilobyte. */
function inflateSmall(data: Buffer, length: number): Buffer | undefined {
  if (length >= constants.Z_DEFAULT_CHUNK) return undefined;
  try {
    return inflateRawSync(data, {
      maxOutputLength: Math.max(1, length),
      chunkSize: Math.max(64, length + 1),
    });
  } catch {
    // What is wrong with it is told by the usual way.
    return undefined;
  }
}

function unusable(code: UnusableCode, place: string, detail: string): UnusablePackage {
  return new UnusablePackage(code, place, detail);
}
