import { createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import { fromBase64Url, toBase64Url } from "../core/bytes.ts";
import { uuidV7 } from "../core/uuid.ts";
import { decryptGcm, encryptGcm } from "./gcm.ts";
import { folderOf, type MasterFile, type VaultFiles, type WrappedMaster } from "./vault-files.ts";

/** A member's own master key, which wraps its data keys. */
export interface MemberMaster {
  readonly id: string;
  readonly key: KeyObject;
}

/**
 * The master keys of the members: each member has its own, wrapped by the server's, so that its vault can be handed
 * to it, or destroyed, alone.
 */
export class MemberMasters {
  readonly #files: VaultFiles;
  readonly #serverKeys: readonly KeyObject[];
  readonly #known = new Map<string, readonly MemberMaster[]>();

  /** @param serverKeys the first one is in use, a second one is being replaced */
  constructor(files: VaultFiles, serverKeys: readonly KeyObject[]) {
    this.#files = files;
    this.#serverKeys = serverKeys;
  }

  /** The master key in use, made when there is none. @throws Error when it cannot be read or was destroyed */
  async inUse(member: string, now: number): Promise<MemberMaster> {
    const folder = folderOf(member);
    if ((await this.#load(folder)).length === 0 && (await this.#files.readMasters(folder)) === undefined) {
      const made = newMaster(now);
      const masters = [wrapMaster(this.#serverKeys[0]!, member, made)];
      await this.#files.makeMasters(folder, { member, masters });
    }
    const [master] = await this.#load(folder);
    if (master === undefined) throw new Error(`the vault of ${member} cannot be opened with this master key`);
    return master;
  }

  /** A master key by its id; undefined when it is gone, or another server's. */
  async find(folder: string, id: string): Promise<KeyObject | undefined> {
    const known = this.#known.get(folder)?.find((master) => master.id === id);
    return (known ?? (await this.#load(folder, "again")).find((master) => master.id === id))?.key;
  }

  forget(folder: string): void {
    this.#known.delete(folder);
  }

  async #load(folder: string, how: "once" | "again" = "once"): Promise<readonly MemberMaster[]> {
    const known = this.#known.get(folder);
    if (known !== undefined && known.length > 0 && how === "once") return known;
    const file = await this.#files.readMasters(folder);
    const masters = file === undefined ? [] : unwrapMasters(this.#serverKeys, file);
    this.#known.set(folder, masters);
    return masters;
  }
}

export function newMaster(now: number): MemberMaster {
  return { id: uuidV7(now), key: createSecretKey(randomBytes(32)) };
}

export function wrapMaster(serverKey: KeyObject, member: string, { id, key }: MemberMaster): WrappedMaster {
  return { id, wrapped: toBase64Url(encryptGcm(serverKey, key.export(), associated(member, id))) };
}

/** Those that one of the server's keys can unwrap. */
export function unwrapMasters(
  serverKeys: readonly KeyObject[],
  { member, masters }: MasterFile,
): MemberMaster[] {
  return masters.flatMap(({ id, wrapped }) => {
    const bytes = fromBase64Url(wrapped) ?? Buffer.alloc(0);
    const opened = serverKeys
      .map((key) => decryptGcm(key, bytes, associated(member, id)))
      .find((one) => one !== undefined);
    return opened === undefined ? [] : [{ id, key: createSecretKey(opened) }];
  });
}

function associated(member: string, id: string): Buffer {
  return Buffer.from(`sealway/member-master/v1\0${member}\0${id}`);
}
