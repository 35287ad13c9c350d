import { monotonic } from "../../core/clock.ts";
import type { LogReader } from "../../messagelog/message-store.ts";
import type { LogSearch } from "../../messagelog/search/log-search.ts";
import type { SearchRow } from "../../messagelog/search/search-row.ts";
import { createRandom } from "../random.ts";
import type { BenchQuery, QueryGround } from "./log-bench-queries.ts";
import type { Progress } from "./log-ground.ts";
import { median } from "./measurement.ts";

/** Milliseconds. */
export interface SearchTimes {
  readonly title: string;
  /** Rows or records, on average. */
  readonly found: number;
  /** Median of this thread's time on the processor, which other work on the machine does not lengthen much. */
  readonly cpu: number;
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

/** @param count how often each kind is asked */
export async function timeSearches(
  search: LogSearch,
  kinds: readonly BenchQuery[],
  { count, progress }: { readonly count: number; readonly progress: Progress },
): Promise<SearchTimes[]> {
  const random = createRandom("log bench queries");
  const newest = await search.page({ query: {}, order: "newest", limit: 1 });
  const oldest = await search.page({ query: {}, order: "oldest", limit: 1000 });
  const [since, until] = [oldest.rows[0]!.time, newest.rows[0]!.time];
  const ground: QueryGround = { random, since, until, samples: await samplesOf(search, since, until) };
  const times: SearchTimes[] = [];
  for (const [title, make] of kinds) {
    progress.often(() => title);
    times.push(
      await timed(title, count, async () => {
        const page = await search.page({ query: make(ground), order: "newest", limit: 50 });
        return page.rows.length;
      }),
    );
  }
  return times;
}

/** How long it takes to read the records of an exchange. */
export async function timeFinds(
  search: LogSearch,
  readers: Readonly<Record<"byTime" | "byPlace", LogReader>>,
  { count, progress }: { readonly count: number; readonly progress: Progress },
): Promise<SearchTimes[]> {
  const times: SearchTimes[] = [];
  for (const [order, age] of [
    ["oldest", "when little was written"],
    ["newest", "just written"],
  ] as const) {
    const { rows } = await search.page({ query: {}, order, limit: 1000 });
    const random = createRandom(`log bench finds ${order}`);
    for (const [name, how] of [
      ["byTime", "by time"],
      ["byPlace", "by place"],
    ] as const) {
      progress.often(() => `finding ${how}`);
      const find = async () => (await readers[name].find(rows[random.below(rows.length)]!.exchangeId)).length;
      await find();
      times.push(await timed(`${age}, ${how}`, count, find));
    }
  }
  return times;
}

async function timed(title: string, count: number, ask: () => Promise<number>): Promise<SearchTimes> {
  const taken: number[] = [];
  const used: number[] = [];
  let found = 0;
  for (let i = 0; i < count; i++) {
    const [start, before] = [monotonic(), process.threadCpuUsage()];
    found += await ask();
    taken.push(monotonic() - start);
    const { user, system } = process.threadCpuUsage(before);
    used.push((user + system) / 1000);
  }
  const sorted = taken.toSorted((a, b) => a - b);
  const part = (share: number) => sorted[Math.min(count - 1, Math.floor(count * share))]!;
  const [p50, p95, max] = [part(0.5), part(0.95), sorted.at(-1)!];
  return { title, found: found / count, cpu: median(used), p50, p95, max };
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
