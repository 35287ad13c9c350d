import { type MadeBackup, makeBackup } from "../assembly/backup/make-backup.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { systemClock } from "../core/clock.ts";
import { type Flag, readArguments } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { configFlag } from "./config-flag.ts";
import { jsonFlag, toJson } from "./json-flag.ts";
import { progressOn } from "./progress.ts";

export const summary = "Backs up a security server, its key vault apart";

export const description =
  "Works beside the running server or without it. --to gets the log's database as it is at one moment (SQLite's online " +
  "backup), kept bodies, keys as their files have them (encrypted), agreements and state, with a digest of each file. The " +
  "key vault is never in it: --vault-to is a likeness of the vault on another disk, which each run brings up to date; keys " +
  "that were destroyed since are overwritten there, and after seven days without a run it is not put back any more. With " +
  "the vault goes the secret of the console. In neither are the vault's master key, the passphrase, PINs of devices, the key " +
  "of the management server, the password of PostgreSQL and the secrets at the identity provider and the CA: keep them " +
  "apart from both. What is cached, search index and monitoring are left out.\n" +
  "A log in PostgreSQL is backed up by PostgreSQL's own tools, first: pg_basebackup with archived WAL (point in time), or " +
  "pg_dump -Fc --schema=sealway; then run this for the files.";

export const flags = [
  configFlag,
  { kind: "required", name: "to", value: "DIR", description: "The folder of this backup; it is made." },
  {
    kind: "text",
    name: "vault-to",
    value: "DIR",
    description:
      "The likeness of the key vault; the same folder each time. Without it the vault is left out.",
  },
  jsonFlag,
] as const satisfies readonly Flag[];

export async function run(args: readonly string[]): Promise<number> {
  const { config, to, "vault-to": vaultTo, json } = readArguments({ flags }, args).flags;
  const configuration = await loadServerConfiguration(config);
  const progress = progressOn();
  const work = { configuration, to, vaultTo, clock: systemClock, progress: progress.tell };
  const made = await makeBackup(work).finally(progress.end);
  process.stdout.write(json ? toJson({ to, ...made }) : `${linesOf(to, made).join("\n")}\n`);
  return exitCodes.ok;
}

function linesOf(to: string, { files, bytes, log, vault }: MadeBackup): string[] {
  return [
    `${to}: ${files} files, ${(bytes / 1024 / 1024).toFixed(1)} MiB`,
    vault === undefined
      ? "the key vault and the secret of the console were left out: without the vault nobody reads heads and bodies again (--vault-to)"
      : `key vault: ${vault.copied} files new or changed, ${vault.destroyed} that were destroyed are gone`,
    ...(log === "postgresql"
      ? ["the log is in PostgreSQL: have its own backup (pg_basebackup, or pg_dump), made before this one"]
      : []),
  ];
}
