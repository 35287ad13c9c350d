import { readFile, writeFile } from "node:fs/promises";
import { confirmQuotaRaise, readQuotaRaise, signQuotaRaise } from "../assembly/order-quota.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { systemClock } from "../core/clock.ts";
import { type Flag, type FlagValues, type Operands, readArguments, UsageError } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { providerConfigFlag } from "./config-flag.ts";
import { officerFiles, officerFlags } from "./officer-flags.ts";

export const summary = "Raises, by two officers and for a day at most, the quota of an agreement";

export const description =
  "An agreement's quota may be raised for 24 hours at most by two officers whom the governing authority lists for the " +
  "provider's server. The first one names the agreement, gives --reason and --per-minute or --per-day, and gets a file with " +
  "one signature; the second one gives this file as RECORD, reads what it says, and signs: then the running server keeps it in " +
  "its log, and counts by it from the next call on. What the service description grants each consumer stays as it is.";

export const flags = [
  providerConfigFlag,
  ...officerFlags,
  { kind: "text", name: "reason", value: "TEXT", description: "For the first officer: why." },
  {
    kind: "number",
    name: "per-minute",
    value: "CALLS",
    default: 0,
    least: 0,
    most: 10_000_000,
    description: "For the first officer: calls in a calendar minute; 0 leaves it as it is.",
  },
  {
    kind: "number",
    name: "per-day",
    value: "CALLS",
    default: 0,
    least: 0,
    most: 10_000_000_000,
    description: "For the first officer: calls on a calendar day; 0 leaves it as it is.",
  },
  {
    kind: "number",
    name: "hours",
    value: "HOURS",
    default: 24,
    least: 1,
    most: 24,
    description: "For the first officer: how long, from now.",
  },
  {
    kind: "text",
    name: "out",
    value: "FILE",
    default: "quota.jws",
    description: "For the first officer: where the record is written; an existing file is left alone.",
  },
] as const satisfies readonly Flag[];

export const operands: Operands = {
  name: "AGREEMENT | RECORD",
  least: 1,
  most: 1,
  description: "The agreement's id; for the second officer the record that the first one signed.",
};

type Given = FlagValues<typeof flags>;

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  const [subject] = named;
  if (given.reason === undefined) await confirm(subject!, given);
  else await begin(subject!, given.reason, given);
  return exitCodes.ok;
}

async function begin(agreement: string, reason: string, given: Given): Promise<void> {
  const { "per-minute": perMinute, "per-day": perDay, hours, out } = given;
  if (perMinute === 0 && perDay === 0) throw new UsageError("--per-minute or --per-day is required");
  const time = systemClock.now();
  const stated = {
    ...{ agreement, reason, time, until: time + hours * 3_600_000 },
    ...(perMinute > 0 && { perMinute }),
    ...(perDay > 0 && { perDay }),
  };
  const configuration = await loadServerConfiguration(given.config);
  const signed = await signQuotaRaise(configuration, officerFiles(given), stated);
  await writeFile(out, signed, { mode: 0o600, flag: "wx" });
  process.stdout.write(`Signed once: ${out}\n`);
}

async function confirm(file: string, given: Given): Promise<void> {
  const record = await readFile(file);
  const { agreement, perMinute, perDay, until, reason } = readQuotaRaise(record);
  const calls = [
    ...(perMinute === undefined ? [] : [`${perMinute} a minute`]),
    ...(perDay === undefined ? [] : [`${perDay} a day`]),
  ];
  process.stdout.write(
    `${agreement}: ${calls.join(", ")} until ${new Date(until).toISOString()}: ${reason}\n`,
  );
  await confirmQuotaRaise(await loadServerConfiguration(given.config), officerFiles(given), record);
  process.stdout.write("Signed by two officers: it counts from the next call on.\n");
}
