import type { Anchor } from "../../trust/anchor.ts";
import type { ConfigurationIndex } from "../../trust/configuration-index.ts";
import { ArchiveFindings, type CountedFindings } from "./archive-findings.ts";
import { judgeRecords } from "./judge-records.ts";
import { loadContext, type OpenSegment, readOrTell, type SegmentContext } from "./segment-context.ts";
import { fileName, type RecordsFile } from "./segment-manifest.ts";

/** What became of the records of one file. */
export interface RecordsVerdict {
  readonly counted: CountedFindings;
  /** Of the index, 32 bytes a record; undefined when the file could not be read. */
  readonly rows: Buffer | undefined;
}

/** Judges files of records one after another; the context of a segment is loaded once for its files. */
export class RecordsVerifier {
  readonly #anchor: Anchor | undefined;
  readonly #newest: ConfigurationIndex | undefined;
  readonly #at: number;
  #loaded: { readonly path: string; readonly context: Promise<SegmentContext> } | undefined;

  constructor(anchor: Anchor | undefined, newest: ConfigurationIndex | undefined, at: number) {
    this.#anchor = anchor;
    this.#newest = newest;
    this.#at = at;
  }

  /** @param provenAt of each batch, milliseconds */
  async judge(
    segment: OpenSegment,
    file: RecordsFile,
    provenAt: ReadonlyMap<number, number>,
  ): Promise<RecordsVerdict> {
    const findings = new ArchiveFindings();
    const bytes = await readOrTell(segment, file, findings);
    if (bytes === undefined) return { counted: findings, rows: undefined };
    const context = await this.#context(segment);
    const x = { context, instance: segment.manifest.instance, provenAt, at: this.#at, findings };
    const rows = judgeRecords(x, bytes, file, `${segment.name}/${fileName(file)}`);
    const { counts, listed } = findings;
    return { counted: { counts, listed }, rows };
  }

  /** What is wrong in it is told by whoever verifies the segment. */
  #context(segment: OpenSegment): Promise<SegmentContext> {
    if (this.#loaded?.path !== segment.path) {
      const context = loadContext(segment, this.#anchor, this.#newest, new ArchiveFindings());
      this.#loaded = { path: segment.path, context };
    }
    return this.#loaded.context;
  }
}
