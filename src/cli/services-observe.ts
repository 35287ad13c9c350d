import { readFile, writeFile } from "node:fs/promises";
import { loadOfficer } from "../assembly/load-officer.ts";
import { beginObservation, confirmObservation, parseObservation } from "../assembly/observe-service.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { systemClock } from "../core/clock.ts";
import { actFlags, submission, tellAnswer } from "./act-answer.ts";
import { type Flag, type FlagValues, type Operands, readArguments, UsageError } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { officerFiles, officerFlags } from "./officer-flags.ts";
import { readServiceId } from "./service-files.ts";

export const summary = "Lets two officers deliver, for a while, answers that break their schema";

export const description =
  "A version that enforces its schemas withholds answers that break them. Two officers whom the governing authority lists " +
  "for the server may have it only observed, for 72 hours at most. The first one names service and version, gives " +
  "--reason and --hours, and gets a file with one signature; the second one gives this file as RECORD within a day, reads " +
  "what it says, and signs: then the running server signs, too, and submits it.";

export const flags = [
  ...actFlags,
  ...officerFlags,
  { kind: "text", name: "reason", value: "TEXT", description: "For the first officer: why." },
  {
    kind: "number",
    name: "hours",
    value: "HOURS",
    default: 24,
    least: 1,
    most: 72,
    description: "For the first officer: how long, from now.",
  },
  {
    kind: "text",
    name: "out",
    value: "FILE",
    default: "observe.jws",
    description: "For the first officer: where the record is written; an existing file is left alone.",
  },
] as const satisfies readonly Flag[];

export const operands: Operands = {
  name: "SERVICE VERSION | RECORD",
  least: 1,
  most: 2,
  description: "The service and its version; for the second officer the record that the first one signed.",
};

type Given = FlagValues<typeof flags>;

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  const [first, version] = named;
  if (version === undefined) return confirm(first!, given);
  await begin(first!, version, given);
  return exitCodes.ok;
}

async function begin(id: string, version: string, given: Given): Promise<void> {
  const { reason, hours, out } = given;
  if (reason === undefined) throw new UsageError("--reason is required", "Or name the RECORD to confirm.");
  const service = readServiceId(id);
  const time = systemClock.now();
  const observation = { service, version, reason, until: time + hours * 3_600_000 };
  const officer = await loadOfficer(officerFiles(given));
  const record = await beginObservation(
    await loadServerConfiguration(given.config),
    officer,
    observation,
    time,
  );
  await writeFile(out, record, { mode: 0o600, flag: "wx" });
  process.stdout.write(`Signed once: ${out}\n`);
}

async function confirm(file: string, given: Given): Promise<number> {
  const record = await readFile(file);
  const { service, version, reason, until } = parseObservation(record);
  process.stdout.write(
    `${service} ${version} is observed until ${new Date(until).toISOString()}: ${reason}\n`,
  );
  const officer = await loadOfficer(officerFiles(given));
  const configuration = await loadServerConfiguration(given.config);
  const { answer } = await confirmObservation(configuration, officer, record, submission(given));
  return tellAnswer(configuration, service, answer, given);
}
