import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { systemClock } from "../core/clock.ts";
import { verifyArchiveInThreads } from "../messagelog/archive/verify-in-threads.ts";
import { type VerifyPackagesOptions, verifyPackages } from "../messagelog/archive/verify-packages.ts";
import { verifyJoined } from "../messagelog/evidence/verify-joined.ts";
import { type PackageVerdict, verifyPackage } from "../messagelog/evidence/verify-package.ts";
import { type Flag, type Operands, readArguments, UsageError } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { describeArchive, describeOfMany, describePackage } from "./describe-verdict.ts";
import { progressOn } from "./progress.ts";
import { verifyKindOf } from "./verify-kind.ts";

export const summary =
  "Verifies an evidence package or an archive offline and tells every finding with its consequence";

export const description =
  "Certificates, authorities, registrations and documents are judged at the time of the exchange, as the time-stamp " +
  "proves it. Give the governing authority's anchor: without it the package's own is used, which its maker chose.\n" +
  "A package from which parts were withheld or erased can be valid; the findings say what is missing. " +
  "schemas/evidence/v1/README.md explains package and findings.\n" +
  "Two packages, one from each side's log (`sealway evidence --other-side` fetches the other one), are verified each by " +
  "itself and then joined: the same messages, in both logs, each time-stamped.\n" +
  "An archive (schemas/archive/v1/README.md), one segment of it, or a folder of packages is verified in threads. Of an " +
  "archive every finding is counted, and the first twenty of each kind that are not good are told.";

export const flags = [
  {
    kind: "text",
    name: "anchor",
    value: "FILE",
    description: "The anchor file of the governing authority, got from the authority itself.",
  },
  { kind: "switch", name: "json", description: "Writes the verdict and all findings as one JSON object." },
  {
    kind: "text",
    name: "at",
    value: "TIME",
    description: "Verifies as if at this time (2031-05-01T00:00:00Z) instead of now.",
  },
  {
    kind: "number",
    name: "threads",
    value: "COUNT",
    default: 0,
    least: 0,
    most: 256,
    description:
      "Threads for an archive or a folder; 0 stands for one a core in an archive, and in a folder for as many as make it faster.",
  },
] as const satisfies readonly Flag[];

export const operands: Operands = {
  name: "PACKAGE",
  least: 1,
  most: 2,
  description:
    "A .zip file, or a folder of them; or an archive, or one segment of it; or the two packages of one exchange.",
};

const codes: Readonly<Record<PackageVerdict["verdict"], number>> = {
  valid: exitCodes.ok,
  invalid: exitCodes.failed,
  unusable: exitCodes.unusable,
};

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  const at = given.at === undefined ? systemClock.now() : readTime(given.at);
  const anchor = given.anchor === undefined ? undefined : await readFile(given.anchor);
  const path = named[0]!;
  if (named.length === 2) {
    const packages = [await readFile(path), await readFile(named[1]!)] as const;
    return tell(await verifyJoined(packages, { anchor, at }), given.json);
  }
  const found = await verifyKindOf(path);
  if (found.kind === "package") {
    return tell(await verifyPackage(await readFile(path), { anchor, at }), given.json);
  }
  const options = { anchor, at, threads: given.threads };
  if (found.kind === "folder") return verifyFolder(found.packages, options, given.json);
  const threads = given.threads || availableParallelism();
  const shown = progressOn();
  const progress = ({ segments, records }: { readonly segments: number; readonly records: number }) =>
    shown.tell(`${segments} segments, ${records} records so far`);
  const verifying = verifyArchiveInThreads(path, found.kind, { ...options, threads, progress });
  const result = await verifying.finally(shown.end);
  process.stdout.write(given.json ? `${JSON.stringify(result)}\n` : describeArchive(result));
  return codes[result.verdict];
}

function tell(result: PackageVerdict, json: boolean): number {
  process.stdout.write(json ? `${JSON.stringify(result)}\n` : describePackage(result));
  return codes[result.verdict];
}

/** @returns the code of the worst of them */
async function verifyFolder(
  packages: readonly string[],
  options: VerifyPackagesOptions,
  json: boolean,
): Promise<number> {
  let worst: number = exitCodes.ok;
  const counts = { valid: 0, invalid: 0, unusable: 0 };
  for await (const { path, verdict } of verifyPackages(packages, options)) {
    counts[verdict.verdict]++;
    worst = Math.max(worst, codes[verdict.verdict]);
    process.stdout.write(json ? `${JSON.stringify({ path, ...verdict })}\n` : describeOfMany(path, verdict));
  }
  const { valid, invalid, unusable } = counts;
  if (!json) process.stdout.write(`\nvalid: ${valid}, invalid: ${invalid}, unusable: ${unusable}\n`);
  return worst;
}

function readTime(text: string): number {
  const time = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?Z)?$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
  if (Number.isNaN(time)) throw new UsageError(`--at ${text} is no time`, "Write 2031-05-01T00:00:00Z.");
  return time;
}
