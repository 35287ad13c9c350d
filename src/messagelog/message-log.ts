import { createHmac } from "node:crypto";
import { SealwayError } from "../core/errors.ts";
import type { MemberId } from "../core/ids.ts";
import { BodyFiles } from "./body-files.ts";
import { checkUses } from "./check-uses.ts";
import type { KeyPurpose } from "./key-purpose.ts";
import type {
  AppendOutcome,
  ContextDocument,
  CountedUses,
  MessageLog,
  MessageRecord,
  OpenRequest,
  RecordBody,
  RetentionClass,
} from "./message-record.ts";
import type { EncryptedBody, MessageStore, StoreHealth } from "./message-store.ts";
import { restrictedHead } from "./restricted-head.ts";
import { defaultRetention } from "./retention/default-retention.ts";
import { encryptBody, mostBytesInRow } from "./sealed-body.ts";
import { encryptHead, type HeadPlace } from "./sealed-head.ts";
import { Sealing, type SealingHealth, type SealingOptions } from "./sealing.ts";
import { SealingThread } from "./sealing-thread.ts";
import type { SealingWorkerData } from "./sealing-worker.ts";
import { searchTags, serializeSearchTags } from "./search-tags.ts";
import { checkSignatureForm } from "./signature-file.ts";
import type { DataKey, KeyVault } from "./vault.ts";

export interface MessageLogOptions extends Omit<SealingOptions, "store" | "builder">, SealingWorkerData {
  /** Opened by whoever knows the driver; the log closes it. */
  readonly store: MessageStore;
  readonly vault: KeyVault;
  /** Where bodies above 64 KiB are kept, encrypted; made when the first one comes. */
  readonly bodiesDirectory: string;
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
  const { store, vault, bodiesDirectory } = options;
  return new DurableMessageLog({ store, vault, sealing, bodies: new BodyFiles(bodiesDirectory) });
}

interface Parts {
  readonly store: MessageStore;
  readonly vault: KeyVault;
  readonly sealing: Sealing;
  readonly bodies: BodyFiles;
}

/** For the health interface; holds no personal data. */
export interface LogHealth {
  readonly store: StoreHealth;
  readonly sealing: SealingHealth;
}

/** Documents that are known to be stored; above this all are asked for again. */
const mostKept = 10_000;

const noBytes = Buffer.alloc(0);

/** What erasures and legal holds change of a log. */
export interface LogContent {
  readonly store: Pick<MessageStore, "eraseContent" | "replaceContent" | "holdsSealing">;
  readonly vault: KeyVault;
  readonly bodies: BodyFiles;
}

/** The log as one gateway writes it: heads encrypted, records durable, batches sealed beside the traffic. */
export class DurableMessageLog implements MessageLog {
  readonly #store: MessageStore;
  readonly #vault: KeyVault;
  readonly #sealing: Sealing;
  readonly #bodies: BodyFiles;
  readonly #kept = new Set<string>();

  constructor(parts: Parts) {
    this.#store = parts.store;
    this.#vault = parts.vault;
    this.#sealing = parts.sealing;
    this.#bodies = parts.bodies;
  }

  async append(record: MessageRecord): Promise<AppendOutcome> {
    checkSignatureForm(record.signature);
    checkUses(record);
    const { exchangeId, direction, member, subjects, time, retention = defaultRetention } = record;
    const key = this.#key(member, "head", retention.head, time);
    const place = { exchangeId, direction, role: record.guard.role };
    const head = encryptHead(key instanceof Promise ? await key : key, record.head, place);
    const tags = subjects.length === 0 ? noBytes : await this.#tags(record, retention.head);
    if (record.restrictedTo !== undefined) await this.keep(restrictedHead(record, record.restrictedTo));
    const body =
      retention.body === undefined || record.body == null
        ? undefined
        : await this.#sealBody(member, retention.body, time, record.body, place);
    const outcome = await this.#store.append(record, { head, tags, body });
    if (outcome.outcome === "recorded") this.#sealing.recorded(record.time);
    else if (body !== undefined && body.file !== "") await this.#bodies.remove(body.file);
    return outcome;
  }

  async keep(document: ContextDocument): Promise<void> {
    if (this.#kept.has(document.sha256)) return;
    await this.#store.keepDocument(document);
    // A statement about an idle log, such as an erasure, is time-stamped as soon as a message would be.
    this.#sealing.stated();
    if (this.#kept.size >= mostKept) this.#kept.clear();
    this.#kept.add(document.sha256);
  }

  /** As `MessageStore.takeUses`. */
  takeUses(counted: readonly CountedUses[]): Promise<void> {
    return this.#store.takeUses(counted);
  }

  async keyedDigest(member: MemberId, text: string, time: number): Promise<string> {
    try {
      const key = await this.#vault.sharedKey(member, time);
      return createHmac("sha256", key).update(`sealway/counter/v1\0${text}`).digest("base64url");
    } catch (cause) {
      throw new SealwayError("log_unavailable", "the key vault cannot be read", { cause });
    }
  }

  openRequests(): Promise<readonly OpenRequest[]> {
    return this.#store.openRequests();
  }

  /** For the retention office alone. */
  get content(): LogContent {
    return { store: this.#store, vault: this.#vault, bodies: this.#bodies };
  }

  /** As `MessageStore.nodes`. */
  get nodes(): MessageStore["nodes"] {
    return this.#store.nodes;
  }

  timestampLag(): number {
    return this.#sealing.lag();
  }

  /** As `MessageStore.holdsSealing`. */
  holdsSealing(): Promise<boolean> {
    return this.#store.holdsSealing();
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

  async #tags(
    { member, subjects, time, restrictedTo }: MessageRecord,
    retention: RetentionClass,
  ): Promise<Buffer> {
    const [part, other] =
      restrictedTo === undefined ? (["tags", "sealed-tags"] as const) : (["sealed-tags", "tags"] as const);
    const key = this.#key(member, part, retention, time);
    // Both keys are made when one is needed: that there is one for what is restricted tells nothing.
    if (key instanceof Promise) await this.#key(member, other, retention, time);
    return serializeSearchTags(searchTags(key instanceof Promise ? await key : key, subjects));
  }

  async #sealBody(
    member: MemberId,
    retention: RetentionClass,
    time: number,
    body: RecordBody,
    place: HeadPlace,
  ): Promise<EncryptedBody> {
    const key = await this.#key(member, "body", retention, time);
    if (body.bytes !== undefined && body.length <= mostBytesInRow) {
      return { keyId: key.id, bytes: encryptBody(key.key, body.bytes, place), file: "" };
    }
    try {
      const file = await this.#bodies.write(key, body.blocks(), place);
      return { keyId: key.id, bytes: noBytes, file };
    } catch (cause) {
      throw new SealwayError("log_unavailable", "a large body cannot be kept", { cause });
    }
  }

  #key(
    member: MemberId,
    part: KeyPurpose["part"],
    retention: RetentionClass,
    time: number,
  ): DataKey | Promise<DataKey> {
    const purpose = { member, retentionClass: retention.name, part };
    return this.#vault.current(purpose, time) ?? this.#newKey(purpose, time, retention);
  }

  async #newKey(purpose: KeyPurpose, time: number, retention: RetentionClass): Promise<DataKey> {
    try {
      return await this.#vault.keyFor(purpose, time, retention);
    } catch (cause) {
      throw new SealwayError("log_unavailable", "the key vault cannot be written", { cause });
    }
  }
}
