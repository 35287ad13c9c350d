import { readdir } from "node:fs/promises";
import type { Anchor } from "../../trust/anchor.ts";
import type { ConfigurationIndex } from "../../trust/configuration-index.ts";
import { ArchiveFindings } from "./archive-findings.ts";
import { FaultyFile, verifyDigest } from "./archive-folder.ts";
import type { BatchCase } from "./batch-case.ts";
import { judgeToken, judgeTree } from "./judge-batch.ts";
import { judgeSegmentSignature } from "./judge-segment-signature.ts";
import type { SegmentSequence } from "./judge-sequence.ts";
import type { RenewedEvidence } from "./renewed-evidence.ts";
import { loadContext, type OpenSegment, type SegmentContext } from "./segment-context.ts";
import {
  type FileSpan,
  fileName,
  manifestFile,
  type RecordsFile,
  signatureFile,
} from "./segment-manifest.ts";
import type { RecordsVerdict } from "./verify-records.ts";

export interface SegmentOptions {
  readonly anchor: Anchor | undefined;
  /** The newest of the whole archive: histories of seals and authorities are read from it. */
  readonly newest: ConfigurationIndex | undefined;
  readonly at: number;
  readonly sequence: SegmentSequence;
  readonly renewed: RenewedEvidence | undefined;
  /** Judges the records of one file, here or in a thread. */
  readonly judge: (
    segment: OpenSegment,
    file: RecordsFile,
    provenAt: ReadonlyMap<number, number>,
  ) => Promise<RecordsVerdict>;
}

/**
 * Begins to verify one segment: what has to be judged in the order of the segments is done when this resolves.
 * @param sha256 of its manifest, hex
 * @returns its findings; those of its place among the others go to the sequence's own
 */
export async function startSegment(
  segment: OpenSegment,
  sha256: string,
  { anchor, newest, at, sequence, renewed, judge }: SegmentOptions,
): Promise<{ readonly done: Promise<ArchiveFindings> }> {
  const findings = new ArchiveFindings();
  await judgeFiles(segment, findings);
  const context = await loadContext(segment, anchor, newest, findings);
  await judgeSegmentSignature(segment, sha256, context.trust, findings);
  sequence.follow(segment, sha256);
  sequence.judgeClosed(context.batches.values(), segment.name);
  const files = segment.manifest.files.filter((file) => file.kind === "records");
  const cases = batchCases(segment, files, { context, at, findings });
  const provenAt = new Map<number, number>();
  for (const one of cases) {
    const time = await judgeToken(one, renewed);
    if (time !== undefined) provenAt.set(one.batch.number, time);
  }
  const judged = Promise.all(files.map((file) => judge(segment, file, provenAt)));
  const done = judged.then(async (verdicts) => {
    for (const { counted } of verdicts) findings.merge(counted);
    const rows = rowsOfBatches(
      files,
      verdicts.map((one) => one.rows),
    );
    for (const one of cases) {
      const known = rows.get(one.batch.number) ?? [];
      // Of a file that could not be read that is told; what it had is not known.
      if (known.every((part) => part !== undefined)) judgeTree(one, Buffer.concat(known));
    }
    await judgeBodies(segment, findings);
    return findings;
  });
  return { done };
}

/** No file that is not listed; that listed ones are there is seen when they are read. */
async function judgeFiles({ path, name, manifest }: OpenSegment, findings: ArchiveFindings): Promise<void> {
  const listed = new Set([manifestFile, signatureFile, ...manifest.files.map(fileName)]);
  for (const entry of (await readdir(path, { withFileTypes: true })).sort((a, b) =>
    a.name < b.name ? -1 : 1,
  )) {
    if (!listed.has(entry.name)) findings.add("file-unlisted", `${name}/${entry.name}`);
  }
}

/** Bodies are encrypted: that they are the bytes that were archived is all that can be seen without their keys. */
async function judgeBodies(segment: OpenSegment, findings: ArchiveFindings): Promise<void> {
  for (const file of segment.manifest.files) {
    if (file.kind !== "body" && file.kind !== "anchor") continue;
    try {
      await verifyDigest(segment.path, file);
    } catch (error) {
      if (!(error instanceof FaultyFile)) throw error;
      findings.add(error.problem, `${segment.name}/${fileName(file)}`);
    }
  }
}

function batchCases(
  segment: OpenSegment,
  files: readonly RecordsFile[],
  shared: Pick<BatchCase, "at" | "findings"> & { readonly context: SegmentContext },
): BatchCase[] {
  const { context, findings } = shared;
  const spans = Map.groupBy(
    files.flatMap((file) => file.spans),
    ({ batch }) => batch,
  );
  const { first, last, before, root } = segment.manifest.batches;
  let previousRoot: Buffer | undefined = before === null ? undefined : Buffer.from(before, "base64url");
  const cases: BatchCase[] = [];
  for (let number = first; number <= last; number++) {
    const batch = context.batches.get(number);
    if (batch === undefined) {
      findings.add("batch-missing", segment.name, `batch ${number}`);
      // A manifest may name any numbers.
      return cases;
    }
    const previous = previousRoot && { number: number - 1, root: previousRoot };
    cases.push({ batch, previous, spans: spans.get(number) ?? [], ...shared });
    previousRoot = batch.root;
  }
  if (previousRoot?.toString("base64url") !== root)
    findings.add("batch-contradicts", segment.name, "the manifest names another last root");
  return cases;
}

function rowsOfBatches(
  files: readonly RecordsFile[],
  rows: readonly (Buffer | undefined)[],
): Map<number, (Buffer | undefined)[]> {
  const found = new Map<number, (Buffer | undefined)[]>();
  for (const [i, { spans }] of files.entries()) {
    let at = 0;
    for (const { batch, first, last } of spans satisfies readonly FileSpan[]) {
      const end = at + 32 * (last - first + 1);
      found.set(batch, [...(found.get(batch) ?? []), rows[i]?.subarray(at, end)]);
      at = end;
    }
  }
  return found;
}
