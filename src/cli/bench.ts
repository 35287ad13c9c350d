import { writeFile } from "node:fs/promises";
import { type Flag, type FlagValues, readArguments, UsageError } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { stopSignal } from "./stop-signal.ts";

export const summary = "Measures exchanges between two security servers on this machine";

export const description =
  "Starts a country on loopback and sends POSTs of 1 KiB through two security servers with everything that an " +
  "exchange has: signatures, access rights, durable and encrypted records, time-stamps. In the same run the same " +
  "work goes (a) straight to the register, (b) over the same two hops as plain mutual TLS without trust, and (c) " +
  "over two nginx reverse proxies, where nginx is installed. What is to be reached stands beside what was measured; " +
  "the exit code does not depend on it.";

export const flags = [
  {
    kind: "number",
    name: "seconds",
    value: "SECONDS",
    default: 10,
    least: 1,
    most: 3600,
    description: "How long each load is timed. Every way is warmed up for as long at first.",
  },
  {
    kind: "text",
    name: "concurrency",
    value: "LIST",
    default: "1,8,16,32,64",
    description: "Calls in flight, one load after the other.",
  },
  {
    kind: "number",
    name: "rounds",
    value: "COUNT",
    default: 1,
    least: 1,
    most: 100,
    description: "How often everything is done; figures are medians.",
  },
  {
    kind: "text",
    name: "kind",
    value: "KIND",
    default: "opaque",
    description: "Whether the servers read the bodies: `opaque`, `json` or `both`.",
  },
  {
    kind: "number",
    name: "large",
    value: "MIB",
    default: 1024,
    least: 0,
    most: 4096,
    description: "Length of the long body that goes each way; 0 for none.",
  },
  { kind: "text", name: "out", value: "FILE", description: "Where the figures are written as JSON." },
  {
    kind: "text",
    name: "profile",
    value: "DIR",
    description:
      "Profiles the CPU of both servers, prints where it went, and leaves the .cpuprofile files there. " +
      "Only the servers are measured then, since profiling slows them.",
  },
] as const satisfies readonly Flag[];

/** As many as a service takes at once by default; more would measure refusals. */
const mostConnections = 64;

export async function run(args: readonly string[]): Promise<number> {
  const given = readArguments({ flags }, args).flags;
  const settings = {
    span: { kind: "time", warmUpMs: given.seconds * 200, timedMs: given.seconds * 1000 },
    concurrency: parseConcurrency(given.concurrency),
    rounds: given.rounds,
    kinds: parseKinds(given),
    largeMiB: given.large,
    profileDirectory: given.profile,
  } as const;
  const { runBench } = await import("../dev/bench/run-bench.ts");
  const { printProfiles, printReport } = await import("../dev/bench/print-report.ts");
  const progress = (what: string) => process.stderr.write(`${what}\n`);
  const ending = new AbortController();
  void stopSignal().then(() => ending.abort());
  try {
    const { report, profiles } = await runBench(settings, progress, ending.signal);
    process.stdout.write(`\n${printReport(report)}${printProfiles(profiles)}`);
    if (given.out !== undefined) await writeFile(given.out, `${JSON.stringify(report, undefined, 2)}\n`);
    return exitCodes.ok;
  } catch (error) {
    if (!ending.signal.aborted) throw error;
    progress("stopped before the end");
    return exitCodes.failed;
  }
}

function parseConcurrency(text: string): number[] {
  const numbers = text.split(",").map(Number);
  if (!numbers.every((number) => Number.isInteger(number) && number >= 1 && number <= mostConnections)) {
    throw new UsageError(
      `--concurrency has whole numbers from 1 to ${mostConnections}`,
      "Write --concurrency 1,8,32.",
    );
  }
  return numbers;
}

function parseKinds({ kind }: FlagValues<typeof flags>): readonly ("opaque" | "json")[] {
  if (kind === "both") return ["opaque", "json"];
  if (kind === "opaque" || kind === "json") return [kind];
  throw new UsageError(`--kind ${kind} is none of opaque, json, both`);
}
