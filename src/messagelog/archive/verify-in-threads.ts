import { asBuffer } from "../../core/bytes.ts";
import { parseAnchor } from "../../trust/anchor.ts";
import type { PackageVerdict } from "../evidence/verify-package.ts";
import type { Extent } from "./judge-sequence.ts";
import {
  type ArchiveVerdict,
  newestConfiguration,
  type TrustGiven,
  type VerifyArchiveOptions,
  verifyArchive,
} from "./verify-archive.ts";
import { RecordsVerifier } from "./verify-records.ts";
import type { SegmentOptions } from "./verify-segment.ts";
import { VerifyThreads } from "./verify-threads.ts";

export interface ThreadOptions extends Pick<VerifyArchiveOptions, "anchor" | "at" | "progress"> {
  /** How many; at least one. */
  readonly threads: number;
}

/** Fewer records than this are judged before a thread would have started. */
const worthAThread = 500;

/** As `verifyArchive`, the records in threads. */
export async function verifyArchiveInThreads(
  path: string,
  extent: Extent,
  options: ThreadOptions,
): Promise<ArchiveVerdict> {
  const started: VerifyThreads[] = [];
  const judges = (given: TrustGiven) => {
    const threads = new VerifyThreads({ ...given, at: options.at }, options.threads);
    started.push(threads);
    return { judge: judgeBySize(threads, given, options.at), width: 2 * options.threads };
  };
  try {
    return await verifyArchive(path, extent, { ...options, judges });
  } finally {
    for (const threads of started) await threads.close();
  }
}

function judgeBySize(threads: VerifyThreads, given: TrustGiven, at: number): SegmentOptions["judge"] {
  let here: Promise<RecordsVerifier> | undefined;
  const makeVerifier = async () => {
    const anchor = given.anchor && parseAnchor(given.anchor);
    return new RecordsVerifier(anchor, await newestConfiguration(given.last, anchor), at);
  };
  return async (segment, file, provenAt) => {
    if (file.lines < worthAThread) {
      here ??= makeVerifier();
      return (await here).judge(segment, file, provenAt);
    }
    const { counted, rows } = await threads.run({ kind: "records", segment, file, provenAt });
    return { counted, rows: rows && asBuffer(rows) };
  };
}

/**
 * Verifies packages beside each other.
 * @yields each verdict with its path, in the order of the paths
 * @throws Error of the file system
 */
export async function* verifyPackagesInThreads(
  paths: readonly string[],
  { anchor, at, threads: most }: Omit<ThreadOptions, "progress">,
): AsyncGenerator<{ readonly path: string; readonly verdict: PackageVerdict }> {
  const threads = new VerifyThreads({ anchor, last: undefined, at }, most);
  const underWay: { readonly path: string; readonly answer: Promise<{ verdict: PackageVerdict }> }[] = [];
  try {
    for (const path of paths) {
      const answer = threads.run({ kind: "package", path });
      // A failure is met when its turn comes.
      answer.catch(() => undefined);
      underWay.push({ path, answer });
      if (underWay.length >= 8 * most) yield await first(underWay);
    }
    while (underWay.length > 0) yield await first(underWay);
  } finally {
    await threads.close();
  }
}

async function first(underWay: { path: string; answer: Promise<{ verdict: PackageVerdict }> }[]) {
  const { path, answer } = underWay.shift()!;
  return { path, verdict: (await answer).verdict };
}
