import { parseHead } from "../../message/head.ts";
import type { LogReader, RecordName, StoredRecord } from "../message-store.ts";
import { decryptHead } from "../sealed-head.ts";
import type { KeyVault } from "../vault.ts";
import type { SearchRow } from "./search-row.ts";

/** Tells the status of an answer; undefined when there is none or it cannot be told any more. */
export interface HeadStatus {
  of(row: SearchRow): Promise<number | undefined>;
}

/** Opens the encrypted head of each answer: statuses stand nowhere else. */
export class AnswerStatus implements HeadStatus {
  readonly #reader: LogReader;
  readonly #vault: Pick<KeyVault, "find">;

  constructor(reader: LogReader, vault: Pick<KeyVault, "find">) {
    this.#reader = reader;
    this.#vault = vault;
  }

  async of({ answer }: SearchRow): Promise<number | undefined> {
    const record = answer === null ? undefined : await this.#record(answer);
    if (record === undefined || record.head.bytes.length === 0) return undefined;
    const found = await this.#vault.find(record.head.keyId, record.member);
    if (found.state !== "present") return undefined;
    const head = decryptHead(found.key, record.head, record);
    return head === undefined ? undefined : statusIn(head);
  }

  async #record({ writer, number }: RecordName): Promise<StoredRecord | undefined> {
    for await (const [record] of this.#reader.records({ writer, first: number, last: number })) return record;
    return undefined;
  }
}

function statusIn(bytes: Buffer): number | undefined {
  try {
    const { start } = parseHead(bytes);
    return start.kind === "response" ? start.status : undefined;
  } catch {
    return undefined;
  }
}
