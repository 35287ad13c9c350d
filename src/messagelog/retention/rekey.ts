import type { KeyObject } from "node:crypto";
import type { BodyFiles } from "../body-files.ts";
import type { EncryptedBody, ReplacedContent, StoredRecord } from "../message-store.ts";
import { decryptBody, encryptBody } from "../sealed-body.ts";
import { decryptHead, encryptHead } from "../sealed-head.ts";
import type { DataKey, KeyVault } from "../vault.ts";

/** Encrypts the content of records under keys of a hold. */
export class Rekeying {
  readonly #vault: KeyVault;
  readonly #bodies: BodyFiles;

  constructor(vault: KeyVault, bodies: BodyFiles) {
    this.#vault = vault;
    this.#bodies = bodies;
  }

  /** The hold under whose keys a record's content is, if it is under one's. */
  async holdOf({ head, member }: StoredRecord): Promise<string | undefined> {
    return (await this.#vault.describe(head.keyId, member))?.hold;
  }

  /**
   * The same content under keys of a hold, which have the class and day of those that they follow, so that it ends
   * when it would have ended once the hold is lifted.
   * @returns undefined when the content is gone
   * @throws Error when its keys are there and it cannot be read: it must not be lost with them
   */
  async under(record: StoredRecord, hold: string): Promise<ReplacedContent | undefined> {
    const { head, body, writer, number } = record;
    if (head.bytes.length === 0) return undefined;
    const keys = await this.#keys(head.keyId, record, hold);
    if (keys === undefined) return undefined;
    const plain = decryptHead(keys.from, head, record);
    if (plain === undefined) throw unreadable(record);
    const { keyId, bytes } = encryptHead(keys.to, plain, record);
    return { writer, number, head: { keyId, bytes }, body: body && (await this.#body(body, record, hold)) };
  }

  async #body(body: EncryptedBody, record: StoredRecord, hold: string): Promise<EncryptedBody> {
    const keys = await this.#keys(body.keyId, record, hold);
    // It ended before its head did.
    if (keys === undefined) return body;
    const { from, to } = keys;
    if (body.file !== "") {
      const file = await this.#bodies.write(to, this.#bodies.read(from, body.file, record), record);
      return { keyId: to.id, bytes: body.bytes, file };
    }
    const plain = decryptBody(from, body.bytes, record);
    if (plain === undefined) throw unreadable(record);
    return { keyId: to.id, bytes: encryptBody(to.key, plain, record), file: "" };
  }

  async #keys(
    id: Buffer,
    { member }: StoredRecord,
    hold: string,
  ): Promise<{ readonly from: KeyObject; readonly to: DataKey } | undefined> {
    const described = await this.#vault.describe(id, member);
    const found = await this.#vault.find(id, member);
    if (described === undefined || found.state !== "present") return undefined;
    const { retentionClass, part, start, period } = described;
    const purpose = { member: described.member, retentionClass, part, hold };
    return { from: found.key, to: await this.#vault.keyFor(purpose, start, period) };
  }
}

function unreadable({ writer, number }: StoredRecord): Error {
  return new Error(`record ${number} of ${writer} cannot be decrypted with its key`);
}
