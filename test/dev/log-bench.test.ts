import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import t from "tap";
import { runLogBench } from "../../src/dev/bench/log-bench.ts";
import { printLogReport } from "../../src/dev/bench/print-log-report.ts";
import { withoutPostgres } from "../store/postgres/postgres-server.ts";

for (const store of ["sqlite", "postgres"] as const) {
  const skip = store === "postgres" && (await withoutPostgres(18));
  t.test(
    `a log in ${store} is filled, appended to and searched, and nothing is left behind`,
    { skip },
    async (t) => {
      const plan = { store, records: 1_000, rounds: 1, appends: 40, indexRows: 500, searches: 2 };
      const told: string[] = [];
      const before = benchDirectories();
      const report = await runLogBench(plan, (what) => told.push(what), new AbortController().signal);
      t.equal(report.records, 1_000 + 2 * (14 + 3 * 40), "the log has what was written");
      for (const { title, p95 } of [...report.searches, ...report.finds, ...report.rowSearches]) {
        t.ok(p95 > 0, title);
      }
      t.strictSame(
        report.finds.map(({ title, found }) => [title, found]),
        [
          ["when little was written, by time", 2],
          ["when little was written, by place", 2],
          ["just written, by time", 2],
          ["just written, by place", 2],
        ],
      );
      t.match(printLogReport(report), /append beside the index: empty [\d,]+, full [\d,]+ records/);
      const ended = new AbortController();
      const endEarly = (what: string) => {
        if (what.startsWith("building")) ended.abort();
      };
      await t.rejects(runLogBench(plan, endEarly, ended.signal), { name: "AbortError" });
      t.strictSame(benchDirectories(), before, "also when it is stopped");
      await t.rejects(
        runLogBench({ ...plan, records: 1e12 }, () => {}, ended.signal),
        /twice as much must be free/,
      );
    },
  );
}

function benchDirectories(): string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith("sealway-bench-log-"));
}
