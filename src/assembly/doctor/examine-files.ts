import { access, constants, stat, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isThere } from "../../trust/is-there.ts";
import { privateKeyFiles } from "../keys/private-key-files.ts";
import { broken, type Examined, type Finding, warning, wordsOf } from "./finding.ts";

/** Free bytes below which a log soon takes no more, and below which somebody should look. */
const leastFree = 100 * 1024 * 1024;
const littleFree = 1024 * 1024 * 1024;

const byOwner = "Let its owner alone read and write it: chmod 600 for a file, 700 for a folder.";

/** Whether secrets are there, and their owner's alone. */
export async function examineSecrets({ configuration }: Examined): Promise<Finding[]> {
  const { passphraseFile, masterKeyFile, logKeyFile, vaultDirectory } = configuration;
  const password = configuration.postgresql?.passwordFile;
  const found = await Promise.all([
    examineSecret("the passphrase of the keys", passphraseFile, "needed"),
    examineSecret(
      "the master key of the vault",
      masterKeyFile,
      (await isThere(vaultDirectory)) ? "needed" : "made",
    ),
    examineSecret("the key of the log's checkpoints", logKeyFile, "made"),
    ...(await privateKeyFiles(configuration)).map((path) => examineSecret("a private key", path, "needed")),
    ...(password === undefined ? [] : [examineSecret("the password of PostgreSQL", password, "needed")]),
  ]);
  return found.flat();
}

/** @param presence `made`: the server makes it when it is not there */
async function examineSecret(name: string, path: string, presence: "needed" | "made"): Promise<Finding[]> {
  const why = "Without it the server does not start, and what it protects cannot be read.";
  try {
    const { mode } = await stat(path);
    if ((mode & 0o077) !== 0) {
      const rights = (mode & 0o777).toString(8);
      const thief = "Every user of this machine could take it; the server refuses to use it.";
      return [broken(`${name}, ${path}, is open to others (mode ${rights})`, thief, byOwner)];
    }
    await access(path, constants.R_OK);
    return [];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT" && presence === "made") return [];
    const remedy = "Put it back from where it is kept, or correct the path; run this as the server's user.";
    return [broken(`${name}, ${path}, cannot be read: ${wordsOf(error)}`, why, remedy)];
  }
}

/** Whether folders can be written, are the owner's alone, and have room. */
export async function examineFolders({ configuration }: Examined): Promise<Finding[]> {
  const { stateDirectory, vaultDirectory, bodiesDirectory, keysDirectory } = configuration;
  const folders = [stateDirectory, vaultDirectory, bodiesDirectory, keysDirectory];
  const rights = await Promise.all([...new Set(folders)].map(examineRights));
  return [...rights.flat(), ...(await examineRoom([stateDirectory, vaultDirectory, bodiesDirectory]))];
}

async function examineRights(path: string): Promise<Finding[]> {
  const there = await nearest(path);
  try {
    await access(there, constants.W_OK | constants.X_OK);
  } catch (error) {
    const why = "The server keeps log, keys and state there; without it no exchange is taken.";
    return [
      broken(`${there} cannot be written: ${wordsOf(error)}`, why, "Give it to the server's user (chown)."),
    ];
  }
  if (there !== path) return [];
  const { mode } = await stat(path);
  if ((mode & 0o077) === 0) return [];
  const why = "What lies there is encrypted or signed, but tells others who exchanges what, and when.";
  return [warning(`${path} is open to others (mode ${(mode & 0o777).toString(8)})`, why, byOwner)];
}

/** One finding a file system, however many folders are on it. */
async function examineRoom(paths: readonly string[]): Promise<Finding[]> {
  const byDevice = new Map<number, string>();
  for (const path of paths) {
    const there = await nearest(path);
    byDevice.set((await stat(there)).dev, there);
  }
  const findings = [...byDevice.values()].map(async (path): Promise<Finding[]> => {
    const { bavail, bsize, ffree, files } = await statfs(path);
    const free = bavail * bsize;
    const what = `the disk of ${path} has ${Math.floor(free / 1024 / 1024)} MiB left`;
    const why = "A message that cannot be kept is not sent: with a full disk all exchanges are refused.";
    const remedy =
      "Make room, or move the log to a larger disk; `sealway log archive` copies what may be moved.";
    if (free < leastFree) return [broken(what, why, remedy)];
    if (files > 0 && ffree < 1000)
      return [broken(`the disk of ${path} has ${ffree} inodes left`, why, remedy)];
    return free < littleFree ? [warning(what, why, remedy)] : [];
  });
  return (await Promise.all(findings)).flat();
}

/** The folder itself, or the nearest one above it that is there. */
async function nearest(path: string): Promise<string> {
  if (await isThere(path)) return path;
  const above = dirname(path);
  return above === path ? path : nearest(join(above));
}
