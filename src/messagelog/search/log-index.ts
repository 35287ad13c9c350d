import { statSync } from "node:fs";
import type { Span, Tip } from "../message-store.ts";
import type { OpenRow } from "./pair-records.ts";
import type { SegmentFiles } from "./segment-files.ts";
import { SegmentDamagedError, SegmentReader } from "./segment-reader.ts";

/** Pieces that no segment holds, between others that some do. */
export interface Gap {
  readonly first: number;
  readonly last: number;
  /** What they hold: the records behind the segments before. */
  readonly spans: readonly Span[];
  readonly open: readonly OpenRow[];
}

/** The segments of a log, open: what they hold and what is missing. */
export class LogIndex {
  readonly files: SegmentFiles;
  #segments: SegmentReader[] = [];

  constructor(files: SegmentFiles) {
    this.files = files;
  }

  /** In the order of their pieces. */
  get segments(): readonly SegmentReader[] {
    return this.#segments;
  }

  /** Requests that had no answer where the last segment ends. */
  get open(): readonly OpenRow[] {
    return this.#segments.at(-1)?.meta.open ?? [];
  }

  /** Opens what is new and closes what is gone; throws damaged segments away. */
  refresh(): void {
    // What is gone was taken into a larger one since the list was read.
    while (this.#adopt() === "gone");
  }

  /** Throws a segment away whose damage was found while it was read. */
  discard(path: string): void {
    this.#segments = this.#segments.filter((segment) => {
      if (segment.path === path) segment.close();
      return segment.path !== path;
    });
    this.files.discard(path);
  }

  close(): void {
    for (const segment of this.#segments.splice(0)) segment.close();
  }

  /** The last record of each writer in the segments before the given one, or in all. */
  covered(before = this.#segments.length): Map<string, number> {
    const covered = new Map<string, number>();
    for (const { meta } of this.#segments.slice(0, before)) {
      for (const { writer, last } of meta.spans)
        covered.set(writer, Math.max(last, covered.get(writer) ?? 0));
    }
    return covered;
  }

  /** Whether the segments can be this log's: it has every record that they were made of. */
  isOf(tips: readonly Tip[]): boolean {
    const ends = new Map(tips.map(({ writer, number }) => [writer, number]));
    return [...this.covered()].every(([writer, last]) => (ends.get(writer) ?? 0) >= last);
  }

  /** The records behind the last segment. */
  tail(tips: readonly Tip[]): Span[] {
    return spansAfter(this.covered(), tips);
  }

  /** The first missing pieces between others. @param tips the ends of the log */
  gap(tips: readonly Tip[]): Gap | undefined {
    const at = this.#segments.findIndex(({ meta }, i) => {
      return meta.first !== (this.#segments[i - 1]?.meta.last ?? 0) + 1;
    });
    if (at < 0) return undefined;
    const before = this.#segments[at - 1]?.meta;
    const starts = new Map<string, number>();
    for (const { meta } of this.#segments.slice(at)) {
      for (const { writer, first } of meta.spans)
        starts.set(writer, Math.min(first, starts.get(writer) ?? first));
    }
    // A writer that no later segment knows ended before them, or began behind them.
    const lastKnown = tips.findLastIndex(({ writer }) => starts.has(writer));
    const ends = tips.map((tip, i) => {
      return { ...tip, number: (starts.get(tip.writer) ?? (i < lastKnown ? tip.number + 1 : 1)) - 1 };
    });
    return {
      first: (before?.last ?? 0) + 1,
      last: this.#segments[at]!.meta.first - 1,
      spans: spansAfter(this.covered(at), ends),
      open: before?.open ?? [],
    };
  }

  #adopt(): "adopted" | "gone" {
    const known = new Map(this.#segments.map((segment) => [segment.path, segment]));
    const opened: SegmentReader[] = [];
    const segments: SegmentReader[] = [];
    for (const { path } of this.files.list()) {
      const segment = known.get(path)?.inode === inodeOf(path) ? known.get(path) : this.#open(path);
      if (segment === "gone") {
        for (const reader of opened) reader.close();
        return "gone";
      }
      if (segment === undefined) continue;
      if (known.get(path) === segment) known.delete(path);
      else opened.push(segment);
      segments.push(segment);
    }
    for (const segment of known.values()) segment.close();
    this.#segments = segments;
    return "adopted";
  }

  #open(path: string): SegmentReader | "gone" | undefined {
    try {
      return new SegmentReader(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return "gone";
      if (!(error instanceof SegmentDamagedError)) throw error;
      this.files.discard(path);
      return undefined;
    }
  }
}

/** Undefined when there is no such file. */
function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}

/** What a log has behind the given ends. */
export function spansAfter(covered: ReadonlyMap<string, number>, tips: readonly Tip[]): Span[] {
  return tips
    .map(({ writer, number }) => ({ writer, first: (covered.get(writer) ?? 0) + 1, last: number }))
    .filter(({ first, last }) => last >= first);
}
