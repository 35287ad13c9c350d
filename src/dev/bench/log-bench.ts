import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { monotonic, systemClock } from "../../core/clock.ts";
import type { LogReader, Tip } from "../../messagelog/message-store.ts";
import { LogSearch } from "../../messagelog/search/log-search.ts";
import type { SearchRow } from "../../messagelog/search/search-row.ts";
import { SegmentFiles } from "../../messagelog/search/segment-files.ts";
import { encodeSegment } from "../../messagelog/search/segment-writer.ts";
import { createRandom } from "../random.ts";
import { BenchLog } from "./bench-message-log.ts";
import { benchQueries } from "./log-bench-queries.ts";
import { rowOf, SyntheticTraffic } from "./log-bench-traffic.ts";
import { median } from "./measurement.ts";

export interface LogBenchPlan {
  /** Records that are written through the store before anything is measured. */
  readonly records: number;
  /** Rows of an index without a log behind it; 0 for none. */
  readonly indexRows: number;
  /** How often each kind of search is asked. */
  readonly searches: number;
}

/** Milliseconds. */
export interface SearchTimes {
  readonly title: string;
  readonly found: number;
  /** Median of the processor's time, which other work on the machine does not lengthen much. */
  readonly cpu: number;
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

export interface LogBenchReport {
  readonly records: number;
  readonly fillPerSecond: number;
  /** Medians of rounds, records a second, with the index being built beside. */
  readonly appendEmpty: number;
  readonly appendFull: number;
  /** Records a second; megabytes for a million rows. */
  readonly indexPerSecond: number;
  readonly searches: readonly SearchTimes[];
  /** The longest that the main thread was held up while it appended and the index was built, and without. */
  readonly worstBlockMs: { readonly indexing: number; readonly alone: number };
  readonly indexRows: number;
  readonly rowsPerSecond: number;
  readonly rowSearches: readonly SearchTimes[];
}

/** Told what is being done. */
type Progress = (what: string) => void;

/** Measures appending and searching on a long log in a directory of its own, which is removed at the end. */
export async function runLogBench(plan: LogBenchPlan, progress: Progress): Promise<LogBenchReport> {
  const directory = await mkdtemp(join(tmpdir(), "sealway-bench-log-"));
  try {
    return {
      ...(await measureLog(directory, plan, progress)),
      ...(await measureIndex(directory, plan, progress)),
    };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function measureLog(directory: string, plan: LogBenchPlan, progress: Progress) {
  const full = await BenchLog.open(join(directory, "full"));
  progress(`writing ${plan.records} records through the store`);
  const fillPerSecond = await full.append(plan.records / 2, progress);
  progress("appending to the full log and to empty ones, in turn");
  const rates = { full: [] as number[], empty: [] as number[] };
  const blocks = { indexing: 0, alone: 0 };
  full.index();
  for (let round = 0; round < appendRounds; round++) {
    const empty = await BenchLog.open(join(directory, `empty-${round}`));
    empty.index();
    // Its threads start and its code is compiled before the clock does.
    await empty.append(warmUps);
    rates.empty.push(await empty.append(appendsInRound));
    await empty.close();
    const delay = watchDelay();
    rates.full.push(await full.append(appendsInRound));
    blocks.indexing = Math.max(blocks.indexing, delay());
  }
  await full.stopIndex();
  const delay = watchDelay();
  await full.append(appendRounds * appendsInRound);
  blocks.alone = delay();
  progress("building the index anew");
  const { indexPerSecond, records } = await full.reindex(progress);
  progress("searching");
  const search = full.search();
  const searches = await timeSearches(search, plan.searches);
  search.close();
  await full.close();
  return {
    ...{ records, fillPerSecond, indexPerSecond, searches, worstBlockMs: blocks },
    appendEmpty: median(rates.empty),
    appendFull: median(rates.full),
  };
}

const appendRounds = 5;
const appendsInRound = 5_000;
const warmUps = 2_000;

/** The longest delay of the event loop from here to the call of what it returns, milliseconds. */
function watchDelay(): () => number {
  const histogram = monitorEventLoopDelay({ resolution: 1 });
  histogram.enable();
  return () => {
    histogram.disable();
    return histogram.max / 1e6;
  };
}

/** An index of many rows, searched as one of a log. */
async function measureIndex(directory: string, { indexRows, searches }: LogBenchPlan, progress: Progress) {
  if (indexRows === 0) return { indexRows, rowsPerSecond: 0, rowSearches: [] };
  progress(`writing an index of ${indexRows} rows`);
  const files = new SegmentFiles(join(directory, "rows"));
  const traffic = new SyntheticTraffic("index bench");
  const writer = "019ab000-0000-7000-8000-00000000000b";
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
    if (piece % 10 === 0) progress(`${from + rows.length} rows`);
  }
  const rowsPerSecond = (1000 * indexRows) / (monotonic() - start);
  const tips: Tip[] = [{ writer, number: 2 * indexRows, chain: Buffer.alloc(32) }];
  const reader = { writers: async () => tips } as Partial<LogReader> as LogReader;
  progress("searching it");
  const search = new LogSearch({ reader, directory: files.directory });
  const rowSearches = await timeSearches(search, searches);
  search.close();
  return { indexRows, rowsPerSecond, rowSearches };
}

const rowsInSegment = 100_000;
/** Ten million rows are four months. */
const msBetweenRows = 1_000;

async function timeSearches(search: LogSearch, count: number): Promise<SearchTimes[]> {
  const random = createRandom("log bench queries");
  const newest = await search.page({ query: {}, order: "newest", limit: 1 });
  const oldest = await search.page({ query: {}, order: "oldest", limit: 1000 });
  const [since, until] = [oldest.rows[0]!.time, newest.rows[0]!.time];
  const samples = await samplesOf(search, since, until);
  const times: SearchTimes[] = [];
  for (const [title, make] of benchQueries) {
    const taken: number[] = [];
    const used: number[] = [];
    let found = 0;
    for (let i = 0; i < count; i++) {
      const query = make({ random, since, until, samples });
      const [start, before] = [monotonic(), process.threadCpuUsage()];
      const page = await search.page({ query, order: "newest", limit: 50 });
      taken.push(monotonic() - start);
      const { user, system } = process.threadCpuUsage(before);
      used.push((user + system) / 1000);
      found += page.rows.length;
    }
    const sorted = taken.toSorted((a, b) => a - b);
    const part = (share: number) => sorted[Math.min(count - 1, Math.floor(count * share))]!;
    const [p50, p95, max] = [part(0.5), part(0.95), sorted.at(-1)!];
    times.push({ title, found: found / count, cpu: median(used), p50, p95, max });
  }
  return times;
}

/** Rows from the whole of the log. */
async function samplesOf(search: LogSearch, since: number, until: number): Promise<SearchRow[]> {
  const samples: SearchRow[] = [];
  const parts = 50;
  for (let i = 0; i < parts; i++) {
    const query = { since: since + ((until - since) * i) / parts };
    samples.push(...(await search.page({ query, order: "oldest", limit: 40 })).rows);
  }
  return samples;
}
