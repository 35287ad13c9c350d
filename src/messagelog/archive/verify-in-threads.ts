import { asBuffer } from "../../core/bytes.ts";
import { parseAnchor } from "../../trust/anchor.ts";
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

/** Fewer records than this are judged before a thread would have started and run as fast as this one. */
const worthAThread = 500;
const worthThreads = 10_000;

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
  let judgedHere = 0;
  return async (segment, file, provenAt) => {
    if (file.lines < worthAThread || judgedHere + file.lines <= worthThreads) {
      judgedHere += file.lines;
      here ??= makeVerifier();
      return (await here).judge(segment, file, provenAt);
    }
    const { counted, rows } = await threads.run({ kind: "records", segment, file, provenAt });
    return { counted, rows: rows && asBuffer(rows) };
  };
}
