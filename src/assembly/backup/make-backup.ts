import { copyFile, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import type { Clock } from "../../core/clock.ts";
import { erasedKeys } from "../../messagelog/retention/erasure-statement.ts";
import { copyDatabase } from "../../store/sqlite/copy-database.ts";
import { syncDirectory, writeFileAtomically } from "../../trust/atomic-file.ts";
import { isThere } from "../../trust/is-there.ts";
import { consoleSecretPath } from "../console/console-secret.ts";
import { readerOnceThere } from "../log-store.ts";
import type { ServerConfiguration } from "../server-configuration.ts";
import {
  type BackupFile,
  type BackupManifest,
  type BackupPart,
  digestOfFile,
  manifestName,
  partDirectories,
  refusedBackup,
} from "./backup-manifest.ts";
import { keptApart } from "./kept-apart.ts";
import { backUpVault, type VaultCounts } from "./vault-backup.ts";

export interface BackupWork {
  readonly configuration: ServerConfiguration;
  /** The folder of this backup, which is not there yet. */
  readonly to: string;
  /** Where the likeness of the vault is kept; undefined leaves the vault to other tools. */
  readonly vaultTo: string | undefined;
  readonly clock: Clock;
  /** Told what is being copied. */
  readonly progress: (what: string) => void;
}

export interface MadeBackup {
  readonly files: number;
  readonly bytes: number;
  readonly log: BackupManifest["log"];
  /** Undefined when it was left out. */
  readonly vault: VaultCounts | undefined;
}

/** Folders of the state that a server makes anew, or that are nothing without it. */
const leftOut: ReadonlySet<string> = new Set(["search", "spool", "monitoring"]);
const temporary = /(-wal|-shm|-journal|\.lock|\.new|\.unfinished|\.sock|\.alive)$/;

/**
 * Backs up a server, beside it while it runs: log database, bodies, keys as their files have them, state; never the vault
 * or what is `keptApart`. The vault goes to a likeness of its own, and with it the secret of the console, without which
 * the log's digests of persons tell nobody who they are.
 * @throws SealwayError `bad_request` for places that do not do; errors of SQLite and the file system
 */
export async function makeBackup(work: BackupWork): Promise<MadeBackup> {
  const { configuration, to, vaultTo, clock } = work;
  const made = new Date(clock.now()).toISOString();
  checkPlaces(configuration, to, vaultTo);
  const working = `${to}.unfinished`;
  await rm(working, { recursive: true, force: true });
  await mkdir(dirname(working), { recursive: true });
  await mkdir(working, { mode: 0o700 });
  try {
    const files = await copyParts(work, working);
    const vault = await copyVault(work);
    const log = configuration.postgresql === undefined ? "sqlite" : "postgresql";
    const manifest: BackupManifest = { v: 1, server: configuration.server, made, log, files };
    await writeFileAtomically(join(working, manifestName), Buffer.from(JSON.stringify(manifest)), "private");
    // Fails when somebody has made it meanwhile.
    await rename(working, to);
    await syncDirectory(dirname(to));
    return { files: files.length, bytes: files.reduce((sum, { size }) => sum + size, 0), log, vault };
  } catch (error) {
    await rm(working, { recursive: true, force: true });
    throw error;
  }
}

/** Whoever takes one of the three must not have the others. */
function checkPlaces(configuration: ServerConfiguration, to: string, vaultTo: string | undefined): void {
  const own = [...Object.values(partDirectories(configuration)), configuration.vaultDirectory].filter(
    (directory) => directory !== undefined,
  );
  for (const place of [to, vaultTo].filter((one) => one !== undefined)) {
    const within = own.find((directory) => isWithin(place, directory) || isWithin(directory, place));
    if (within !== undefined) throw refusedBackup(`${place} and ${within} lie in each other`);
  }
  if (vaultTo === undefined || !(isWithin(to, vaultTo) || isWithin(vaultTo, to))) return;
  throw refusedBackup(`the keys go apart from what they open: ${vaultTo} and ${to} lie in each other`);
}

function isWithin(path: string, directory: string): boolean {
  const [first] = relative(resolve(directory), resolve(path)).split(sep);
  return first !== "..";
}

/**
 * In an order in which each is complete by what came before: a checkpoint is of batches that the log has, the log's
 * bodies were there before their records.
 */
async function copyParts({ configuration, progress }: BackupWork, working: string): Promise<BackupFile[]> {
  const directories = partDirectories(configuration);
  const state = (await keptOf(configuration, "state")).filter((path) => !leftOut.has(path.split("/")[0]!));
  const isFirst = (path: string) => path.startsWith("checkpoint/");
  const isSecond = (path: string) => path.startsWith("log/");
  const copy = (part: BackupPart, paths: readonly string[]) => {
    return copyFiles({ part, paths, from: directories[part], to: join(working, part), progress });
  };
  const parts: BackupFile[][] = [
    await copy("state", state.filter(isFirst)),
    await copy("state", state.filter(isSecond)),
  ];
  for (const part of ["bodies", "keys", "agreements"] as const) {
    parts.push(await copy(part, await keptOf(configuration, part)));
  }
  parts.push(
    await copy(
      "state",
      state.filter((path) => !isFirst(path) && !isSecond(path)),
    ),
  );
  return parts.flat();
}

/**
 * Files of a part, wherever an operator has put its folder: what lies in it and is of another part goes with that one, and
 * secrets go nowhere.
 */
async function keptOf(configuration: ServerConfiguration, part: BackupPart): Promise<string[]> {
  const directories = partDirectories(configuration);
  const directory = directories[part];
  if (directory === undefined) return [];
  const inner = Object.values(directories).filter(
    (other) => other !== undefined && other !== directory && isWithin(other, directory),
  );
  const secrets = (await keptApart(configuration)).map(({ path }) => path);
  const { stateDirectory, vaultDirectory } = configuration;
  const others = [vaultDirectory, consoleSecretPath(stateDirectory), ...secrets, ...inner];
  const isKept = (path: string) =>
    !temporary.test(path) &&
    !others.some((other) => other !== undefined && isWithin(join(directory, path), other));
  return (await filesBelow(directory)).filter(isKept);
}

interface Copying {
  readonly part: BackupPart;
  readonly paths: readonly string[];
  readonly from: string | undefined;
  readonly to: string;
  readonly progress: BackupWork["progress"];
}

async function copyFiles({ part, paths, from, to, progress }: Copying): Promise<BackupFile[]> {
  const copied: BackupFile[] = [];
  for (const [i, path] of paths.entries()) {
    progress(`${part}: ${i + 1} of ${paths.length} files`);
    const target = join(to, path);
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    const said = (pages: number, all: number) => progress(`${path}: ${Math.floor((100 * pages) / all)} %`);
    try {
      if (path.endsWith(".db")) await copyDatabase(join(from!, path), target, said);
      else await copyDurably(join(from!, path), target);
    } catch (error) {
      // Bodies are removed, and small files replaced, while the server runs.
      if ((error as NodeJS.ErrnoException).code === "ENOENT") continue;
      throw error;
    }
    copied.push({ part, path, size: (await stat(target)).size, sha256: await digestOfFile(target) });
  }
  return copied;
}

/** With the permissions that it had; all of it is there, or nothing. */
export async function copyDurably(from: string, to: string): Promise<void> {
  const working = `${to}.unfinished`;
  await copyFile(from, working);
  const file = await open(working, "r");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(working, to);
  await syncDirectory(dirname(to));
}

/** Every file below a directory, with `/`; none where there is no directory. */
async function filesBelow(directory: string): Promise<string[]> {
  try {
    const entries = await readdir(directory, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    return files
      .map((entry) => relative(directory, join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** Behind the log: its records' keys are all there. */
async function copyVault({
  configuration,
  vaultTo,
  clock,
  progress,
}: BackupWork): Promise<VaultCounts | undefined> {
  if (vaultTo === undefined) return undefined;
  progress("keys of the vault");
  const counts = await backUpVault(configuration, vaultTo, await erasedInLog(configuration), clock);
  const secret = consoleSecretPath(configuration.stateDirectory);
  if (await isThere(secret)) await copyDurably(secret, consoleSecretPath(vaultTo));
  return counts;
}

/** Ids of keys of which the log says that they are destroyed. */
export async function erasedInLog(configuration: ServerConfiguration): Promise<ReadonlySet<string>> {
  const reader = (await readerOnceThere(configuration))();
  try {
    return new Set(reader === undefined ? [] : (await erasedKeys(reader)).keys());
  } finally {
    reader?.close();
  }
}
