import { parseHead } from "../../message/head.ts";
import type { LogReader, StoredHead } from "../message-store.ts";
import { decryptHead } from "../sealed-head.ts";
import type { FoundKey, KeyVault } from "../vault.ts";
import type { SearchRow } from "./search-row.ts";

/** Tells the statuses of answers; undefined where there is none or it cannot be told any more. */
export interface HeadStatus {
  of(rows: readonly SearchRow[]): Promise<readonly (number | undefined)[]>;
}

/** Opens the encrypted heads of answers: statuses stand nowhere else. */
export class AnswerStatus implements HeadStatus {
  readonly #reader: Pick<LogReader, "heads">;
  readonly #vault: Pick<KeyVault, "find">;

  constructor(reader: Pick<LogReader, "heads">, vault: Pick<KeyVault, "find">) {
    this.#reader = reader;
    this.#vault = vault;
  }

  async of(rows: readonly SearchRow[]): Promise<readonly (number | undefined)[]> {
    const heads = await this.#reader.heads(rows.flatMap(({ answer }) => answer ?? []));
    const known = new Map(heads.map((head) => [`${head.writer} ${head.number}`, head]));
    // The vault reads a file for each key. No longer than this: a key that is destroyed must not be used again.
    const keys = new Map<string, Promise<FoundKey>>();
    const statuses: (number | undefined)[] = [];
    for (const { answer } of rows) {
      const head = answer === null ? undefined : known.get(`${answer.writer} ${answer.number}`);
      statuses.push(head === undefined ? undefined : await this.#status(head, keys));
    }
    return statuses;
  }

  async #status(stored: StoredHead, keys: Map<string, Promise<FoundKey>>): Promise<number | undefined> {
    const { head: sealed, member } = stored;
    if (sealed.bytes.length === 0) return undefined;
    const name = `${sealed.keyId.toString("hex")} ${member}`;
    const finding = keys.get(name) ?? this.#vault.find(sealed.keyId, member);
    keys.set(name, finding);
    const found = await finding;
    if (found.state !== "present") return undefined;
    const head = decryptHead(found.key, sealed, stored);
    return head === undefined ? undefined : statusIn(head);
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
