import { link, mkdir, open, readdir, readFile, rename, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { sha256 } from "../core/bytes.ts";
import { canonicalJson } from "../core/canonical-json.ts";
import { randomOctets } from "../core/random.ts";
import { isUuidV7, uuidV7Time } from "../core/uuid.ts";
import { writeFileAtomically } from "../trust/atomic-file.ts";
import type { KeyPurpose } from "./key-purpose.ts";
import { replaceForGood } from "./replace-for-good.ts";

/*
 * The files of a key vault: one folder a member, in it `master.json`, and one folder a day with one file a key. A
 * destroyed key leaves a note under the name of the key and `.destroyed`.
 */

/** A data key as kept: wrapped by a master key of its member, or when it was destroyed. */
export interface KeyFile extends KeyPurpose {
  readonly id: string;
  /** The period that was in force when it was made. */
  readonly keepDays?: number;
  readonly graceDays?: number;
  /** Which master key of the member wrapped it. */
  readonly by?: string;
  readonly wrapped?: string;
  readonly destroyed?: number;
}

/** The master keys of a member, wrapped by the server's; the first one is in use, another one is being replaced. */
export interface MasterFile {
  readonly member: string;
  readonly masters: readonly WrappedMaster[];
  /** When the member's vault was destroyed, milliseconds. */
  readonly destroyed?: number;
}

export interface WrappedMaster {
  readonly id: string;
  readonly wrapped: string;
}

const masterName = "master.json";
const live = ".json";
const dead = ".destroyed";
/** What a file system takes as one name. */
const longestName = 200;

export class VaultFiles {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  /** The folders of all members. */
  async folders(): Promise<string[]> {
    return (await orNone(readdir(this.directory))) ?? [];
  }

  /** The days on which a member has keys, `2026-11-22`. */
  async days(folder: string): Promise<string[]> {
    const names = (await orNone(readdir(join(this.directory, folder)))) ?? [];
    return names.filter((name) => /^\d{4}-\d{2}-\d{2}$/.test(name)).sort();
  }

  /** The keys of a day that are not destroyed. */
  async keysOfDay(folder: string, day: string): Promise<KeyFile[]> {
    const names = (await orNone(readdir(join(this.directory, folder, day)))) ?? [];
    const ids = names.filter((name) => name.endsWith(live)).map((name) => name.slice(0, -live.length));
    const files = await Promise.all(
      ids.filter(isUuidV7).map((id) => this.#read(this.#path(folder, id, live))),
    );
    return files.filter((file) => file?.wrapped !== undefined) as KeyFile[];
  }

  /** The key of an id, or the note that it was destroyed. */
  async readKey(folder: string, id: string): Promise<KeyFile | undefined> {
    return (await this.#read(this.#path(folder, id, live))) ?? this.#read(this.#path(folder, id, dead));
  }

  async makeKey(folder: string, file: KeyFile): Promise<void> {
    await mkdir(join(this.directory, folder, dayName(uuidV7Time(file.id))), { recursive: true, mode: 0o700 });
    await writeFileAtomically(this.#path(folder, file.id, live), bytesOf(file), "private");
  }

  /** Puts another wrapping in the place of the one that was, for good. */
  async replaceKey(folder: string, file: KeyFile): Promise<void> {
    await replaceForGood(this.#path(folder, file.id, live), text(file));
  }

  /** Overwrites the key and leaves a note. */
  async destroyKey(folder: string, file: KeyFile, now: number): Promise<void> {
    const { wrapped: _, by: __, ...rest } = file;
    await this.replaceKey(folder, { ...rest, destroyed: now });
    await rename(this.#path(folder, file.id, live), this.#path(folder, file.id, dead));
  }

  async readMasters(folder: string): Promise<MasterFile | undefined> {
    const read = await orNone(readFile(join(this.directory, folder, masterName), "utf8"));
    return read === undefined ? undefined : (JSON.parse(read) as MasterFile);
  }

  /** As `makeKey`, unless somebody else was first. */
  async makeSingleKey(folder: string, file: KeyFile): Promise<void> {
    await this.#makeOnce(this.#path(folder, file.id, live), file);
  }

  /** Makes the file unless somebody else was first. */
  async makeMasters(folder: string, file: MasterFile): Promise<void> {
    await this.#makeOnce(join(this.directory, folder, masterName), file);
  }

  async #makeOnce(path: string, file: KeyFile | MasterFile): Promise<void> {
    const temporary = `${path}.${randomOctets(8).toString("hex")}`;
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFileAtomically(temporary, bytesOf(file), "private");
    await link(temporary, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
    await unlink(temporary);
    await syncFolder(dirname(path));
  }

  /** Puts other masters in the place of those that were, for good. */
  async replaceMasters(folder: string, file: MasterFile): Promise<void> {
    await replaceForGood(join(this.directory, folder, masterName), text(file));
  }

  async #read(path: string): Promise<KeyFile | undefined> {
    const read = await orNone(readFile(path, "utf8"));
    return read === undefined ? undefined : (JSON.parse(read) as KeyFile);
  }

  #path(folder: string, id: string, suffix: string): string {
    return join(this.directory, folder, dayName(uuidV7Time(id)), id + suffix);
  }
}

/** The name of a member's folder. */
export function folderOf(member: string): string {
  const name = encodeURIComponent(member);
  return name.length <= longestName ? name : `sha256-${sha256(member).toString("hex")}`;
}

function text(file: KeyFile | MasterFile): string {
  return canonicalJson({ ...file } as never);
}

function bytesOf(file: KeyFile | MasterFile): Buffer {
  return Buffer.from(text(file));
}

/** The UTC day of a time, as folders are named. */
export function dayName(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function orNone<Value>(reading: Promise<Value>): Promise<Value | undefined> {
  try {
    return await reading;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}
