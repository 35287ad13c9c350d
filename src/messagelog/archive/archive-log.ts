import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { sha256 } from "../../core/bytes.ts";
import type { Clock } from "../../core/clock.ts";
import { uuidV7 } from "../../core/uuid.ts";
import { signStatement } from "../../message/signed-statement.ts";
import type { Signer } from "../../pki/signer.ts";
import { syncDirectory, writeFileAtomically } from "../../trust/atomic-file.ts";
import { readArchiveFolder, readManifest, unfinishedPrefix } from "./archive-folder.ts";
import {
  type ArchiveStatement,
  archiveStatement,
  manifestFile,
  type SegmentManifest,
  segmentName,
  serializeManifest,
  signatureFile,
} from "./segment-manifest.ts";
import { type ArchiveSource, type SegmentStart, writeSegment } from "./write-segment.ts";

/** The archive in the directory cannot be continued from this log; the message says why. */
export class ForeignArchive extends Error {
  override readonly name = "ForeignArchive";
}

/** A segment that stands complete in the archive. */
export interface ArchivedSegment {
  readonly name: string;
  readonly manifest: SegmentManifest;
}

/**
 * Continues the archive in a directory with all batches that were time-stamped before `until`: a folder a segment,
 * which gets its name when all in it is durable. Whatever ends the process leaves whole segments and a folder that
 * the next run removes. Files that stand are never touched.
 * @param signer the seal of the server's owner
 * @param until milliseconds
 * @yields each segment when it stands
 * @throws ForeignArchive; SealwayError `signer_unavailable`; Error of store or file system
 */
export async function* archiveLog(
  source: ArchiveSource,
  { directory, signer, clock }: { directory: string; signer: Signer; clock: Clock },
  until: number,
): AsyncGenerator<ArchivedSegment> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  let start = await findStart(source, directory);
  for (;;) {
    const working = join(directory, `${unfinishedPrefix}${uuidV7(clock.now())}`);
    await mkdir(working, { mode: 0o700 });
    const archived = await finish(source, start, until, working, signer, clock).catch(async (error) => {
      await rm(working, { recursive: true, force: true }).catch(() => undefined);
      throw error;
    });
    if (archived === undefined) {
      await rm(working, { recursive: true });
      return;
    }
    await rename(working, join(directory, archived.name));
    await syncDirectory(directory);
    yield archived;
    start = startAfter(archived.manifest, archived.name.split("-")[1]!);
  }
}

/** All of a segment, durable in its working folder. */
async function finish(
  source: ArchiveSource,
  start: SegmentStart,
  until: number,
  working: string,
  signer: Signer,
  clock: Clock,
): Promise<ArchivedSegment | undefined> {
  const manifest = await writeSegment(source, start, until, working);
  if (manifest === undefined) return undefined;
  const bytes = serializeManifest(manifest);
  const { instance, server, segment } = manifest;
  const digest = sha256(bytes).toString("hex");
  const statement: ArchiveStatement = { instance, time: clock.now(), server, segment, manifest: digest };
  const signed = await signStatement(signer, archiveStatement, statement);
  await writeFileAtomically(join(working, signatureFile), signed, "private");
  await writeFileAtomically(join(working, manifestFile), bytes, "private");
  return { name: segmentName(segment, digest), manifest };
}

/** Where the archive ends. Removes what an earlier run has left behind. */
async function findStart(source: ArchiveSource, directory: string): Promise<SegmentStart> {
  const { segments, unfinished } = await readArchiveFolder(directory);
  for (const name of unfinished) await rm(join(directory, name), { recursive: true, force: true });
  const last = segments.at(-1);
  if (last === undefined) return { segment: 1, previous: null, batch: 1, before: null };
  const manifest = await readManifest(last);
  if (manifest.server !== source.server || manifest.instance !== source.instance) {
    throw new ForeignArchive(`the archive is of ${manifest.server} in ${manifest.instance}`);
  }
  const batch = await source.log.batch(manifest.batches.last);
  if (batch?.root.toString("base64url") !== manifest.batches.root) {
    throw new ForeignArchive(
      `the log has not the batch ${manifest.batches.last} with which the archive ends`,
    );
  }
  return startAfter(manifest, last.sha256);
}

function startAfter({ segment, batches }: SegmentManifest, digest: string): SegmentStart {
  return { segment: segment + 1, previous: digest, batch: batches.last + 1, before: batches.root };
}
