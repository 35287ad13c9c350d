import type { Entry } from "yauzl";

/** What the directory of a zip file says of one entry (APPNOTE 4.3.12). */
export type ZipEntry = Pick<
  Entry,
  | "fileNameRaw"
  | "compressionMethod"
  | "compressedSize"
  | "uncompressedSize"
  | "crc32"
  | "generalPurposeBitFlag"
  | "relativeOffsetOfLocalHeader"
  | "extraFields"
>;

const endSignature = 0x06054b50;
const endLength = 22;
const zip64Signature = 0x07064b50;
const zip64LocatorLength = 20;
const entrySignature = 0x02014b50;
const entryLength = 46;
/** UTF-8 names, and sizes behind the data: what yazl sets, and neither changes how an entry is read here. */
const harmlessFlags = 0x0808;
const mostEntries = 0xffff;
const stored = 0;

/**
 * Reads the directory of a zip file (attacker-controlled) as `writePackage` and most programs write it: one disk, no
 * zip64, no extra fields, no comments, nothing between the directory and its end. yauzl reads the same from it, at ten
 * times the cost, since it reads piece by piece as from a disk.
 * @returns undefined for any other directory: yauzl then says what it is, or what is wrong with it
 */
export function readPlainDirectory(bytes: Buffer): readonly ZipEntry[] | undefined {
  const end = bytes.length - endLength;
  if (end < 0 || bytes.readUInt32LE(end) !== endSignature) return undefined;
  const count = bytes.readUInt16LE(end + 10);
  const isOneDisk = bytes.readUInt32LE(end + 4) === 0 && bytes.readUInt16LE(end + 8) === count;
  const start = bytes.readUInt32LE(end + 16);
  const fills = start + bytes.readUInt32LE(end + 12) === end && bytes.readUInt16LE(end + 20) === 0;
  const locator = end - zip64LocatorLength;
  const isZip64 = locator >= 0 && bytes.readUInt32LE(locator) === zip64Signature;
  if (!isOneDisk || !fills || isZip64 || count === mostEntries) return undefined;
  const entries: ZipEntry[] = [];
  let at = start;
  while (at + entryLength <= end) {
    const entry = readPlainEntry(bytes, at, end);
    if (entry === undefined) return undefined;
    entries.push(entry);
    at += entryLength + entry.fileNameRaw.length;
  }
  return at === end && entries.length === count ? entries : undefined;
}

function readPlainEntry(bytes: Buffer, at: number, end: number): ZipEntry | undefined {
  const nameEnd = at + entryLength + bytes.readUInt16LE(at + 28);
  // Lengths of extra field and comment, and the disk: they stand side by side.
  const isBare = bytes.readUIntLE(at + 30, 6) === 0;
  if (bytes.readUInt32LE(at) !== entrySignature || !isBare || nameEnd > end) return undefined;
  const entry: ZipEntry = {
    fileNameRaw: bytes.subarray(at + entryLength, nameEnd),
    generalPurposeBitFlag: bytes.readUInt16LE(at + 8),
    compressionMethod: bytes.readUInt16LE(at + 10),
    crc32: bytes.readUInt32LE(at + 16),
    compressedSize: bytes.readUInt32LE(at + 20),
    uncompressedSize: bytes.readUInt32LE(at + 24),
    relativeOffsetOfLocalHeader: bytes.readUInt32LE(at + 42),
    extraFields: [],
  };
  const { compressionMethod, compressedSize, uncompressedSize, generalPurposeBitFlag } = entry;
  const isPlain =
    (generalPurposeBitFlag & ~harmlessFlags) === 0 &&
    (compressionMethod !== stored || compressedSize === uncompressedSize);
  return isPlain ? entry : undefined;
}
