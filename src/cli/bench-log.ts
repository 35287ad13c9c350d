import { writeFile } from "node:fs/promises";
import { type Flag, readArguments } from "./arguments.ts";
import { exitCodes } from "./command.ts";

export const summary = "Measures a long message log on this machine";

export const description =
  "Writes invented exchanges through the store into a log of its own, then measures appending to it and to empty ones " +
  "in turn, building the search index, and each kind of search. With --rows it also writes an index of so many " +
  "exchanges with no log behind it: ten million of them take 2.5 GB, their log would take 100. The figures are the " +
  "machine's, with whatever else it does meanwhile.";

export const flags = [
  {
    kind: "number",
    name: "records",
    value: "COUNT",
    default: 1_000_000,
    least: 1_000,
    most: 100_000_000,
    description: "Records in the log, two an exchange, some 5 KB each.",
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

export async function run(args: readonly string[]): Promise<number> {
  const given = readArguments({ flags }, args).flags;
  const { runLogBench } = await import("../dev/bench/log-bench.ts");
  const { printLogReport } = await import("../dev/bench/print-log-report.ts");
  const plan = { records: given.records, indexRows: given.rows, searches: given.searches };
  const report = await runLogBench(plan, (what) => process.stderr.write(`${what}\n`));
  process.stdout.write(`\n${printLogReport(report)}`);
  if (given.out !== undefined) await writeFile(given.out, `${JSON.stringify(report, undefined, 2)}\n`);
  return exitCodes.ok;
}
