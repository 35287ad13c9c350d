import { fromBase64Url, toBase64Url } from "../../core/bytes.ts";
import type { ClientId } from "../../core/ids.ts";
import { memberOf } from "../../core/ids.ts";
import { decryptGcm, encryptGcm } from "../../messagelog/gcm.ts";
import { uuidBytes, uuidText } from "../../messagelog/uuid-bytes.ts";
import type { KeyVault } from "../../messagelog/vault.ts";

/** What a person wrote, or who that is: encrypted, so that a statement which is kept for good can hold it. */
export type ProtectedText = {
  /** UUID of the key in the vault. */
  readonly key: string;
  /** base64url. */
  readonly value: string;
};

/** Where a text stands: one that is put in another's place does not decrypt. */
export interface TextPlace {
  /** Under whose member's keys. */
  readonly own: ClientId;
  /** Of the case. */
  readonly id: string;
  readonly part: "text" | "reason" | "subject" | "note" | "person" | "answer";
}

/** The retention class of these texts, and how long they are kept unless the server's rules say otherwise. */
const retentionClass = "casework";
const usualPeriod = { keepDays: 1095, graceDays: 30 };

/** Keeps what people write in statements readable as long as its key lives: a day's key of the member. */
export class ProtectedTexts {
  readonly #vault: Pick<KeyVault, "keyFor" | "find">;

  constructor(vault: Pick<KeyVault, "keyFor" | "find">) {
    this.#vault = vault;
  }

  /** @param time now, milliseconds @throws Error when the vault cannot be used */
  async protect(place: TextPlace, text: string, time: number): Promise<ProtectedText> {
    const purpose = { member: memberOf(place.own), retentionClass, part: "body" } as const;
    const { id, key } = await this.#vault.keyFor(purpose, time, usualPeriod);
    const value = encryptGcm(key, Buffer.from(text, "utf8"), associated(place));
    return { key: uuidText(id), value: toBase64Url(value) };
  }

  /** @returns null for a text that is erased, or that there is none of */
  async read(place: TextPlace, text: ProtectedText | null | undefined): Promise<string | null> {
    if (text === null || text === undefined) return null;
    const found = await this.#vault.find(uuidBytes(text.key), memberOf(place.own));
    if (found.state !== "present") return null;
    const value = fromBase64Url(text.value) ?? Buffer.alloc(0);
    return decryptGcm(found.key, value, associated(place))?.toString("utf8") ?? null;
  }
}

function associated({ own, id, part }: TextPlace): Buffer {
  return Buffer.from(`sealway/casework/v1\0${own}\0${id}\0${part}`);
}
