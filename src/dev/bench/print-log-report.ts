import { type LogBenchReport, summary } from "./log-bench.ts";
import { formatTable } from "./table.ts";
import type { SearchTimes } from "./time-searches.ts";

/** What was measured, and what is to be reached. */
export function printLogReport(report: LogBenchReport): string {
  const { appends, worstBlockMs } = report;
  const { empty, full, share } = summary(appends);
  const percent = (value: number) => `${(100 * value).toFixed(0)} %`;
  return [
    `${storeNames[report.store]}: log of ${count(report.records)} records, filled at ${count(report.fillPerSecond)} records/s`,
    `append beside the index: empty ${count(empty)}, full ${count(full)} records/s (medians of ${appends.length} rounds in turn): ${percent(share)} (to reach: 90)`,
    `each round: ${appends.map((round) => percent(round.full / round.empty)).join(", ")}`,
    // With whatever else the machine does: the index has a thread of its own.
    `main thread held up at most ${worstBlockMs.indexing.toFixed(1)} ms while the index was built, ${worstBlockMs.alone.toFixed(1)} ms without`,
    `index: ${count(report.indexPerSecond)} records/s`,
    "",
    `search over ${count(report.records)} records, pages of 50, ms (to reach: p95 200)`,
    printSearches(report.searches),
    "",
    "reading the records of one exchange, ms",
    printSearches(report.finds),
    ...(report.indexRows === 0
      ? []
      : [
          "",
          `search over an index of ${count(report.indexRows)} exchanges (built at ${count(report.rowsPerSecond)} rows/s), ms`,
          printSearches(report.rowSearches),
        ]),
    "",
  ].join("\n");
}

const storeNames = { sqlite: "SQLite", postgres: "PostgreSQL" } as const;

function printSearches(times: readonly SearchTimes[]): string {
  const rows = times.map(({ title, found, cpu, p50, p95, max }) => {
    return [title, found.toFixed(1), ...[cpu, p50, p95, max].map((ms) => ms.toFixed(1))];
  });
  return formatTable(["search", "found", "CPU p50", "p50", "p95", "max"], rows);
}

function count(value: number): string {
  return Math.round(value).toLocaleString("en");
}
