import type { LogReader, Tip } from "../message-store.ts";
import { type LogIndex, spansAfter } from "./log-index.ts";
import { RecordPairs } from "./pair-records.ts";
import { recordsByTime } from "./records-by-time.ts";
import type { SearchRow } from "./search-row.ts";
import type { SegmentReader } from "./segment-reader.ts";

/** The rows that no segment has yet. From one search to the next only what is new is read. */
export class LogTail {
  readonly #reader: LogReader;
  /** Behind which the records were read. */
  #behind: SegmentReader | undefined;
  #read = new Map<string, number>();
  #pairs = new RecordPairs([]);

  constructor(reader: LogReader) {
    this.#reader = reader;
  }

  /** @param tips the ends of the log */
  async rows(index: LogIndex, tips: readonly Tip[]): Promise<readonly SearchRow[]> {
    const last = index.segments.at(-1);
    if (this.#behind !== last) {
      this.#behind = last;
      this.#read = index.covered();
      this.#pairs = new RecordPairs(index.open);
    }
    const fresh = spansAfter(this.#read, tips);
    for await (const records of recordsByTime(this.#reader, fresh)) {
      for (const record of records) this.#pairs.add(record);
    }
    for (const { writer, last } of fresh) this.#read.set(writer, last);
    return [...this.#pairs.closed, ...this.#pairs.open.map(({ row }) => row)];
  }
}
