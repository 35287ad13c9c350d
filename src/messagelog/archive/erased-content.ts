import type { LogReader, StoredRecord } from "../message-store.ts";
import type { Erasure } from "../retention/erasure-statement.ts";
import { readErasures } from "../retention/erasure-statement.ts";
import { uuidText } from "../uuid-bytes.ts";

const nothing = Buffer.alloc(0);

/**
 * What signed erasures say is gone: an archive is written once and may still have the ciphertext, and a vault out of a
 * backup its key. Neither is read again.
 */
export class ErasedContent {
  readonly #keys: ReadonlySet<string>;
  readonly #records: ReadonlySet<string>;

  constructor(erasures: readonly Erasure[]) {
    this.#keys = new Set(erasures.flatMap(({ keys }) => keys.flatMap((entry) => entry.keys)));
    this.#records = new Set(
      erasures.flatMap(({ records }) => records.map(({ writer, number }) => `${writer}/${number}`)),
    );
  }

  static async load(logs: readonly Pick<LogReader, "documentsOf">[]): Promise<ErasedContent> {
    return new ErasedContent((await Promise.all(logs.map(readErasures))).flat());
  }

  /** The record without the content that was erased. */
  without(record: StoredRecord): StoredRecord {
    const { writer, number, head, body } = record;
    const isErased = this.#records.has(`${writer}/${number}`);
    const headIsGone = isErased || this.#keys.has(uuidText(head.keyId));
    const bodyIsGone = body !== undefined && (isErased || this.#keys.has(uuidText(body.keyId)));
    if (!headIsGone && !bodyIsGone) return record;
    return {
      ...record,
      head: headIsGone ? { ...head, bytes: nothing } : head,
      body: bodyIsGone ? { keyId: body.keyId, bytes: nothing, file: "" } : body,
    };
  }
}
