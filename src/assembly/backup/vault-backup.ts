import { mkdir, readdir, readFile, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Clock } from "../../core/clock.ts";
import { replaceForGood } from "../../messagelog/replace-for-good.ts";
import { writeFileAtomically } from "../../trust/atomic-file.ts";
import { refusedBackup } from "./backup-manifest.ts";

/*
 * The backup of a key vault is a likeness of it as it is, never a history: what was destroyed is overwritten in it by the
 * next run. It is apart from the other backup, and too old after seven days.
 */

/** A backup of keys that is older brings back what the law had destroyed: it is not put back. Milliseconds. */
export const vaultHorizon = 7 * 86_400_000;

const noteName = "vault-backup.json";
const keyFile = /^([0-9a-f-]{36})\.json$/;

interface VaultNote {
  readonly v: 1;
  readonly server: string;
  /** When all that was destroyed until then was gone from it, ISO 8601. */
  readonly made: string;
}

/** What a run did with the keys. */
export interface VaultCounts {
  readonly copied: number;
  /** Keys that had been destroyed since the last run, and now are here. */
  readonly destroyed: number;
}

/**
 * Brings the backup of a vault up to date.
 * @param erased ids of keys of which the log says that they are destroyed
 * @throws SealwayError `bad_request` when the vault is empty and its backup is not, or the backup is another server's
 */
export async function backUpVault(
  { vaultDirectory, server }: { readonly vaultDirectory: string; readonly server: string },
  target: string,
  erased: ReadonlySet<string>,
  clock: Clock,
): Promise<VaultCounts> {
  const begun = clock.now();
  await mkdir(target, { recursive: true, mode: 0o700 });
  const note = await readNote(target);
  if (note !== undefined && note.server !== server)
    throw refusedBackup(`${target} has the keys of ${note.server}`);
  const before = await filesBelow(target);
  const source = await filesBelow(vaultDirectory);
  if (source.size === 0 && before.size > 0) {
    throw refusedBackup(`${vaultDirectory} has no keys, and its backup has: is its disk there?`);
  }
  let copied = 0;
  for (const path of source) {
    if (!isKey(path, erased) && (await copyKey(join(vaultDirectory, path), join(target, path)))) copied++;
  }
  // Read again: what was destroyed while it was copied must not stay.
  const now = await filesBelow(vaultDirectory);
  let destroyed = 0;
  for (const path of await filesBelow(target)) {
    if (now.has(path) && !isKey(path, erased)) continue;
    await destroyFile(join(target, path));
    destroyed++;
  }
  const written: VaultNote = { v: 1, server, made: new Date(begun).toISOString() };
  await writeFileAtomically(join(target, noteName), Buffer.from(JSON.stringify(written)), "private");
  return { copied, destroyed };
}

/**
 * Puts back what a vault has lost. What is there stays as it is, and a key that was destroyed stays destroyed: by the
 * vault's own note, or by what the log says.
 * @throws SealwayError `bad_request` for a backup that is too old, of another server, or none
 */
export async function restoreVault(
  { vaultDirectory, server }: { readonly vaultDirectory: string; readonly server: string },
  source: string,
  erased: ReadonlySet<string>,
  clock: Clock,
): Promise<{ readonly restored: number; readonly left: number }> {
  await checkVaultBackup(source, server, clock);
  let [restored, left] = [0, 0];
  const present = await filesBelow(vaultDirectory);
  for (const path of await filesBelow(source)) {
    const isDestroyed = isKey(path, erased) || present.has(path.replace(/\.json$/, ".destroyed"));
    if (isDestroyed) left++;
    else if (!present.has(path) && (await copyKey(join(source, path), join(vaultDirectory, path))))
      restored++;
  }
  return { restored, left };
}

/** @throws SealwayError `bad_request` for a backup of a vault that must not be put back */
export async function checkVaultBackup(source: string, server: string, clock: Clock): Promise<void> {
  const note = await readNote(source);
  if (note === undefined) throw refusedBackup(`${source} is no backup of a vault`);
  if (note.server !== server) throw refusedBackup(`${source} has the keys of ${note.server}`);
  if (clock.now() - Date.parse(note.made) <= vaultHorizon) return;
  throw refusedBackup(
    `${source} was last brought up to date at ${note.made}: after seven days it may have keys that were destroyed`,
  );
}

function isKey(path: string, ids: ReadonlySet<string>): boolean {
  const id = keyFile.exec(nameOf(path))?.[1];
  return id !== undefined && ids.has(id);
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/**
 * What it replaces is overwritten: a master key that is no more may not stay either.
 * @returns whether it was copied; what is the same already, or was destroyed this moment, is not
 */
async function copyKey(from: string, to: string): Promise<boolean> {
  const [own, copy] = await Promise.all([readOrNone(from), readOrNone(to)]);
  if (own === undefined || own === copy) return false;
  if (copy !== undefined) await replaceForGood(to, own);
  else {
    await mkdir(dirname(to), { recursive: true, mode: 0o700 });
    await writeFileAtomically(to, Buffer.from(own), "private");
  }
  return true;
}

function readOrNone(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
}

/** Overwrites it where it lies before it goes. */
async function destroyFile(path: string): Promise<void> {
  await replaceForGood(path, "");
  await unlink(path);
}

/** Every file of a vault, below it, with `/`; temporary ones and the note left out. */
async function filesBelow(directory: string): Promise<Set<string>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(noneIfMissing);
  const files = entries.filter((entry) => entry.isFile() && /\.(json|destroyed)$|^id$/.test(entry.name));
  const paths = files.map(({ parentPath, name }) => {
    const folder = parentPath
      .slice(directory.length)
      .replace(/^[/\\]+/, "")
      .replaceAll("\\", "/");
    return folder === "" ? name : `${folder}/${name}`;
  });
  return new Set(paths.filter((path) => path !== noteName));
}

async function readNote(directory: string): Promise<VaultNote | undefined> {
  const text = await readOrNone(join(directory, noteName));
  try {
    return text === undefined ? undefined : (JSON.parse(text) as VaultNote);
  } catch (error) {
    throw refusedBackup(`${directory}: ${(error as Error).message}`);
  }
}

function noneIfMissing(error: NodeJS.ErrnoException): never[] {
  if (error.code === "ENOENT") return [];
  throw error;
}
