import { writeFile } from "node:fs/promises";
import { type Flag, readArguments, UsageError } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { stopSignal } from "./stop-signal.ts";

export const summary = "Measures a long message log on this machine";

export const description =
  "Fills a log of its own with invented exchanges, written through the store but lean (some 1.2 KB a record, no real " +
  "signatures), then measures appending real-sized records to it and to empty logs in turn, building the search index, " +
  "each kind of search, and reading the records of an exchange. PostgreSQL is started for it. With --rows it also writes " +
  "an index of so many exchanges with no log behind it. All of it lies in the folder for temporary files (TMPDIR), needs " +
  "twice its size free there, and is removed at the end. The figures are the machine's, with whatever else it does " +
  "meanwhile.";

export const flags = [
  {
    kind: "text",
    name: "store",
    value: "NAME",
    default: "sqlite",
    description: "In which store the logs are: `sqlite` or `postgres`.",
  },
  {
    kind: "number",
    name: "records",
    value: "COUNT",
    default: 1_000_000,
    least: 1_000,
    most: 100_000_000,
    description: "Records in the log, two an exchange.",
  },
  {
    kind: "number",
    name: "rounds",
    value: "COUNT",
    default: 7,
    least: 1,
    most: 100,
    description: "How often it is appended to the full log and to an empty one.",
  },
  {
    kind: "number",
    name: "rows",
    value: "COUNT",
    default: 0,
    least: 0,
    most: 100_000_000,
    description: "Exchanges in an index without a log.",
  },
  {
    kind: "number",
    name: "searches",
    value: "COUNT",
    default: 40,
    least: 1,
    most: 10_000,
    description: "How often each kind of search is asked.",
  },
  { kind: "text", name: "out", value: "FILE", description: "Where the figures are written as JSON." },
] as const satisfies readonly Flag[];

/** Exchanges in a round: some seconds. */
const appends = 5_000;

export async function run(args: readonly string[]): Promise<number> {
  const given = readArguments({ flags }, args).flags;
  const { runLogBench } = await import("../dev/bench/log-bench.ts");
  const { printLogReport } = await import("../dev/bench/print-log-report.ts");
  const { records, rounds, rows, searches } = given;
  const plan = { store: parseStore(given.store), records, rounds, appends, indexRows: rows, searches };
  const progress = (what: string) => process.stderr.write(`${what}\n`);
  const ending = new AbortController();
  void stopSignal().then(() => ending.abort());
  try {
    const report = await runLogBench(plan, progress, ending.signal);
    process.stdout.write(`\n${printLogReport(report)}`);
    if (given.out !== undefined) await writeFile(given.out, `${JSON.stringify(report, undefined, 2)}\n`);
    return exitCodes.ok;
  } catch (error) {
    if (!ending.signal.aborted) throw error;
    progress("stopped before the end");
    return exitCodes.failed;
  }
}

function parseStore(name: string): "sqlite" | "postgres" {
  if (name === "sqlite" || name === "postgres") return name;
  throw new UsageError(`--store ${name} is none of sqlite, postgres`);
}
