import { sha256 } from "../../core/bytes.ts";
import type { StoredRecord } from "../message-store.ts";
import type { Erasure } from "../retention/erasure-statement.ts";
import { decryptHead } from "../sealed-head.ts";
import { uuidText } from "../uuid-bytes.ts";
import type { FoundKey, KeyVault } from "../vault.ts";
import type { Damage } from "./damage.ts";

/** What became of the heads that were looked at. */
export interface ContentCounts {
  readable: number;
  /** An erasure in the log covers them. */
  erased: number;
  /** There was no vault to read them with. */
  withheld: number;
}

/** Checks the encrypted head of each record against its digest, and that what is gone was erased by a signed record. */
export class ContentCheck {
  readonly counts: ContentCounts = { readable: 0, erased: 0, withheld: 0 };
  readonly #vault: KeyVault | undefined;
  readonly #erasedKeys: ReadonlySet<string>;
  readonly #erasedRecords: ReadonlySet<string>;
  readonly #keys = new Map<string, Promise<FoundKey>>();

  /** @param vault without it contents are withheld */
  constructor(vault: KeyVault | undefined, erasures: readonly Erasure[]) {
    this.#vault = vault;
    this.#erasedKeys = new Set(erasures.flatMap(({ keys }) => keys.flatMap((entry) => entry.keys)));
    this.#erasedRecords = new Set(
      erasures.flatMap(({ records }) => records.map(({ writer, number }) => `${writer} ${number}`)),
    );
  }

  async damageOf(record: StoredRecord): Promise<Pick<Damage, "kind" | "detail"> | undefined> {
    const { head, writer, number } = record;
    const keyId = head.keyId.length === 16 ? uuidText(head.keyId) : "";
    if (this.#erasedRecords.has(`${writer} ${number}`) || this.#erasedKeys.has(keyId)) {
      this.counts.erased++;
      return undefined;
    }
    if (head.bytes.length === 0) return { kind: "content-missing", detail: "the record has no content" };
    if (this.#vault === undefined) {
      this.counts.withheld++;
      return undefined;
    }
    const found = await this.#find(record);
    if (found.state !== "present") return { kind: "content-missing", detail: `its key is ${found.state}` };
    const bytes = decryptHead(found.key, head, record);
    if (bytes === undefined || !sha256(bytes).equals(head.sha256)) {
      return { kind: "content-changed", detail: "the head is not the one that was signed" };
    }
    this.counts.readable++;
    return undefined;
  }

  #find({ head, member }: StoredRecord): Promise<FoundKey> {
    const name = head.keyId.toString("hex");
    let found = this.#keys.get(name);
    if (found === undefined) {
      found = this.#vault!.find(head.keyId, member);
      this.#keys.set(name, found);
    }
    return found;
  }
}
