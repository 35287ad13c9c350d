import { createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fromBase64Url, toBase64Url } from "../core/bytes.ts";
import { canonicalJson } from "../core/canonical-json.ts";
import type { MemberId } from "../core/ids.ts";
import { isUuidV7, uuidV7, uuidV7Time } from "../core/uuid.ts";
import { writeFileAtomically } from "../trust/atomic-file.ts";
import { decryptGcm, encryptGcm } from "./gcm.ts";
import { replaceForGood } from "./replace-for-good.ts";
import { uuidBytes, uuidText } from "./uuid-bytes.ts";

/** What a data key is for: one for each member, retention class, part of the record, and day or quarter. */
export interface KeyPurpose {
  readonly member: MemberId;
  readonly retentionClass: string;
  readonly part: "head" | "tags";
}

export interface DataKey {
  /** 16 bytes: a UUIDv7 whose time is in the period of the key. */
  readonly id: Buffer;
  readonly key: KeyObject;
}

/** What became of a key that a record names. */
export type FoundKey =
  | { readonly state: "present"; readonly key: KeyObject }
  /** Destroyed on purpose: what it encrypted is erased, in every copy. */
  | { readonly state: "destroyed" }
  /** The vault has never seen it or lost it. */
  | { readonly state: "missing" };

/** As kept in a file: the key wrapped by the master key, or when it was destroyed. */
interface KeyFile extends KeyPurpose {
  readonly id: string;
  readonly wrapped?: string;
  readonly destroyed?: number;
}

/** The beginning of the period whose key a record made at `time` gets, milliseconds. */
const periodStarts: Readonly<Record<KeyPurpose["part"], (time: number) => number>> = {
  head: dayStart,
  tags: quarterStart,
};

/**
 * Opens the key vault: a directory of its own, apart from the log and its backups, one folder a day, one file a
 * key. Destroying a key erases every copy of what it encrypted.
 * @param masterKey wraps the data keys (AES-256-GCM); see `loadMasterKey`
 */
export async function openVault(directory: string, masterKey: KeyObject): Promise<KeyVault> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  return new KeyVault(directory, masterKey);
}

export class KeyVault {
  readonly #directory: string;
  readonly #masterKey: KeyObject;
  /** The keys in use, by purpose. */
  readonly #current = new Map<string, { readonly key: DataKey; readonly start: number }>();
  readonly #pending = new Map<string, Promise<DataKey>>();

  constructor(directory: string, masterKey: KeyObject) {
    this.#directory = directory;
    this.#masterKey = masterKey;
  }

  /** The key of a purpose at a time, when it is at hand: the path of every record but a day's first. */
  current(purpose: KeyPurpose, time: number): DataKey | undefined {
    const current = this.#current.get(nameOf(purpose));
    return current?.start === periodStarts[purpose.part](time) ? current.key : undefined;
  }

  /**
   * The key of a purpose at a time; made, and on disk before it is returned, when there is none yet.
   * @throws Error of the file system
   */
  async keyFor(purpose: KeyPurpose, time: number): Promise<DataKey> {
    const present = this.current(purpose, time);
    if (present !== undefined) return present;
    const start = periodStarts[purpose.part](time);
    const name = `${nameOf(purpose)}\0${start}`;
    let pending = this.#pending.get(name);
    if (pending === undefined) {
      pending = this.#findOrMake(purpose, start).finally(() => this.#pending.delete(name));
      this.#pending.set(name, pending);
    }
    const made = await pending;
    this.#current.set(nameOf(purpose), { key: made, start });
    return made;
  }

  /** The key that a record names. @throws Error of the file system, other than that there is no such file */
  async find(id: Buffer): Promise<FoundKey> {
    const file = await this.#read(uuidText(id));
    if (file === undefined) return { state: "missing" };
    if (file.destroyed !== undefined) return { state: "destroyed" };
    const key = this.#unwrap(file);
    return key === undefined ? { state: "missing" } : { state: "present", key };
  }

  /**
   * Destroys a key: its bytes are overwritten and a note that it was destroyed takes their place. What it
   * encrypted can never be read again, here or in any backup of the log.
   * @param now milliseconds, noted
   */
  async destroy(id: Buffer, now: number): Promise<void> {
    const name = uuidText(id);
    const file = await this.#read(name);
    if (file === undefined || file.destroyed !== undefined) return;
    const { wrapped: _, ...rest } = file;
    await replaceForGood(this.#path(name), canonicalJson({ ...rest, destroyed: now }));
    this.#current.delete(nameOf(file));
  }

  /** The keys of a day that are not destroyed, by any time of it: what a retention rule destroys. */
  async keysOf(time: number): Promise<readonly (KeyPurpose & { readonly id: Buffer })[]> {
    const files = await this.#readDay(time);
    return files
      .filter((file) => file.destroyed === undefined)
      .map((file) => ({ ...file, id: uuidBytes(file.id) }));
  }

  async #findOrMake(purpose: KeyPurpose, time: number): Promise<DataKey> {
    const wanted = nameOf(purpose);
    for (const file of await this.#readDay(time)) {
      if (nameOf(file) !== wanted) continue;
      const key = this.#unwrap(file);
      if (key !== undefined) return { id: uuidBytes(file.id), key };
    }
    const id = uuidV7(time);
    const bytes = randomBytes(32);
    const wrapped = toBase64Url(encryptGcm(this.#masterKey, bytes, associated({ id, ...purpose })));
    const { member, retentionClass, part } = purpose;
    await mkdir(join(this.#directory, dayName(time)), { recursive: true, mode: 0o700 });
    const file = canonicalJson({ id, member, retentionClass, part, wrapped });
    await writeFileAtomically(this.#path(id), Buffer.from(file), "private");
    return { id: uuidBytes(id), key: createSecretKey(bytes) };
  }

  #unwrap(file: KeyFile): KeyObject | undefined {
    const wrapped = file.wrapped === undefined ? undefined : fromBase64Url(file.wrapped);
    if (wrapped === undefined) return undefined;
    const bytes = decryptGcm(this.#masterKey, wrapped, associated(file));
    return bytes === undefined ? undefined : createSecretKey(bytes);
  }

  async #readDay(time: number): Promise<KeyFile[]> {
    const names = await orNone(readdir(join(this.#directory, dayName(time))));
    const ids = (names ?? []).map((name) => name.slice(0, -suffix.length)).filter(isUuidV7);
    const files = await Promise.all(ids.map((id) => this.#read(id)));
    return files.filter((file) => file !== undefined);
  }

  async #read(id: string): Promise<KeyFile | undefined> {
    const text = await orNone(readFile(this.#path(id), "utf8"));
    return text === undefined ? undefined : (JSON.parse(text) as KeyFile);
  }

  #path(id: string): string {
    return join(this.#directory, dayName(uuidV7Time(id)), `${id}${suffix}`);
  }
}

const suffix = ".json";

function nameOf({ member, retentionClass, part }: KeyPurpose): string {
  return `${member}\0${retentionClass}\0${part}`;
}

function associated(file: KeyPurpose & { readonly id: string }): Buffer {
  return Buffer.from(`sealway/data-key/v1\0${file.id}\0${nameOf(file)}`);
}

function dayStart(time: number): number {
  return time - (time % (24 * 60 * 60 * 1000));
}

function quarterStart(time: number): number {
  const date = new Date(time);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - (date.getUTCMonth() % 3));
}

function dayName(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

async function orNone<Value>(reading: Promise<Value>): Promise<Value | undefined> {
  try {
    return await reading;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
