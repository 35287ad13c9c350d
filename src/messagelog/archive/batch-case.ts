import type { ArchiveFindings } from "./archive-findings.ts";
import type { ArchivedBatch } from "./archive-lines.ts";
import type { SegmentContext } from "./segment-context.ts";
import type { FileSpan } from "./segment-manifest.ts";

/** A batch under verification, with what the files of its segment say of it. */
export interface BatchCase {
  readonly batch: ArchivedBatch;
  /** Root of the batch before it; undefined for the first one. */
  readonly previous: { readonly number: number; readonly root: Buffer } | undefined;
  /** Its records, as the files have them. */
  readonly spans: readonly FileSpan[];
  readonly context: Pick<SegmentContext, "trust">;
  readonly at: number;
  readonly findings: ArchiveFindings;
}
