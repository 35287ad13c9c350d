import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { SealwayError } from "../../core/errors.ts";
import type { ServerConfiguration } from "../server-configuration.ts";

/** What is in a backup, and from when: `manifest.json` of its folder. */
export interface BackupManifest {
  readonly v: 1;
  readonly server: string;
  /** When it was begun, ISO 8601. */
  readonly made: string;
  /** Where the message log is kept: one in PostgreSQL is not in the backup. */
  readonly log: "sqlite" | "postgresql";
  readonly files: readonly BackupFile[];
}

export interface BackupFile {
  /** Which folder of the server it is of. */
  readonly part: BackupPart;
  /** Below that folder, with `/`. */
  readonly path: string;
  readonly size: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
}

/** The folders of a server that are backed up; the vault is never among them. */
export type BackupPart = "state" | "keys" | "bodies" | "agreements";

export const manifestName = "manifest.json";

/** Where each part lies on a server. */
export function partDirectories({
  stateDirectory,
  keysDirectory,
  bodiesDirectory,
  agreementsDirectory,
}: ServerConfiguration): Readonly<Record<BackupPart, string | undefined>> {
  return {
    state: stateDirectory,
    keys: keysDirectory,
    bodies: bodiesDirectory,
    agreements: agreementsDirectory,
  };
}

/** A backup that cannot be made or put back, in words. */
export function refusedBackup(detail: string): SealwayError {
  return new SealwayError("bad_request", detail);
}

/** @throws SealwayError `bad_request` when there is no manifest, or it is none */
export async function readManifest(backup: string): Promise<BackupManifest> {
  try {
    const manifest = JSON.parse(await readFile(join(backup, manifestName), "utf8")) as BackupManifest;
    const isOne = manifest.v === 1 && typeof manifest.server === "string" && Array.isArray(manifest.files);
    if (isOne && manifest.files.every(isPlain)) return manifest;
  } catch (error) {
    throw refusedBackup(`${backup} is no backup: ${(error as Error).message}`);
  }
  throw refusedBackup(`${backup} is no backup that this release knows`);
}

/** A path that stays below its folder: a manifest may come from anywhere. */
function isPlain({ part, path }: BackupFile): boolean {
  const names = path.split("/");
  const stays = names.every((name) => name !== "" && name !== "." && name !== ".." && !/[\\\0]/.test(name));
  return stays && ["state", "keys", "bodies", "agreements"].includes(part);
}

/** Lower-case hexadecimal SHA-256 of a file. */
export async function digestOfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}
