import { existsSync } from "node:fs";
import { restoreArchive } from "../assembly/restore-archive.ts";
import { UnreadableArchive } from "../messagelog/archive/unreadable-archive.ts";
import { type Flag, type Operands, readArguments, UsageError } from "./arguments.ts";
import { exitCodes } from "./command.ts";

export const summary = "Makes a readable log of an archive";

export const description =
  "Writes the log that the archive was made from into a directory that does not exist yet, laid out as a server's state " +
  "directory, for commands that read a log; no server goes on with it. Content that signed erasures in the archive say " +
  "is gone is left out. Heads and bodies can be read with the vault of the server, which no archive has.\n" +
  "Verify the archive first: restoring checks the digests of the files and no signature.";

export const flags = [
  {
    kind: "required",
    name: "out",
    value: "DIR",
    description: "Where the log is made. An existing directory is left alone.",
  },
] as const satisfies readonly Flag[];

export const operands: Operands = {
  name: "ARCHIVE",
  least: 1,
  most: 1,
  description: "The directory of the archive, with all its segments.",
};

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  if (existsSync(given.out))
    throw new UsageError(`${given.out} exists already`, "No log is restored over another.");
  try {
    const { records, bodies } = await restoreArchive(named[0]!, given.out);
    process.stdout.write(`${records} records and ${bodies} large bodies in ${given.out}\n`);
    return exitCodes.ok;
  } catch (error) {
    if (!(error instanceof UnreadableArchive)) throw error;
    process.stderr.write(`sealway log restore: ${error.message}; nothing was restored\n`);
    return exitCodes.unusable;
  }
}
