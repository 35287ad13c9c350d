import type { LogReader, Span } from "../message-store.ts";
import { type Gap, LogIndex } from "./log-index.ts";
import { type OpenRow, RecordPairs } from "./pair-records.ts";
import { recordsByTime } from "./records-by-time.ts";
import type { SearchRow } from "./search-row.ts";
import type { SegmentFiles } from "./segment-files.ts";
import { SegmentDamagedError, type SegmentReader } from "./segment-reader.ts";
import { encodeSegment, type SegmentContent } from "./segment-writer.ts";

/** A segment with so many rows is full and never touched again. */
const fullSegment = 100_000;
/** So many small segments of about one size become one. */
const mergedAt = 8;
const sizes = [1_000, 10_000, fullSegment] as const;

/** Told while records are read. */
export interface BuildProgress {
  /** Records read, of those that the index lacked when it began. */
  readonly read: number;
  readonly of: number;
}

/** Records of the log made into rows. */
interface Piece {
  readonly spans: readonly Span[];
  readonly rows: readonly SearchRow[];
  readonly open: readonly OpenRow[];
  readonly latestRecord: number;
}

/**
 * Builds the index of a log from its records, beside the log and never in its way. Several builders may work at once,
 * in any processes: what one has published the others take over. Killed anywhere, it leaves a good index.
 */
export class IndexBuilder {
  readonly #reader: LogReader;
  readonly #index: LogIndex;

  constructor(reader: LogReader, files: SegmentFiles) {
    this.#reader = reader;
    this.#index = new LogIndex(files);
  }

  /**
   * Brings the index to the end of the log: what is missing, damaged, of another release or of another log is built
   * anew, and small segments grow together.
   * @throws Error when the log cannot be read or the directory not be written
   */
  async advance(progress?: (progress: BuildProgress) => void): Promise<void> {
    const index = this.#index;
    index.refresh();
    const tips = await this.#reader.writers();
    if (!index.isOf(tips)) {
      index.files.clear();
      index.refresh();
    }
    const told = new Told(progress, index.isOf(tips) ? lengthOf(index.tail(tips)) : 0);
    for (let gap = index.gap(tips); gap !== undefined; gap = index.gap(tips)) {
      await this.#fill(gap, told);
      index.refresh();
    }
    while (await this.#extend(index.tail(tips), told)) this.#merge();
    index.files.sweep();
  }

  close(): void {
    this.#index.close();
  }

  /** Builds missing pieces between others anew; the last number of the gap takes all that is left. */
  async #fill({ first, last, spans, open }: Gap, told: Told): Promise<void> {
    const piece = await this.#read(
      spans,
      open,
      first === last ? Number.POSITIVE_INFINITY : fullSegment,
      told,
    );
    const isLast = first === last || lengthOf(piece.spans) === lengthOf(spans);
    this.#publish({ ...piece, first, last: isLast ? last : first });
  }

  /** @returns whether there was anything */
  async #extend(spans: readonly Span[], told: Told): Promise<boolean> {
    if (spans.length === 0) return false;
    const index = this.#index;
    const piece = await this.#read(spans, index.open, fullSegment - rowsOf(this.#growing()), told);
    if (piece.spans.length === 0) return false;
    const next = (index.segments.at(-1)?.meta.last ?? 0) + 1;
    this.#publish({ ...piece, first: next, last: next });
    index.refresh();
    return true;
  }

  /** Reads records until so many rows are complete. */
  async #read(spans: readonly Span[], open: readonly OpenRow[], most: number, told: Told): Promise<Piece> {
    const pairs = new RecordPairs(open);
    const firsts = new Map(spans.map(({ writer, first }) => [writer, first]));
    const read = new Map<string, Span>();
    let latestRecord = Math.max(0, ...open.map(({ row }) => row.time));
    reading: for await (const records of recordsByTime(this.#reader, spans)) {
      told.add(records.length);
      for (const record of records) {
        if (pairs.closed.length >= most) break reading;
        pairs.add(record);
        const { writer, number: last, time } = record;
        read.set(writer, { writer, first: firsts.get(writer)!, last });
        latestRecord = Math.max(latestRecord, time);
      }
    }
    return { spans: [...read.values()], rows: pairs.closed, open: pairs.open, latestRecord };
  }

  /** The small segments at the end. */
  #growing(): readonly SegmentReader[] {
    const { segments } = this.#index;
    return segments.slice(1 + segments.findLastIndex(({ rows }) => rows >= fullSegment));
  }

  /** Takes small segments together when they are full, or many of about one size. */
  #merge(): void {
    const growing = this.#growing();
    if (rowsOf(growing) >= fullSegment) {
      if (growing.length > 1) this.#mergeAll(growing);
      return;
    }
    const ends = sizes.map((size) => growing.slice(1 + growing.findLastIndex(({ rows }) => rows >= size)));
    const many = ends.findLast(({ length }) => length >= mergedAt);
    if (many !== undefined) this.#mergeAll(many);
  }

  #mergeAll(segments: readonly SegmentReader[]): void {
    try {
      const metas = segments.map(({ meta }) => meta);
      this.#publish({
        first: metas[0]!.first,
        last: metas.at(-1)!.last,
        spans: joined(metas.flatMap(({ spans }) => spans)),
        rows: segments.flatMap((segment) => [...segment.all()]),
        open: metas.at(-1)!.open,
        latestRecord: Math.max(...metas.map(({ latestRecord }) => latestRecord)),
      });
    } catch (error) {
      if (!(error instanceof SegmentDamagedError)) throw error;
      // The next round finds the gap.
      this.#index.discard(error.path);
    }
    this.#index.refresh();
    this.#index.files.sweep();
  }

  #publish(content: SegmentContent): void {
    this.#index.files.publish(content.first, content.last, encodeSegment(content));
  }
}

class Told {
  readonly #progress: ((progress: BuildProgress) => void) | undefined;
  readonly #of: number;
  #read = 0;

  constructor(progress: ((progress: BuildProgress) => void) | undefined, of: number) {
    this.#progress = progress;
    this.#of = of;
  }

  add(records: number): void {
    this.#read += records;
    this.#progress?.({ read: this.#read, of: Math.max(this.#read, this.#of) });
  }
}

export function lengthOf(spans: readonly Span[]): number {
  return spans.reduce((sum, { first, last }) => sum + last - first + 1, 0);
}

function rowsOf(segments: readonly SegmentReader[]): number {
  return segments.reduce((sum, { rows }) => sum + rows, 0);
}

/** Spans of a writer that follow each other become one. */
function joined(spans: readonly Span[]): Span[] {
  const byWriter = new Map<string, Span>();
  for (const span of spans) {
    const known = byWriter.get(span.writer);
    byWriter.set(
      span.writer,
      known === undefined ? span : { ...known, last: Math.max(known.last, span.last) },
    );
  }
  return [...byWriter.values()];
}
