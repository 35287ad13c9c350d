import { createSecretKey, hkdfSync, type KeyObject, randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { fromBase64Url, sha256, toBase64Url } from "../core/bytes.ts";
import { uuidV7, uuidV7Time } from "../core/uuid.ts";
import { decryptGcm, encryptGcm } from "./gcm.ts";
import { type KeyPurpose, keySpans, purposeName, singleKeyParts } from "./key-purpose.ts";
import type { RetentionPeriod } from "./message-record.ts";
import { uuidBytes, uuidText } from "./uuid-bytes.ts";
import { dayName, folderOf, type KeyFile, VaultFiles } from "./vault-files.ts";
import { type MemberMaster, MemberMasters } from "./vault-masters.ts";

export interface DataKey {
  /** 16 bytes: a UUIDv7 whose time is in the period of the key. */
  readonly id: Buffer;
  readonly key: KeyObject;
}

/** A key that is not destroyed, without its bytes. */
export interface ListedKey extends KeyPurpose {
  readonly id: Buffer;
  /** When its day or quarter begins, milliseconds. */
  readonly start: number;
  /** What was in force when it was made. */
  readonly period: RetentionPeriod | undefined;
}

/** What became of a key that a record names. */
export type FoundKey =
  | { readonly state: "present"; readonly key: KeyObject }
  /** Destroyed on purpose: what it encrypted is erased, in every copy. */
  | { readonly state: "destroyed" }
  /** The vault has never seen it or lost it. */
  | { readonly state: "missing" };

/**
 * Opens the key vault: a directory of its own, apart from the log and its backups; see `vault-files.ts`. Destroying a
 * key erases every copy of what it encrypted.
 * @param masterKeys wrap the members' keys (AES-256-GCM); see `loadMasterKeys`
 * @param erased ids (UUIDs) of keys that are known to be destroyed, whatever a restored vault holds
 */
export async function openVault(
  directory: string,
  masterKeys: KeyObject | readonly KeyObject[],
  erased: ReadonlySet<string> = new Set(),
): Promise<KeyVault> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const keys = "type" in masterKeys ? [masterKeys] : masterKeys;
  return new KeyVault(new VaultFiles(directory), keys, erased);
}

export class KeyVault {
  readonly #files: VaultFiles;
  readonly #masters: MemberMasters;
  readonly #erased: ReadonlySet<string>;
  /** The keys in use, by purpose. */
  readonly #current = new Map<string, { readonly key: DataKey; readonly start: number }>();
  readonly #pending = new Map<string, Promise<DataKey>>();
  /** By the id of the master key. */
  readonly #shared = new Map<string, KeyObject>();

  constructor(files: VaultFiles, masterKeys: readonly KeyObject[], erased: ReadonlySet<string>) {
    this.#files = files;
    this.#masters = new MemberMasters(files, masterKeys);
    this.#erased = erased;
  }

  /** The key of a purpose at a time, when it is at hand: the path of every record but a day's first. */
  current(purpose: KeyPurpose, time: number): DataKey | undefined {
    const current = this.#current.get(purposeName(purpose));
    return current?.start === keySpans[purpose.part].start(time) ? current.key : undefined;
  }

  /**
   * The key of a purpose at a time; made, and on disk before it is returned, when there is none yet.
   * @param period noted with a new key: how long it is kept when no rule says otherwise later
   * @throws Error of the file system, or when the member's master key cannot be had
   */
  async keyFor(purpose: KeyPurpose, time: number, period?: RetentionPeriod): Promise<DataKey> {
    const present = this.current(purpose, time);
    if (present !== undefined) return present;
    const start = keySpans[purpose.part].start(time);
    const name = `${purposeName(purpose)}\0${start}`;
    let pending = this.#pending.get(name);
    if (pending === undefined) {
      pending = this.#findOrMake(purpose, start, period).finally(() => this.#pending.delete(name));
      this.#pending.set(name, pending);
    }
    const made = await pending;
    this.#current.set(purposeName(purpose), { key: made, start });
    return made;
  }

  /**
   * The key that a record names.
   * @param member whose record it is; without it all members are looked at
   * @throws Error of the file system, other than that there is no such file
   */
  async find(id: Buffer, member?: string): Promise<FoundKey> {
    const found = await this.#locate(id, member);
    if (this.#erased.has(uuidText(id))) return { state: "destroyed" };
    if (found === undefined) return { state: "missing" };
    if (found.file.destroyed !== undefined) return { state: "destroyed" };
    const key = await this.#unwrap(found.folder, found.file);
    if (key !== undefined) return { state: "present", key };
    const masters = await this.#files.readMasters(found.folder);
    return { state: masters?.destroyed === undefined ? "missing" : "destroyed" };
  }

  /** What a key is for; undefined when it is destroyed or missing. */
  async describe(id: Buffer, member?: string): Promise<ListedKey | undefined> {
    const found = await this.#locate(id, member);
    return found?.file.wrapped === undefined ? undefined : listed(found.file);
  }

  /**
   * Destroys a key: its bytes are overwritten and a note that it was destroyed takes their place. What it
   * encrypted can never be read again, here or in any backup of the log.
   * @param now milliseconds, noted
   * @returns whether there was such a key
   */
  async destroy(id: Buffer, now: number, member?: string): Promise<boolean> {
    const found = await this.#locate(id, member);
    if (found === undefined || found.file.destroyed !== undefined) return false;
    await this.#files.destroyKey(found.folder, found.file, now);
    this.#current.delete(purposeName(found.file));
    return true;
  }

  /** Destroys all keys of a member at once: the master key that wraps them. */
  async destroyMember(member: string, now: number): Promise<void> {
    const folder = folderOf(member);
    if ((await this.#files.readMasters(folder)) === undefined) return;
    await this.#files.replaceMasters(folder, { member, masters: [], destroyed: now });
    this.#masters.forget(folder);
    this.#current.clear();
  }

  /**
   * A key of the member's that all who share the vault have, from its first day on: derived from its master key (HKDF,
   * RFC 5869), and another one when that is replaced. @throws Error as `checkOpens`
   */
  async sharedKey(member: string, now: number): Promise<KeyObject> {
    const master = await this.#masters.inUse(member, now);
    let key = this.#shared.get(master.id);
    if (key === undefined) {
      key = createSecretKey(Buffer.from(hkdfSync("sha256", master.key, "", "sealway/shared-key/v1", 32)));
      this.#shared.set(master.id, key);
    }
    return key;
  }

  /** Makes sure that the master key opens a member's vault, and that the member has one. @throws Error */
  async checkOpens(member: string, now: number): Promise<void> {
    await this.#masters.inUse(member, now);
  }

  /** The keys of a day that are not destroyed, by any time of it. */
  async keysOf(time: number): Promise<readonly ListedKey[]> {
    const folders = await this.#files.folders();
    const days = await Promise.all(folders.map((folder) => this.#files.keysOfDay(folder, dayName(time))));
    return days.flat().map(listed);
  }

  /** All keys that are not destroyed, a member's day at a time. */
  async *keys(): AsyncGenerator<readonly ListedKey[]> {
    for (const folder of await this.#files.folders()) {
      for (const day of await this.#files.days(folder)) {
        yield (await this.#files.keysOfDay(folder, day)).map(listed);
      }
    }
  }

  async #findOrMake(purpose: KeyPurpose, start: number, period?: RetentionPeriod): Promise<DataKey> {
    const wanted = purposeName(purpose);
    const folder = folderOf(purpose.member);
    for (const file of await this.#files.keysOfDay(folder, dayName(start))) {
      if (purposeName(file) !== wanted || this.#erased.has(file.id)) continue;
      const key = await this.#unwrap(folder, file);
      if (key !== undefined) return { id: uuidBytes(file.id), key };
    }
    const master = await this.#masters.inUse(purpose.member, start);
    const single = singleKeyParts.has(purpose.part)
      ? await this.#makeSingle(purpose, start, master, period)
      : undefined;
    if (single !== undefined) return single;
    const id = uuidV7(start);
    const bytes = randomBytes(32);
    const file: KeyFile = { id, by: master.id, ...purpose, ...(period && pick(period)), wrapped: "" };
    await this.#files.makeKey(folder, { ...file, wrapped: wrapKey(master.key, file, bytes) });
    return { id: uuidBytes(id), key: createSecretKey(bytes) };
  }

  /**
   * Its name follows from its purpose and span, so that of several nodes one makes it and all find the same.
   * @returns undefined where it was destroyed before its quarter has ended: records still come
   * @throws Error where it has no end and was destroyed
   */
  async #makeSingle(
    purpose: KeyPurpose,
    start: number,
    master: MemberMaster,
    period: RetentionPeriod | undefined,
  ): Promise<DataKey | undefined> {
    const folder = folderOf(purpose.member);
    const id = singleKeyId(purpose, start);
    if ((await this.#files.readKey(folder, id)) === undefined && !this.#erased.has(id)) {
      const file: KeyFile = { id, by: master.id, ...purpose, ...(period && pick(period)), wrapped: "" };
      await this.#files.makeSingleKey(folder, {
        ...file,
        wrapped: wrapKey(master.key, file, randomBytes(32)),
      });
    }
    const found = await this.find(uuidBytes(id), purpose.member);
    if (found.state === "destroyed" && start > 0) return undefined;
    if (found.state !== "present")
      throw new Error(`the ${purpose.part} key of ${purpose.member} is ${found.state}`);
    return { id: uuidBytes(id), key: found.key };
  }

  async #locate(id: Buffer, member: string | undefined) {
    const name = uuidText(id);
    const hinted = member === undefined ? [] : [folderOf(member)];
    for (const folder of hinted) {
      const file = await this.#files.readKey(folder, name);
      if (file !== undefined) return { folder, file };
    }
    for (const folder of await this.#files.folders()) {
      const file = hinted.includes(folder) ? undefined : await this.#files.readKey(folder, name);
      if (file !== undefined) return { folder, file };
    }
    return undefined;
  }

  async #unwrap(folder: string, file: KeyFile): Promise<KeyObject | undefined> {
    const master = await this.#masters.find(folder, file.by ?? "");
    const bytes = master === undefined ? undefined : unwrapKey(master, file);
    return bytes === undefined ? undefined : createSecretKey(bytes);
  }
}

/** A UUIDv7 of the beginning of the span. */
function singleKeyId(purpose: KeyPurpose, start: number): string {
  const named = `sealway/single-key/v1\0${purposeName(purpose)}`;
  const bytes = sha256(start === 0 ? named : `${named}\0${start}`).subarray(0, 16);
  bytes.writeUIntBE(start, 0, 6);
  bytes[6] = 0x70 | (bytes[6]! & 0x0f);
  bytes[8] = 0x80 | (bytes[8]! & 0x3f);
  return uuidText(bytes);
}

/** The key in base64url, wrapped for its file. */
export function wrapKey(master: KeyObject, file: KeyFile, bytes: Buffer): string {
  return toBase64Url(encryptGcm(master, bytes, associated(file)));
}

/** @returns undefined when this master key did not wrap it */
export function unwrapKey(master: KeyObject, file: KeyFile): Buffer | undefined {
  const wrapped = fromBase64Url(file.wrapped ?? "");
  return wrapped === undefined ? undefined : decryptGcm(master, wrapped, associated(file));
}

function listed(file: KeyFile): ListedKey {
  const { id, member, retentionClass, part, hold, keepDays, graceDays } = file;
  return {
    id: uuidBytes(id),
    member,
    retentionClass,
    part,
    ...(hold !== undefined && { hold }),
    start: uuidV7Time(id),
    period: keepDays === undefined || graceDays === undefined ? undefined : { keepDays, graceDays },
  };
}

function pick({ keepDays, graceDays }: RetentionPeriod): RetentionPeriod {
  return { keepDays, graceDays };
}

function associated(file: KeyFile): Buffer {
  return Buffer.from(`sealway/data-key/v1\0${file.id}\0${purposeName(file)}`);
}
