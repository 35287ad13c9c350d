import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { type RestoreTarget, restoreArchive } from "../assembly/restore-archive.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { UnreadableArchive } from "../messagelog/archive/unreadable-archive.ts";
import { type Flag, type Operands, readArguments, UsageError } from "./arguments.ts";
import { exitCodes } from "./command.ts";

export const summary = "Makes a readable log of an archive";

export const description =
  "Writes the log that the archive was made from into a directory that does not exist yet, laid out as a server's state " +
  "directory, or where a configuration keeps its log; for commands that read a log: no server goes on with it. Content " +
  "that signed erasures in the archive say is gone is left out. Heads and bodies can be read with the vault of the " +
  "server, which no archive has.\n" +
  "Verify the archive first: restoring checks the digests of the files and no signature.";

export const flags = [
  {
    kind: "text",
    name: "out",
    value: "DIR",
    description: "Where the log is made, in SQLite. An existing directory is left alone.",
  },
  {
    kind: "text",
    name: "config",
    value: "FILE",
    description:
      "Makes it where this configuration says: in the database of postgresql, which has no log yet, its large bodies in " +
      "stateDirectory, which does not exist yet. The same file serves the commands that read it.",
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
  const target = await targetOf(given);
  const { stateDirectory } = target;
  if (existsSync(stateDirectory))
    throw new UsageError(`${stateDirectory} exists already`, "No log is restored over another.");
  try {
    const { records, bodies } = await restoreArchive(named[0]!, target);
    const place =
      target.postgresql === undefined ? stateDirectory : `${target.postgresql.database}, ${stateDirectory}`;
    process.stdout.write(`${records} records and ${bodies} large bodies in ${place}\n`);
    return exitCodes.ok;
  } catch (error) {
    if (!(error instanceof UnreadableArchive)) throw error;
    process.stderr.write(`sealway log restore: ${error.message}; nothing was restored\n`);
    return exitCodes.unusable;
  }
}

async function targetOf({
  out,
  config,
}: {
  readonly out?: string | undefined;
  readonly config?: string | undefined;
}): Promise<RestoreTarget> {
  if ((out === undefined) === (config === undefined))
    throw new UsageError("either --out or --config is needed", "They say where the log is made.");
  return out === undefined ? loadServerConfiguration(config!) : { stateDirectory: resolve(out) };
}
