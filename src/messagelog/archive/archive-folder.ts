import { createHash } from "node:crypto";
import { constants, type Dirent } from "node:fs";
import { type FileHandle, lstat, open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { sha256 } from "../../core/bytes.ts";
import {
  fileName,
  manifestFile,
  mostFileBytes,
  mostManifestBytes,
  parseManifest,
  readSegmentName,
  type SegmentFile,
  type SegmentManifest,
} from "./segment-manifest.ts";
import { UnreadableArchive } from "./unreadable-archive.ts";

/** A segment as it lies in a directory. */
export interface SegmentFolder {
  readonly path: string;
  /** Of the folder. */
  readonly name: string;
  readonly segment: number;
  /** Hex digest of the manifest, by the folder's name; empty when that says none. */
  readonly sha256: string;
}

/** What a directory of an archive has. */
export interface ArchiveFolder {
  /** By number; a number may occur twice. */
  readonly segments: readonly SegmentFolder[];
  /** What a run that did not end has left: of no use. */
  readonly unfinished: readonly string[];
  /** Everything else, symbolic links among it. */
  readonly strangers: readonly string[];
}

/** A segment under construction; `readArchiveFolder` takes none for a segment. */
export const unfinishedPrefix = "unfinished-";

/** Why a file of an archive is not what it should be. */
export type FileProblem = "file-missing" | "file-not-regular" | "file-altered" | "file-too-large";

/** Thrown for a file of an archive that is not what its manifest says. */
export class FaultyFile extends UnreadableArchive {
  override readonly name = "FaultyFile";
  readonly problem: FileProblem;

  constructor(problem: FileProblem, path: string) {
    super(`${path}: ${problem}`);
    this.problem = problem;
  }
}

/** Whether a path is that of one segment rather than of an archive. */
export async function isSegment(path: string): Promise<boolean> {
  const found = await lstat(join(path, manifestFile)).catch(() => undefined);
  return found !== undefined;
}

/** @throws Error of the file system */
export async function readArchiveFolder(path: string): Promise<ArchiveFolder> {
  const segments: SegmentFolder[] = [];
  const unfinished: string[] = [];
  const strangers: string[] = [];
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const { name } = entry;
    const read = entry.isDirectory() ? readSegmentName(name) : undefined;
    if (read !== undefined) segments.push({ path: join(path, name), name, ...read });
    else (isUnfinished(entry) ? unfinished : strangers).push(name);
  }
  segments.sort((a, b) => a.segment - b.segment || (a.sha256 < b.sha256 ? -1 : 1));
  return { segments, unfinished: unfinished.sort(), strangers: strangers.sort() };
}

function isUnfinished(entry: Dirent): boolean {
  return entry.isDirectory() && entry.name.startsWith(unfinishedPrefix);
}

/**
 * Reads a small file of an archive (attacker-controlled); no link is followed.
 * @throws FaultyFile
 */
export async function readCapped(path: string, most: number): Promise<Buffer> {
  const file = await openRegular(path);
  try {
    const stat = await file.stat();
    if (stat.size > most) throw new FaultyFile("file-too-large", path);
    const bytes = Buffer.alloc(stat.size);
    const { bytesRead } = await file.read(bytes, 0, stat.size, 0);
    return bytes.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** The bytes of a file, which are those that the manifest lists. @throws FaultyFile */
export async function readSegmentFile(folder: string, entry: SegmentFile): Promise<Buffer> {
  const path = join(folder, fileName(entry));
  const bytes = await readCapped(path, mostFileBytes);
  if (bytes.length !== entry.length || sha256(bytes).toString("hex") !== entry.sha256) {
    throw new FaultyFile("file-altered", path);
  }
  return bytes;
}

/** As `readSegmentFile` for a file of any length, which is not kept in memory. @throws FaultyFile */
export async function verifyDigest(folder: string, entry: SegmentFile): Promise<void> {
  const path = join(folder, fileName(entry));
  const file = await openRegular(path);
  try {
    const digest = createHash("sha256");
    let length = 0;
    for await (const block of file.createReadStream({ autoClose: false })) {
      digest.update(block);
      length += block.length;
    }
    if (length !== entry.length || digest.digest("hex") !== entry.sha256)
      throw new FaultyFile("file-altered", path);
  } finally {
    await file.close();
  }
}

/** No link is followed. @throws FaultyFile */
async function openRegular(path: string): Promise<FileHandle> {
  // Without O_NONBLOCK a named pipe in the place of a file would never open.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await open(path, flags).catch((error) => {
    throw new FaultyFile(error.code === "ELOOP" ? "file-not-regular" : "file-missing", path);
  });
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw new FaultyFile("file-not-regular", path);
}

/**
 * The manifest of a segment, with the digest that the folder's name has, if it has one.
 * @throws FaultyFile, UnreadableManifest
 */
export async function readManifest({ path, sha256: digest }: SegmentFolder): Promise<SegmentManifest> {
  const bytes = await readCapped(join(path, manifestFile), mostManifestBytes);
  if (digest !== "" && sha256(bytes).toString("hex") !== digest)
    throw new FaultyFile("file-altered", join(path, manifestFile));
  return parseManifest(bytes);
}
