import { readFile, writeFile } from "node:fs/promises";
import { confirmDiscontinuity, declareDiscontinuity } from "../assembly/declare-discontinuity.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { systemClock } from "../core/clock.ts";
import { type DiscontinuityPayload, readDiscontinuity } from "../messagelog/checkpoint/discontinuity.ts";
import { type Flag, type Operands, readArguments, UsageError } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { configFlag } from "./config-flag.ts";
import { officerFiles, officerFlags } from "./officer-flags.ts";

export const summary = "Declares, by two officers, that a log goes on from an earlier state";

export const description =
  "A server starts only on a log that continues what its witnesses have seen. When the newest copy is lost, two of the " +
  "officers whom the governing authority lists for the server sign a public record of it. The first one gives --reason " +
  "and gets a file with one signature; the second one gives this file as RECORD, reads what it says, and signs: then " +
  "the server takes it at its next start, keeps it in its log, and shows it to its witnesses, who keep it for " +
  "everybody to see. The server must not be running.\n" +
  "When it runs again, it asks every other server for the exchanges that were lost and keeps their proofs: " +
  "`sealway log lost` tells what came of it.";

export const flags = [
  configFlag,
  ...officerFlags,
  {
    kind: "text",
    name: "reason",
    value: "TEXT",
    description: "For the first officer: why the log is not whole.",
  },
  {
    kind: "text",
    name: "out",
    value: "FILE",
    default: "discontinuity.jws",
    description: "For the first officer: where the record is written; an existing file is left alone.",
  },
] as const satisfies readonly Flag[];

export const operands: Operands = {
  name: "RECORD",
  least: 0,
  most: 1,
  description: "For the second officer: the record that the first one signed.",
};

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  const configuration = await loadServerConfiguration(given.config);
  const officer = officerFiles(given);
  const [path] = named;
  if (path === undefined) {
    if (given.reason === undefined)
      throw new UsageError("--reason is required", "Or name the RECORD to confirm.");
    const { record, payload } = await declareDiscontinuity(configuration, officer, given.reason, systemClock);
    await writeFile(given.out, record, { mode: 0o600, flag: "wx" });
    process.stdout.write(`${describe(payload)}Signed once: ${given.out}\n`);
    return exitCodes.ok;
  }
  const record = await readFile(path);
  process.stdout.write(describe(readDiscontinuity(record)));
  const installed = await confirmDiscontinuity(configuration, officer, record, systemClock);
  process.stdout.write(`Signed by two officers: ${installed}\nThe server takes it at its next start.\n`);
  return exitCodes.ok;
}

function describe({ server, reason, lost, kept }: DiscontinuityPayload): string {
  return (
    `Log of ${server}: ${reason}\n` +
    `Given up: ${lost.size} batches, root ${lost.root}\n` +
    `It goes on from: ${kept.size} batches, root ${kept.root}\n`
  );
}
