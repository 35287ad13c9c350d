import { SealwayError } from "../core/errors.ts";
import type { MemberId } from "../core/ids.ts";
import type {
  AppendOutcome,
  ContextDocument,
  MessageLog,
  MessageRecord,
  NamedSubject,
  OpenRequest,
} from "./message-record.ts";
import type { MessageStore, StoreHealth } from "./message-store.ts";
import { encryptHead } from "./sealed-head.ts";
import { Sealing, type SealingHealth, type SealingOptions } from "./sealing.ts";
import { SealingThread } from "./sealing-thread.ts";
import type { SealingWorkerData } from "./sealing-worker.ts";
import { searchTags, serializeSearchTags } from "./search-tags.ts";
import { checkSignatureForm } from "./signature-file.ts";
import type { DataKey, KeyPurpose, KeyVault } from "./vault.ts";

export interface MessageLogOptions extends Omit<SealingOptions, "store" | "builder">, SealingWorkerData {
  /** Opened by whoever knows the driver; the log closes it. */
  readonly store: MessageStore;
  readonly vault: KeyVault;
}

/**
 * Starts the log on an open store: appends, and seals what was appended, in threads beside the request thread.
 * @throws Error when the log cannot be read for sealing; the store is closed then
 */
export async function openMessageLog(options: MessageLogOptions): Promise<DurableMessageLog> {
  const builder = new SealingThread({ readerModule: options.readerModule, location: options.location });
  const sealing = new Sealing({ ...options, builder });
  try {
    await sealing.start();
  } catch (error) {
    await Promise.all([builder.close(), options.store.close()]);
    throw error;
  }
  return new DurableMessageLog({ store: options.store, vault: options.vault, sealing });
}

interface Parts {
  readonly store: MessageStore;
  readonly vault: KeyVault;
  readonly sealing: Sealing;
}

/** For the health interface; holds no personal data. */
export interface LogHealth {
  readonly store: StoreHealth;
  readonly sealing: SealingHealth;
}

/** Documents that are known to be stored; above this all are asked for again. */
const mostKept = 10_000;

const noTags = Buffer.alloc(0);

/** The log as one gateway writes it: heads encrypted, records durable, batches sealed beside the traffic. */
export class DurableMessageLog implements MessageLog {
  readonly #store: MessageStore;
  readonly #vault: KeyVault;
  readonly #sealing: Sealing;
  readonly #kept = new Set<string>();

  constructor(parts: Parts) {
    this.#store = parts.store;
    this.#vault = parts.vault;
    this.#sealing = parts.sealing;
  }

  async append(record: MessageRecord): Promise<AppendOutcome> {
    checkSignatureForm(record.signature);
    const { exchangeId, direction, member, subjects, time } = record;
    const key = this.#key({ member, retentionClass: "default", part: "head" }, time);
    const place = { exchangeId, direction, role: record.guard.role };
    const head = encryptHead(key instanceof Promise ? await key : key, record.head, place);
    const tags = subjects.length === 0 ? noTags : await this.#tags(member, subjects, time);
    const outcome = await this.#store.append(record, { head, tags });
    if (outcome.outcome === "recorded") this.#sealing.recorded(record.time);
    return outcome;
  }

  async keep(document: ContextDocument): Promise<void> {
    if (this.#kept.has(document.sha256)) return;
    await this.#store.keepDocument(document);
    if (this.#kept.size >= mostKept) this.#kept.clear();
    this.#kept.add(document.sha256);
  }

  openRequests(): Promise<readonly OpenRequest[]> {
    return this.#store.openRequests();
  }

  timestampLag(): number {
    return this.#sealing.lag();
  }

  /** Seals what is pending now. Resolves to whether everything that was recorded before is sealed. */
  sealNow(): Promise<boolean> {
    return this.#sealing.sealNow();
  }

  health(): LogHealth {
    return { store: this.#store.health(), sealing: this.#sealing.health() };
  }

  async close(): Promise<void> {
    await this.#sealing.close();
    await this.#store.close();
  }

  async #tags(member: MemberId, subjects: readonly NamedSubject[], time: number): Promise<Buffer> {
    const key = this.#key({ member, retentionClass: "default", part: "tags" }, time);
    return serializeSearchTags(searchTags(key instanceof Promise ? await key : key, subjects));
  }

  #key(purpose: KeyPurpose, time: number): DataKey | Promise<DataKey> {
    return this.#vault.current(purpose, time) ?? this.#newKey(purpose, time);
  }

  async #newKey(purpose: KeyPurpose, time: number): Promise<DataKey> {
    try {
      return await this.#vault.keyFor(purpose, time);
    } catch (cause) {
      throw new SealwayError("log_unavailable", "the key vault cannot be written", { cause });
    }
  }
}
