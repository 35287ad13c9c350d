import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Clock } from "../../core/clock.ts";
import { lockFile } from "../../store/sqlite/log-files.ts";
import { syncDirectory } from "../../trust/atomic-file.ts";
import { isThere } from "../../trust/is-there.ts";
import { consoleSecretPath } from "../console/console-secret.ts";
import { logDirectory } from "../log-store.ts";
import { takesOrders } from "../order-socket.ts";
import type { ServerConfiguration } from "../server-configuration.ts";
import {
  type BackupFile,
  type BackupManifest,
  digestOfFile,
  partDirectories,
  readManifest,
  refusedBackup,
} from "./backup-manifest.ts";
import { type KeptApart, keptApart } from "./kept-apart.ts";
import { copyDurably, erasedInLog } from "./make-backup.ts";
import { checkVaultBackup, restoreVault } from "./vault-backup.ts";

export interface RestoreWork {
  readonly configuration: ServerConfiguration;
  /** A folder that `makeBackup` made; undefined when keys alone are put back. */
  readonly from: string | undefined;
  /** The likeness of the vault; undefined leaves the vault as it is. */
  readonly vaultFrom: string | undefined;
  readonly clock: Clock;
  readonly progress: (what: string) => void;
}

export interface RestoredBackup {
  /** When the backup was begun, ISO 8601; undefined when keys alone were put back. */
  readonly made: string | undefined;
  readonly files: number;
  /** Files that were there, and stay as they were. */
  readonly kept: number;
  /** Keys that were put back, and that were left out because they are destroyed. */
  readonly keys: { readonly restored: number; readonly left: number } | undefined;
  /** Secrets that are not here: they have to be given again, from where they are kept. */
  readonly missing: readonly KeptApart[];
}

/**
 * Puts back what a server has lost. What is there stays as it is: nothing newer is replaced, and no key that was destroyed
 * comes back. Whether the server may go on with this log is judged at its start, by what its witnesses have seen.
 * @throws SealwayError `bad_request` while the server runs, or for a backup that is damaged, too old or another server's
 */
export async function restoreBackup(work: RestoreWork): Promise<RestoredBackup> {
  const { configuration, from, vaultFrom, clock } = work;
  const { server, stateDirectory } = configuration;
  if (await takesOrders(stateDirectory)) throw refusedBackup("the server runs: stop it first");
  if (vaultFrom !== undefined) await checkVaultBackup(vaultFrom, server, clock);
  const manifest = from === undefined ? undefined : await checkBackup(work, from);
  const files = from === undefined ? { files: 0, kept: 0 } : await putBack(work, from, manifest!);
  const keys =
    vaultFrom === undefined
      ? undefined
      : await restoreVault(configuration, vaultFrom, await erasedInLog(configuration), clock);
  if (vaultFrom !== undefined) await restoreConsoleSecret(vaultFrom, stateDirectory);
  const missing: KeptApart[] = [];
  for (const one of await keptApart(configuration)) if (!(await isThere(one.path))) missing.push(one);
  return { made: manifest?.made, ...files, keys, missing };
}

async function restoreConsoleSecret(vaultFrom: string, stateDirectory: string): Promise<void> {
  const [from, to] = [consoleSecretPath(vaultFrom), consoleSecretPath(stateDirectory)];
  if (!(await isThere(from)) || (await isThere(to))) return;
  await mkdir(stateDirectory, { recursive: true, mode: 0o700 });
  await copyDurably(from, to);
}

/** Before anything is written: every file is there and as it was. */
async function checkBackup({ configuration, progress }: RestoreWork, from: string): Promise<BackupManifest> {
  const manifest = await readManifest(from);
  if (manifest.server !== configuration.server)
    throw refusedBackup(`${from} is a backup of ${manifest.server}`);
  if ((manifest.log === "postgresql") !== (configuration.postgresql !== undefined)) {
    throw refusedBackup(`the log of the backup was in ${manifest.log}: the configuration says otherwise`);
  }
  if (manifest.log === "sqlite") await checkNoLog(logDirectory(configuration.stateDirectory));
  for (const [i, file] of manifest.files.entries()) {
    progress(`checked ${i + 1} of ${manifest.files.length} files`);
    const path = join(from, file.part, file.path);
    const digest = await digestOfFile(path).catch((error: Error) => {
      throw refusedBackup(`the backup is damaged: ${error.message}`);
    });
    if (digest !== file.sha256) throw refusedBackup(`the backup is damaged: ${path} was altered`);
  }
  return manifest;
}

async function checkNoLog(directory: string): Promise<void> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  if (names.every((name) => name === lockFile)) return;
  throw refusedBackup(`there is a log in ${directory}: move it away first, nothing overwrites a log`);
}

/** The log last and at once: a restoring that breaks off leaves no log that a server would go on with. */
async function putBack(
  { configuration, progress }: RestoreWork,
  from: string,
  { files }: BackupManifest,
): Promise<{ readonly files: number; readonly kept: number }> {
  const directories = partDirectories(configuration);
  const log = logDirectory(configuration.stateDirectory);
  const unfinished = `${log}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  let [written, kept] = [0, 0];
  for (const file of files) {
    const directory = directories[file.part];
    if (directory === undefined) continue;
    const to = isOfLog(file) ? join(unfinished, file.path.slice("log/".length)) : join(directory, file.path);
    if (await isThere(to)) {
      kept++;
      continue;
    }
    await mkdir(dirname(to), { recursive: true, mode: 0o700 });
    await copyDurably(join(from, file.part, file.path), to);
    progress(`put back ${++written} of ${files.length} files`);
  }
  if (files.some(isOfLog)) {
    await rm(join(log, lockFile), { force: true });
    await rename(unfinished, log);
    await syncDirectory(dirname(log));
  }
  return { files: written, kept };
}

function isOfLog({ part, path }: BackupFile): boolean {
  return part === "state" && path.startsWith("log/");
}
