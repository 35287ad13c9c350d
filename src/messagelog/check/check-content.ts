import { sha256 } from "../../core/bytes.ts";
import type { BodyFiles } from "../body-files.ts";
import type { StoredRecord } from "../message-store.ts";
import type { Erasure } from "../retention/erasure-statement.ts";
import { decryptHead } from "../sealed-head.ts";
import { uuidText } from "../uuid-bytes.ts";
import type { FoundKey, KeyVault } from "../vault.ts";
import { checkBody } from "./check-body.ts";
import type { Damage } from "./damage.ts";

/** What became of the contents that were looked at. */
export interface ContentCounts {
  /** Heads. */
  readable: number;
  /** An erasure in the log covers them. */
  erased: number;
  /** There was no vault to read them with. */
  withheld: number;
  /** Kept bodies that are the ones that the signed heads bind. */
  bodies: number;
}

export interface ContentRules {
  /** Without it contents are withheld. */
  readonly vault: KeyVault | undefined;
  /** Where large bodies lie; without it those are withheld. */
  readonly bodies: BodyFiles | undefined;
}

type ContentDamage = Pick<Damage, "kind" | "detail">;

/**
 * Checks the encrypted head of each record, and its body where one was kept, against the digests that are signed, and
 * that what is gone was erased by a signed record.
 */
export class ContentCheck {
  readonly counts: ContentCounts = { readable: 0, erased: 0, withheld: 0, bodies: 0 };
  readonly #rules: ContentRules;
  readonly #erasedKeys: ReadonlySet<string>;
  readonly #erasedRecords: ReadonlySet<string>;
  readonly #keys = new Map<string, Promise<FoundKey>>();
  #bodies: Promise<unknown> = Promise.resolve();

  constructor(rules: ContentRules, erasures: readonly Erasure[]) {
    this.#rules = rules;
    this.#erasedKeys = new Set(erasures.flatMap(({ keys }) => keys.flatMap((entry) => entry.keys)));
    this.#erasedRecords = new Set(
      erasures.flatMap(({ records }) => records.map(({ writer, number }) => `${writer} ${number}`)),
    );
  }

  async damagesOf(record: StoredRecord): Promise<ContentDamage[]> {
    const head = await this.#openHead(record);
    const damages = "kind" in head ? [head] : [];
    const body = await this.#bodyDamage(record, "bytes" in head ? head.bytes : undefined);
    return body === undefined ? damages : [...damages, body];
  }

  /** @returns its plaintext, its damage, or nothing when it is erased or withheld */
  async #openHead(record: StoredRecord): Promise<ContentDamage | { bytes: Buffer } | Record<never, never>> {
    const { head } = record;
    if (this.#isErased(record, head.keyId)) {
      this.counts.erased++;
      return {};
    }
    if (head.bytes.length === 0) return { kind: "content-missing", detail: "the record has no content" };
    if (this.#rules.vault === undefined) {
      this.counts.withheld++;
      return {};
    }
    const found = await this.#find(this.#rules.vault, head.keyId, record.member);
    if (found.state !== "present") return { kind: "content-missing", detail: `its key is ${found.state}` };
    const bytes = decryptHead(found.key, head, record);
    if (bytes === undefined || !sha256(bytes).equals(head.sha256)) {
      return { kind: "content-changed", detail: "the head is not the one that was signed" };
    }
    this.counts.readable++;
    return { bytes };
  }

  async #bodyDamage(record: StoredRecord, head: Buffer | undefined): Promise<ContentDamage | undefined> {
    const { body, member } = record;
    const { bodies, vault } = this.#rules;
    if (body === undefined || this.#isErased(record, body.keyId)) return undefined;
    if (vault === undefined || bodies === undefined) return undefined;
    const found = await this.#find(vault, body.keyId, member);
    if (found.state !== "present")
      return { kind: "body-missing", detail: `the key of the body is ${found.state}` };
    const check = () => checkBody({ ...record, body }, found.key, head, bodies);
    // One after another: as many files as a chunk has records must not be open at once.
    const checked = this.#bodies.then(check);
    this.#bodies = checked.catch(() => undefined);
    const fault = await checked;
    if (fault === undefined) this.counts.bodies++;
    return fault && bodyDamages[fault];
  }

  #isErased({ writer, number }: StoredRecord, keyId: Buffer): boolean {
    const key = keyId.length === 16 ? uuidText(keyId) : "";
    return this.#erasedRecords.has(`${writer} ${number}`) || this.#erasedKeys.has(key);
  }

  #find(vault: KeyVault, keyId: Buffer, member: string): Promise<FoundKey> {
    const name = keyId.toString("hex");
    let found = this.#keys.get(name);
    if (found === undefined) {
      found = vault.find(keyId, member);
      this.#keys.set(name, found);
    }
    return found;
  }
}

const bodyDamages = {
  gone: { kind: "body-missing", detail: "its file is gone" },
  changed: { kind: "body-changed", detail: "it cannot be decrypted" },
  other: { kind: "body-changed", detail: "it is another one than the signed head binds" },
} as const satisfies Record<string, ContentDamage>;
