import type {
  AppendOutcome,
  ContextDocument,
  CountedUses,
  GuardEntry,
  MessageRecord,
  OpenRequest,
  RecordDirection,
} from "./message-record.ts";

/*
 * What a store of the message log must do: the drivers in src/store implement these interfaces and know no
 * plaintext of a head. A record is named by its writer (one run of one node, a UUID) and its number there
 * (1, 2, 3 … without a gap).
 */

/** A head as it leaves the request thread. */
export interface EncryptedHead {
  /** 16 bytes: names the data key in the vault. */
  readonly keyId: Buffer;
  /** 12 bytes of nonce, the ciphertext, 16 bytes of tag (AES-256-GCM). */
  readonly bytes: Buffer;
  /** SHA-256 of the plaintext, as the signature binds it: evidence covers a head also when it is erased. */
  readonly sha256: Buffer;
}

/** A kept body as it leaves the request thread: in the record's row up to 64 KiB, beyond that in a file. */
export interface EncryptedBody {
  /** As `EncryptedHead.keyId`. */
  readonly keyId: Buffer;
  /** As `EncryptedHead.bytes`; empty when it lies in a file, or this record alone was erased. */
  readonly bytes: Buffer;
  /** Its name below the folder of bodies; empty when it lies in the row. */
  readonly file: string;
}

/** What of a record must not be read in the database: what the store gets instead of `head`, `body` and `subjects`. */
export interface SealedContent {
  readonly head: EncryptedHead;
  /** Absent when the body is not kept, or there is none. */
  readonly body?: EncryptedBody | undefined;
  /** `SearchTags` as canonical JSON; empty when nobody is named. Kept for ever: the tags' key is what is erased. */
  readonly tags: Buffer;
}

/** One record of the log. */
export interface RecordName {
  readonly writer: string;
  readonly number: number;
}

/** The same content under another key; digests stay as they are. */
export interface ReplacedContent extends RecordName {
  readonly head: Pick<EncryptedHead, "keyId" | "bytes">;
  readonly body: EncryptedBody | undefined;
}

/** Consecutive records of one writer, both ends included. */
export interface Span {
  readonly writer: string;
  readonly first: number;
  readonly last: number;
}

/** The end of a writer's chain at a record. `number` 0 names a writer that recorded nothing. */
export interface Tip {
  readonly writer: string;
  readonly number: number;
  readonly chain: Buffer;
}

export interface StoredCertificate {
  /** base64url SHA-256 of `der`. */
  readonly sha256: string;
  readonly der: Buffer;
  readonly issuerDer: Buffer;
}

export interface StoredOcsp {
  /** base64url SHA-256 of `der`. */
  readonly sha256: string;
  readonly der: Buffer;
  /** Milliseconds. */
  readonly thisUpdate: number;
}

/** A record as it was committed. Equal certificates and OCSP responses are the same object. */
export interface StoredRecord {
  readonly writer: string;
  readonly number: number;
  readonly time: number;
  readonly exchangeId: string;
  readonly direction: RecordDirection;
  readonly type: MessageRecord["type"];
  readonly role: GuardEntry["role"];
  readonly member: string;
  readonly certificate: StoredCertificate;
  readonly ocsp: StoredOcsp;
  readonly exchange: Buffer;
  readonly signature: string;
  /** Its bytes are empty when this record alone was erased. */
  readonly head: EncryptedHead;
  /** Undefined when the body was not kept, or there is none. */
  readonly body?: EncryptedBody | undefined;
  readonly tags: Buffer;
  readonly chain: Buffer;
}

/** What of a record is needed to open its head. */
export type StoredHead = Pick<
  StoredRecord,
  "writer" | "number" | "exchangeId" | "direction" | "role" | "member" | "head"
>;

/** What the search index takes of a record. */
export interface IndexableRecord
  extends Pick<
    StoredRecord,
    "writer" | "number" | "time" | "exchangeId" | "type" | "role" | "member" | "tags"
  > {
  /** JSON, as bytes or as text. */
  readonly exchange: Buffer | string;
}

/** What a batch hashes of a record. */
export interface SealableRecord extends Pick<StoredRecord, "certificate" | "ocsp"> {
  /** SHA-256 of the exchange document, taken when it was appended. */
  readonly exchangeSha256: Buffer;
  readonly headSha256: Buffer;
  /** ASCII of the compact signature. */
  readonly signature: Buffer;
  readonly tags: Buffer;
}

/** A fresher OCSP response that a batch added to the signature files of one certificate and OCSP response. */
export interface RefreshedOcsp {
  readonly certificate: string;
  readonly ocsp: string;
  readonly extra: string;
}

/** How far a batch took the documents and closed chains of the log; positions mean something to the store only. */
export interface SealedThrough {
  readonly documents: number;
  readonly tips: number;
}

/** One RFC 3161 token over one hash tree. */
export interface Batch {
  /** 1, 2, 3 … */
  readonly number: number;
  readonly root: Buffer;
  readonly spans: readonly Span[];
  readonly through: SealedThrough;
  readonly refreshed: readonly RefreshedOcsp[];
  /** The leaves of the tree, 32 bytes each: the records in the order of the spans, then what `batchGroups` lists. */
  readonly leaves: Buffer;
  /** Of the tree: see `upperNodes`. Empty where the store does not have them. */
  readonly upper: Buffer;
  /** DER of the TimeStampToken. */
  readonly token: Buffer;
  /** Time in the token, milliseconds. */
  readonly genTime: number;
  /** Which authority gave it. */
  readonly authority: string;
}

/** Which batch time-stamped a record. */
export interface RecordSeal {
  readonly batch: number;
  /** Time in its time-stamp, milliseconds. */
  readonly time: number;
  /** The records of the same writer that it covers, too. */
  readonly span: Span;
}

/** What the next batch is to cover. */
export interface Unsealed {
  readonly previous: { readonly number: number; readonly root: Buffer } | undefined;
  readonly spans: readonly Span[];
  /** The chains at the ends of the spans. */
  readonly openTips: readonly Tip[];
  readonly documents: readonly Pick<ContextDocument, "kind" | "sha256">[];
  /** Chains of dead writers that their successors closed. */
  readonly closedTips: readonly Tip[];
  readonly through: SealedThrough;
  /** When the oldest record beyond these spans was made, when there is one. */
  readonly oldestBeyond: number | undefined;
}

/** Whether the log takes records, and if not, since when and why. Neither holds personal data. */
export type StoreHealth =
  | { readonly state: "ok" }
  | { readonly state: "unavailable"; readonly since: number; readonly reason: string };

/** What a store may read of a record. */
export type OpenContent = Omit<MessageRecord, "head" | "subjects" | "body" | "retention">;

/** The writing side. When `nodes` is `one`, there is one in the world for a log: opening a second one is refused. */
export interface MessageStore {
  /** As `MessageLog.append`. Nothing of `record` is read after the call returned its promise. */
  append(record: OpenContent, sealed: SealedContent): Promise<AppendOutcome>;
  /**
   * Overwrites the encrypted content of single records with nothing; the record itself, its digests and its place in
   * chain and batch stay. @returns how many there were and had content
   */
  eraseContent(records: readonly RecordName[]): Promise<number>;
  /**
   * Puts the same content, encrypted under another key, in the place of what single records have; a record whose
   * content was erased stays erased. @returns how many had content
   */
  replaceContent(records: readonly ReplacedContent[]): Promise<number>;
  /** How many nodes may write this log at a time: `several` take over from each other what one leaves undone. */
  readonly nodes: "one" | "several";
  /**
   * Whether this node is the one that seals, of all that share the log; asked before each batch. A node that dies
   * loses it. @throws Error when that cannot be known
   */
  holdsSealing(): Promise<boolean>;
  keepDocument(document: ContextDocument): Promise<void>;
  /** Adds what is more than was taken of the same before, and notes that. Durable. @throws SealwayError `log_unavailable` */
  takeUses(counted: readonly CountedUses[]): Promise<void>;
  /** @returns its digest, base64url */
  keepOcsp(ocsp: Omit<StoredOcsp, "sha256">): Promise<string>;
  /** @throws SealwayError `internal_error` unless the batch follows the last one */
  recordBatch(batch: Batch): Promise<void>;
  /** As `MessageLog.openRequests`. */
  openRequests(): Promise<readonly OpenRequest[]>;
  health(): StoreHealth;
  close(): Promise<void>;
}

/** The reading side: never waits for the writer, may be opened while it runs and by any number of processes. */
export interface LogReader {
  /** All writers, oldest first, with the last record of each. */
  writers(): Promise<readonly Tip[]>;
  /** The chains that were closed by a successor. */
  closedTips(): Promise<readonly Tip[]>;
  /** Records of a span in order, some hundred at a time; ends early where the log does. */
  records(span: Span): AsyncIterable<readonly StoredRecord[]>;
  /** As `records`, with what a batch needs and no more. */
  sealable(span: Span): AsyncIterable<readonly SealableRecord[]>;
  /** As `records`, with what the search index takes and no more. */
  indexable(span: Span): AsyncIterable<readonly IndexableRecord[]>;
  /** The heads of some hundred records at once, in any order; what the log does not have is left out. */
  heads(names: readonly RecordName[]): Promise<readonly StoredHead[]>;
  /** All records of one exchange, by writer and number. */
  find(exchangeId: string): Promise<readonly StoredRecord[]>;
  /** What is not sealed yet, oldest first. */
  unsealed(limit: number): Promise<Unsealed>;
  batch(number: number): Promise<Batch | undefined>;
  /** The batch that covers a record, when it is sealed. */
  batchOf(writer: string, number: number): Promise<Batch | undefined>;
  /** The same without the batch, which is large. */
  sealOf(writer: string, number: number): Promise<RecordSeal | undefined>;
  document(sha256: string): Promise<ContextDocument | undefined>;
  /**
   * The documents of a kind, oldest first.
   * @param newest no more than so many of the newest; all unless told, for kinds of which there are few
   */
  documentsOf(kind: ContextDocument["kind"], newest?: number): Promise<readonly ContextDocument[]>;
  /** The documents that a batch covers, in the order of its leaves. */
  documentsIn(batch: number): AsyncIterable<ContextDocument>;
  ocsp(sha256: string): Promise<StoredOcsp | undefined>;
  close(): void;
}

/** What a module that opens a reader exports as `openLogReader`; `location` is the store's own word for the log. */
export type OpenLogReader = (location: string) => LogReader;
