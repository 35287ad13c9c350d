import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Fetcher, Updater } from "tuf-js";
import { DownloadHTTPError } from "tuf-js/dist/error.js";
import { sha256 } from "../core/bytes.ts";
import { type FetchFile, MirrorError } from "./configuration-mirror.ts";
import {
  metadataMaxLength,
  parseRoot,
  type SnapshotContent,
  type TargetsContent,
  type TimestampContent,
  type TrustedRoot,
  type VouchedFile,
  verifySnapshot,
  verifyTargets,
  verifyTimestamp,
} from "./signed-metadata.ts";

/** One verified state of the repository: metadata that belong together, and what they say. */
export interface VerifiedMetadata {
  /** The root under which they verified; an older one when its successor came without the rest. */
  readonly root: TrustedRoot;
  readonly timestamp: { readonly bytes: Buffer; readonly content: TimestampContent };
  readonly snapshot: { readonly bytes: Buffer; readonly content: SnapshotContent };
  readonly targets: { readonly bytes: Buffer; readonly content: TargetsContent };
}

/** What a client knows: every root from the anchor's on, and the last good metadata. */
export interface TrustedMetadata {
  readonly roots: readonly TrustedRoot[];
  readonly current: VerifiedMetadata | undefined;
}

/** An update that failed may still have brought a new root, which counts (TUF §5.3). */
export interface UpdateResult {
  readonly trusted: TrustedMetadata;
  readonly failure: Error | undefined;
}

/** The name at which tuf-js asks our fetcher for files; never resolved. */
const origin = "http://repository.invalid/";

/**
 * The client workflow of TUF (§5) by tuf-js: roots in turn, timestamp, snapshot, targets; refuses roll-back,
 * expired (frozen) and mixed metadata, and all that the right keys did not sign.
 * @param fetchFile where the files come from: a mirror, or the cache on disk
 * @param referenceTime by which expiry is judged, milliseconds; 0 for a cache, which is judged when it is used
 * @param workDirectory emptied before and after
 */
export async function updateMetadata(
  trusted: TrustedMetadata,
  fetchFile: FetchFile,
  referenceTime: number,
  workDirectory: string,
): Promise<UpdateResult> {
  try {
    await writeTrusted(trusted, workDirectory);
    const downloads = new Downloads(fetchFile);
    const failure = await refresh(downloads, referenceTime, workDirectory);
    const roots = [...trusted.roots, ...(await downloads.acceptedRoots(workDirectory))];
    if (failure !== undefined) return { trusted: { roots, current: trusted.current }, failure };
    return await readUpdated(roots, trusted.current, workDirectory);
  } catch (error) {
    return { trusted, failure: error as Error };
  } finally {
    await rm(workDirectory, { recursive: true, force: true });
  }
}

async function refresh(
  downloads: Downloads,
  referenceTime: number,
  directory: string,
): Promise<Error | undefined> {
  const config = {
    rootMaxLength: metadataMaxLength.root,
    timestampMaxLength: metadataMaxLength.timestamp,
    snapshotMaxLength: metadataMaxLength.snapshot,
    targetsMaxLength: metadataMaxLength.targets,
  };
  const updater = new Updater({
    metadataDir: directory,
    metadataBaseUrl: origin,
    fetcher: downloads,
    config,
  });
  setReferenceTime(updater, referenceTime);
  try {
    await updater.refresh();
    return undefined;
  } catch (error) {
    return downloads.failure ?? (error as Error);
  }
}

/** tuf-js judges expiry by `new Date()`; ours is judged by the injected clock, so its field is overwritten. */
function setReferenceTime(updater: Updater, time: number): void {
  const { trustedSet } = updater as unknown as { trustedSet: { referenceTime: unknown } };
  if (!(trustedSet.referenceTime instanceof Date))
    throw new Error("tuf-js keeps its reference time elsewhere");
  trustedSet.referenceTime = new Date(time);
}

/** tuf-js's view of a mirror; remembers the roots that passed through. */
class Downloads implements Fetcher {
  readonly #fetchFile: FetchFile;
  readonly #roots: Buffer[] = [];
  /** Why a file was not to be had: tuf-js keeps only the text of it. */
  failure: Error | undefined;

  constructor(fetchFile: FetchFile) {
    this.#fetchFile = fetchFile;
  }

  async downloadBytes(url: string, maxLength: number): Promise<Buffer> {
    const name = url.slice(origin.length);
    const isRoot = name.endsWith(".root.json");
    try {
      const bytes = await this.#fetchFile(`metadata/${name}`, maxLength);
      if (isRoot) this.#roots.push(bytes);
      return bytes;
    } catch (error) {
      // No next root: the usual case, which tuf-js knows by this error alone.
      if (isRoot && error instanceof MirrorError && error.kind === "missing") {
        throw new DownloadHTTPError(error.message, 404);
      }
      this.failure = error as Error;
      throw error;
    }
  }

  downloadFile(): never {
    throw new Error("parts are fetched by their digests, not by tuf-js");
  }

  /** The roots, in turn, up to the one that tuf-js wrote last: it writes what it has verified. */
  async acceptedRoots(directory: string): Promise<TrustedRoot[]> {
    const newest = await readFile(join(directory, "root.json"));
    const count = this.#roots.findLastIndex((bytes) => bytes.equals(newest)) + 1;
    return this.#roots.slice(0, count).map(parseRoot);
  }
}

async function writeTrusted({ roots, current }: TrustedMetadata, directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const files: [string, Buffer | undefined][] = [
    ["root", roots.at(-1)!.bytes],
    ["timestamp", current?.timestamp.bytes],
    ["snapshot", current?.snapshot.bytes],
    ["targets", current?.targets.bytes],
  ];
  for (const [name, bytes] of files) {
    if (bytes !== undefined) await writeFile(join(directory, `${name}.json`), bytes);
  }
}

async function readUpdated(
  roots: readonly TrustedRoot[],
  previous: VerifiedMetadata | undefined,
  directory: string,
): Promise<UpdateResult> {
  const [timestamp, snapshot, targets] = await Promise.all(
    ["timestamp", "snapshot", "targets"].map((name) => readFile(join(directory, `${name}.json`))),
  );
  try {
    const current = readVerified(roots.at(-1)!, previous, timestamp!, snapshot!, targets!);
    return { trusted: { roots, current }, failure: undefined };
  } catch (error) {
    return { trusted: { roots, current: previous }, failure: error as Error };
  }
}

/** Targets that did not change stay the same object: by that the client knows that nothing is to be parsed. */
function readVerified(
  root: TrustedRoot,
  previous: VerifiedMetadata | undefined,
  timestamp: Buffer,
  snapshot: Buffer,
  targets: Buffer,
): VerifiedMetadata {
  const timestampContent = verifyTimestamp(root, timestamp);
  const snapshotContent = verifySnapshot(root, snapshot);
  // tuf-js takes a local file of the right version without comparing its digest: a fork would pass.
  checkVouched("snapshot", timestampContent.snapshot, snapshotContent.version, snapshot);
  const unchanged = previous?.targets.bytes.equals(targets) ? previous.targets : undefined;
  const checked = unchanged ?? { bytes: targets, content: verifyTargets(root, targets) };
  checkVouched("targets", snapshotContent.targets, checked.content.version, targets);
  return {
    root,
    timestamp: { bytes: timestamp, content: timestampContent },
    snapshot: { bytes: snapshot, content: snapshotContent },
    targets: checked,
  };
}

function checkVouched(name: string, vouched: VouchedFile, version: number, bytes: Buffer): void {
  if (vouched.version !== version || sha256(bytes).toString("hex") !== vouched.sha256) {
    throw new Error(`fork: two different ${name} metadata of version ${version}`);
  }
}
