import { type RestoredBackup, restoreBackup } from "../assembly/backup/restore-backup.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { systemClock } from "../core/clock.ts";
import { type Flag, type Operands, readArguments, UsageError } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { configFlag } from "./config-flag.ts";
import { jsonFlag, toJson } from "./json-flag.ts";
import { progressOn } from "./progress.ts";

export const summary = "Puts back what a security server has lost, from its backups";

export const description =
  "The server must be stopped. Every file of the backup is compared with its digest before anything is written. What is " +
  "there stays as it is, so that nothing newer is replaced; a log that is there must be moved away first. Keys that were " +
  "destroyed do not come back: by the vault's own notes, by what the restored log says, and since the backup of the vault " +
  "has them no more. Secrets that no backup has, and that are not here, are named: give them again.\n" +
  "Then start the server. It starts when the log has all that its witnesses have cosigned; where the log lacks what " +
  "came after the backup, it is refused (log_discontinuous) until two officers declare that by `sealway log " +
  "discontinuity`, and `sealway log lost` lists what is missing. Restore a log in PostgreSQL by PostgreSQL's own tools first.";

export const flags = [
  configFlag,
  {
    kind: "text",
    name: "vault",
    value: "DIR",
    description:
      "Puts back keys and the secret of the console, too, from where `sealway backup --vault-to` keeps them; at most seven days old.",
  },
  jsonFlag,
] as const satisfies readonly Flag[];

export const operands: Operands = {
  name: "BACKUP",
  least: 0,
  most: 1,
  description: "The folder that `sealway backup --to` made; left out, keys alone are put back.",
};

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  const { config, vault: vaultFrom, json } = given;
  const from = named[0];
  if (from === undefined && vaultFrom === undefined)
    throw new UsageError("there is nothing to put back", "Name a BACKUP, or --vault DIR, or both.");
  const configuration = await loadServerConfiguration(config);
  const progress = progressOn();
  const work = { configuration, from, vaultFrom, clock: systemClock, progress: progress.tell };
  const restored = await restoreBackup(work).finally(progress.end);
  process.stdout.write(json ? toJson(restored) : `${linesOf(restored).join("\n")}\n`);
  return exitCodes.ok;
}

function linesOf({ made, files, kept, keys, missing }: RestoredBackup): string[] {
  return [
    ...(made === undefined
      ? []
      : [`put back ${files} files as they were at ${made}; ${kept} that are here stay as they are`]),
    ...(keys === undefined
      ? []
      : [`keys: ${keys.restored} files put back; ${keys.left} are destroyed and stay so`]),
    ...missing.map(({ what, path }) => `${what}, ${path}, is not here: put it back from where it is kept`),
    "start the server: it says whether the log continues what its witnesses have seen",
  ];
}
