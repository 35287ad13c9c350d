import { join } from "node:path";
import { monotonic, systemClock } from "../../core/clock.ts";
import type { LogReader, Tip } from "../../messagelog/message-store.ts";
import { LogSearch } from "../../messagelog/search/log-search.ts";
import type { SearchRow } from "../../messagelog/search/search-row.ts";
import { SegmentFiles } from "../../messagelog/search/segment-files.ts";
import { encodeSegment } from "../../messagelog/search/segment-writer.ts";
import { indexQueries } from "./log-bench-queries.ts";
import { rowOf, SyntheticTraffic } from "./log-bench-traffic.ts";
import type { Progress } from "./log-ground.ts";
import { type SearchTimes, timeSearches } from "./time-searches.ts";

export interface IndexFigures {
  readonly indexRows: number;
  readonly rowsPerSecond: number;
  readonly rowSearches: readonly SearchTimes[];
}

const rowsInSegment = 100_000;
/** Ten million rows are four months. */
const msBetweenRows = 1_000;
const writer = "019ab000-0000-7000-8000-00000000000b";

/** An index of many rows, searched as one of a log. @param directory where it is written */
export async function measureIndex(
  directory: string,
  indexRows: number,
  asking: { readonly count: number; readonly progress: Progress },
): Promise<IndexFigures> {
  if (indexRows === 0) return { indexRows, rowsPerSecond: 0, rowSearches: [] };
  const { progress } = asking;
  progress.begin(`writing an index of ${indexRows} rows`);
  const files = new SegmentFiles(join(directory, "rows"));
  const traffic = new SyntheticTraffic("index bench");
  const start = monotonic();
  const beginning = systemClock.now() - indexRows * msBetweenRows;
  for (let from = 0; from < indexRows; from += rowsInSegment) {
    const rows: SearchRow[] = [];
    for (let i = from; i < Math.min(indexRows, from + rowsInSegment); i++) {
      rows.push(rowOf(traffic.next(beginning + i * msBetweenRows), writer, 2 * i + 1));
    }
    const spans = [{ writer, first: 2 * from + 1, last: 2 * (from + rows.length) }];
    const piece = from / rowsInSegment + 1;
    const content = { first: piece, last: piece, spans, rows, open: [], latestRecord: rows.at(-1)!.time };
    files.publish(piece, piece, encodeSegment(content));
    progress.often(() => `${from + rows.length} rows`);
  }
  const rowsPerSecond = (1000 * indexRows) / (monotonic() - start);
  const tips: Tip[] = [{ writer, number: 2 * indexRows, chain: Buffer.alloc(32) }];
  const reader = { writers: async () => tips } as Partial<LogReader> as LogReader;
  progress.begin("searching it");
  const search = new LogSearch({ reader, directory: files.directory });
  try {
    return { indexRows, rowsPerSecond, rowSearches: await timeSearches(search, indexQueries, asking) };
  } finally {
    search.close();
  }
}
