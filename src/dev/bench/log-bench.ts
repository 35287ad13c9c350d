import { monitorEventLoopDelay } from "node:perf_hooks";
import { BenchLog } from "./bench-message-log.ts";
import { type IndexFigures, measureIndex } from "./index-bench.ts";
import { indexQueries, statusQueries } from "./log-bench-queries.ts";
import { bytesOfRecord, LogGround, type LogStoreName, Progress } from "./log-ground.ts";
import { median } from "./measurement.ts";
import { type SearchTimes, timeFinds, timeSearches } from "./time-searches.ts";

export interface LogBenchPlan {
  readonly store: LogStoreName;
  /** Records that fill the log before anything is measured. */
  readonly records: number;
  /** How often it is appended to the full log and to an empty one, in turn. */
  readonly rounds: number;
  /** Exchanges that are appended in each. */
  readonly appends: number;
  /** Rows of an index without a log behind it; 0 for none. */
  readonly indexRows: number;
  /** How often each kind of search is asked. */
  readonly searches: number;
}

export interface LogFigures {
  readonly records: number;
  readonly fillPerSecond: number;
  /** Records a second in each round, with the index being brought on beside. */
  readonly appends: readonly { readonly empty: number; readonly full: number }[];
  /** Records a second. */
  readonly indexPerSecond: number;
  readonly searches: readonly SearchTimes[];
  readonly finds: readonly SearchTimes[];
  /** The longest that the main thread was held up while it appended and the index was built, and without. */
  readonly worstBlockMs: { readonly indexing: number; readonly alone: number };
}

export interface LogBenchReport extends LogFigures, IndexFigures {
  readonly store: LogStoreName;
}

/** What an exchange takes on disk that is appended as a server does, bytes. */
const bytesOfAppend = 16_000;
const bytesOfRow = 300;
/** What is there before anything is written: databases without a record, and their write-ahead logs. */
const bytesBeforehand = 3e8;
/** What a write-ahead log of PostgreSQL comes to at most, with what it goes beyond its limit. */
const mostWal = 5e9;

/** What a run takes on disk at most. */
function bytesOf({ store, records, rounds, appends, indexRows }: LogBenchPlan): number {
  const written =
    records * bytesOfRecord[store] + (4 * rounds + 2) * appends * bytesOfAppend + indexRows * bytesOfRow;
  return bytesBeforehand + written + (store === "postgres" ? Math.min(2 * written, mostWal) : 0);
}

/**
 * Measures appending and searching on a long log in a directory of its own, which is removed at the end.
 * @param tell told what is being done @param signal ends it early
 * @throws Error when there is no room for it; the signal's reason
 */
export async function runLogBench(
  plan: LogBenchPlan,
  tell: (what: string) => void,
  signal: AbortSignal,
): Promise<LogBenchReport> {
  const { store, rounds, indexRows, searches } = plan;
  const progress = new Progress(tell, signal);
  const ground = await LogGround.open(store, ["full", ...emptyNames(rounds)], bytesOf(plan));
  try {
    return {
      store,
      ...(await measureLog(ground, plan, progress)),
      ...(await measureIndex(ground.directory, indexRows, { count: searches, progress })),
    };
  } finally {
    progress.end("removing it all");
    await ground.close();
  }
}

function emptyNames(rounds: number): string[] {
  return Array.from({ length: rounds }, (_, round) => `empty${round}`);
}

async function measureLog(ground: LogGround, plan: LogBenchPlan, progress: Progress): Promise<LogFigures> {
  const full = await BenchLog.open(ground.log("full"));
  try {
    progress.begin(`writing ${plan.records} records through the store`);
    const fillPerSecond = await full.fill(plan.records, progress);
    progress.begin("appending while the index is built, and without");
    full.index("beside");
    const indexing = await longestDelay(() => full.append(plan.rounds * plan.appends));
    await full.stopIndex();
    const alone = await longestDelay(() => full.append(plan.appends));
    progress.begin("building the index");
    const { indexPerSecond } = await full.reindex("search", progress);
    const appends = await compareAppends(ground, full, plan, progress);
    const { records } = await full.reindex("search", progress);
    progress.begin("searching");
    const asking = { count: plan.searches, progress };
    const search = full.search("search");
    const readers = full.readers("search");
    try {
      const searches = await timeSearches(search, [...indexQueries, ...statusQueries], asking);
      const finds = await timeFinds(search, readers, asking);
      const worstBlockMs = { indexing, alone };
      return { ...{ records, fillPerSecond, appends, indexPerSecond }, searches, finds, worstBlockMs };
    } finally {
      search.close();
      readers.byTime.close();
      readers.byPlace.close();
    }
  } finally {
    await full.close();
  }
}

/** The same appends to the full log and to an empty one, in turn, each with its index brought on beside. */
async function compareAppends(
  ground: LogGround,
  full: BenchLog,
  { rounds, appends }: LogBenchPlan,
  progress: Progress,
): Promise<{ empty: number; full: number }[]> {
  progress.begin("appending to the full log and to empty ones, in turn");
  const warmUps = Math.ceil(appends / 3);
  const rates: { empty: number; full: number }[] = [];
  full.index("search");
  for (const name of emptyNames(rounds)) {
    const empty = await BenchLog.open(ground.log(name));
    try {
      empty.index("search");
      // Its threads start, its code is compiled and its files grow before the clock counts; the full log's pages come back.
      await empty.append(warmUps);
      await full.append(warmUps);
      rates.push(await appendInTurn(empty, full, appends));
    } finally {
      await empty.close();
    }
    const { empty: slow, full: fast } = rates.at(-1)!;
    progress.begin(`empty ${Math.round(slow)}, full ${Math.round(fast)} records a second`);
  }
  await full.stopIndex();
  return rates;
}

/** In slices, so that what else the machine does meets both. @returns records a second */
async function appendInTurn(empty: BenchLog, full: BenchLog, appends: number) {
  const perSlice = Math.ceil(appends / slices);
  const seconds = { empty: 0, full: 0 };
  for (let slice = 0; slice < slices; slice++) {
    // Who comes first changes, too: what the disk still does for one must not always fall on the other.
    for (const name of slice % 2 === 0 ? (["empty", "full"] as const) : (["full", "empty"] as const)) {
      const log = name === "empty" ? empty : full;
      seconds[name] += (2 * perSlice) / (await log.append(perSlice));
    }
  }
  const written = 2 * perSlice * slices;
  return { empty: written / seconds.empty, full: written / seconds.full };
}

const slices = 10;

/** @returns the median of the rounds */
export function summary(appends: LogFigures["appends"]): { empty: number; full: number; share: number } {
  return {
    empty: median(appends.map(({ empty }) => empty)),
    full: median(appends.map(({ full }) => full)),
    share: median(appends.map(({ empty, full }) => full / empty)),
  };
}

/** The longest delay of the event loop meanwhile, milliseconds. */
async function longestDelay(work: () => Promise<unknown>): Promise<number> {
  const histogram = monitorEventLoopDelay({ resolution: 1 });
  histogram.enable();
  await work();
  histogram.disable();
  return histogram.max / 1e6;
}
