import { readFile } from "node:fs/promises";
import { systemClock } from "../core/clock.ts";
import type { Finding } from "../messagelog/evidence/finding.ts";
import type { Severity } from "../messagelog/evidence/finding-codes.ts";
import { type PackageVerdict, verifyPackage } from "../messagelog/evidence/verify-package.ts";
import { type Flag, type Operands, readArguments, UsageError } from "./arguments.ts";
import { exitCodes } from "./command.ts";

export const summary = "Verifies an evidence package offline and tells every finding with its consequence";

export const description =
  "Certificates, authorities, registrations and documents are judged at the time of the exchange, as the time-stamp " +
  "proves it. Give the governing authority's anchor: without it the package's own is used, which its maker chose.\n" +
  "A package from which parts were withheld or erased can be valid; the findings say what is missing. " +
  "schemas/evidence/v1/README.md explains package and findings.";

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
] as const satisfies readonly Flag[];

export const operands: Operands = {
  name: "PACKAGE",
  least: 1,
  most: 1,
  description: "The package, a .zip file.",
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
  const result = await verifyPackage(await readFile(named[0]!), { anchor, at });
  process.stdout.write(given.json ? `${JSON.stringify(result)}\n` : describe(result));
  return codes[result.verdict];
}

function readTime(text: string): number {
  const time = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?Z)?$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
  if (Number.isNaN(time)) throw new UsageError(`--at ${text} is no time`, "Write 2031-05-01T00:00:00Z.");
  return time;
}

const marks: Readonly<Record<Severity, string>> = {
  ok: "ok",
  info: "note",
  warning: "WARNING",
  failure: "FAILED",
};

const verdicts: Readonly<Record<PackageVerdict["verdict"], string>> = {
  valid: "VALID",
  invalid: "INVALID",
  unusable: "UNUSABLE",
};

/** A table for people: a line a finding, its consequence below unless all is well. */
function describe({ verdict, exchange, findings }: PackageVerdict): string {
  const title = exchange === undefined ? [] : [`exchange ${exchange.id} in ${exchange.instance}`, ""];
  const count = (severity: Severity) => findings.filter((one) => one.severity === severity).length;
  const totals = `ok: ${count("ok")}, notes: ${count("info")}, warnings: ${count("warning")}, failures: ${count("failure")}`;
  return `${[...title, ...findings.flatMap(lines), "", `${verdicts[verdict]} (${totals})`].join("\n")}\n`;
}

function lines({ severity, code, place, detail, consequence }: Finding): string[] {
  const line = `${marks[severity].padEnd(8)} ${code.padEnd(28)} ${printable(place)}`;
  const told = detail === undefined ? line : `${line} (${printable(detail)})`;
  return severity === "ok" ? [told] : [told, `         ${consequence}`];
}

/** Text of an attacker's choice must not steer the terminal. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "?");
}
