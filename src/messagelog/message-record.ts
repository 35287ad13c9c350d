import type { ExchangeId, MemberId, ServerId } from "../core/ids.ts";
import type { EnvelopeRecipient } from "../pki/hybrid-envelope.ts";

/** Which passage of the exchange the record proves, seen from the server that keeps it. */
export type RecordDirection = "sent" | "received";

/** A person or organisation in a message; `value` is normalised. */
export interface NamedSubject {
  readonly role: string;
  readonly scheme: string;
  readonly value: string;
}

/** Whole days that something is kept after the day on which it was made, and days more by which it must be gone. */
export interface RetentionPeriod {
  readonly keepDays: number;
  readonly graceDays: number;
}

/** A retention class: a name, and the period that was in force for it. The log knows no law beside this. */
export interface RetentionClass extends RetentionPeriod {
  readonly name: string;
}

/** Under which classes a record is kept. `body` is undefined for a body that is bound only, not kept. */
export interface RecordRetention {
  readonly head: RetentionClass;
  readonly body: RetentionClass | undefined;
}

/** A body as it was received: in memory, or to be read block by block. */
export interface RecordBody {
  readonly length: number;
  /** The bytes when they are in memory, else undefined. */
  readonly bytes: Buffer | undefined;
  blocks(): AsyncIterable<Buffer>;
}

/** The record of one message, as the exchange hands it to the log. */
export interface MessageRecord {
  readonly exchangeId: ExchangeId;
  readonly direction: RecordDirection;
  readonly type: "request" | "response" | "refusal" | "fault";
  /** Whose record it is: the member of this side, under whose keys `head` is encrypted. */
  readonly member: MemberId;
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** Canonical bytes as signed; kept in clear. */
  readonly exchange: Buffer;
  /** Canonical bytes as signed, with the openings; encrypted before they leave this thread. */
  readonly head: Buffer;
  /** The log's default class unless told; see `defaultRetention`. */
  readonly retention?: RecordRetention;
  /** Kept, encrypted, when `retention` has a class for it. */
  readonly body?: RecordBody | null;
  /** The persons whom the message names, by whom the log is searched; never stored as they stand here. */
  readonly subjects: readonly NamedSubject[];
  /** Who must be able to read the head of a restricted record, whose persons are then tagged apart; absent for all others. */
  readonly restrictedTo?: readonly EnvelopeRecipient[];
  /** Compact JWS with detached payload, `protected..signature`, exactly as sent or received. */
  readonly signature: string;
  /** DER; the log stores each distinct one once. */
  readonly certificate: { readonly sha256: string; readonly der: Buffer; readonly issuerDer: Buffer };
  /** DER of the stapled OCSP response; the log stores each distinct one once. */
  readonly ocsp: { readonly sha256: string; readonly der: Buffer; readonly thisUpdate: number };
  /** Replay guard: a request received or sent opens the exchange, its answer closes it. */
  readonly guard: GuardEntry;
  /** What it uses up, at most `mostUses`: all of them are counted with the record, or nothing is recorded. */
  readonly uses?: readonly CounterUse[] | undefined;
  /** Counters of which one use each is given back with the record, when it says that the service was never called. */
  readonly returns?: readonly string[] | undefined;
}

/** One use of something that may be used so and so often. A counter is named once in a record. */
export interface CounterUse {
  /** Names no person; 1 to 200 printable ASCII characters. */
  readonly counter: string;
  /** The record is written only while fewer uses than this are counted. */
  readonly limit: number;
  /** When the counter may be forgotten, milliseconds: a record made then or later counts from 0 again. */
  readonly expires: number;
}

/** How often something was used elsewhere, of which only what is new is counted here. */
export interface CountedUses extends Pick<CounterUse, "counter" | "expires"> {
  readonly used: number;
  /** Name of the counter of what was taken from there. */
  readonly noted: string;
}

/**
 * The replay guard's part of a record, written in its transaction. The key is (role, server, exchange id): one
 * entry for an exchange on each side, also when both sides are this server.
 */
export interface GuardEntry {
  /** This server's part in the exchange. */
  readonly role: "consumer" | "provider";
  /** The consumer's security server: `from` of the request. */
  readonly server: ServerId;
  /** A request opens the exchange, its answer closes it; a refusal before any request is sent is `single`. */
  readonly effect: "open" | "close" | "single";
  /** SHA-256 of the compact signature: tells a resend from a replay. */
  readonly digest: Buffer;
  /** When the entry may be pruned once closed, milliseconds. */
  readonly expires: number;
}

/** What became of an append. Only `recorded` means that the record is durable. */
export type AppendOutcome =
  | {
      readonly outcome: "recorded";
      readonly writer: string;
      readonly number: number;
      /** The counts with these uses in them, in the order of `uses`; missing when the record had none. */
      readonly uses?: readonly number[];
    }
  /** The same message was recorded before: an open exchange still runs, a closed one has its answer. */
  | { readonly outcome: "resend"; readonly state: "open" | "closed" }
  /** Another message with this key was recorded before. */
  | { readonly outcome: "replay" }
  /** Nothing was recorded and nothing counted: this counter, the first of them, has no use left. */
  | {
      readonly outcome: "exhausted";
      readonly counter: string;
      /** The exchange that used it first; null where there is none. */
      readonly first: string | null;
    };

/** A request without an answer, found when the log is opened. */
export interface OpenRequest {
  readonly exchangeId: ExchangeId;
  readonly role: "consumer" | "provider";
  readonly member: MemberId;
  readonly exchange: Buffer;
  readonly signature: string;
}

/**
 * `configuration` is one file of a global configuration; `configuration-files` lists the files of one by name and digest
 * (`ConfigurationFiles` as canonical JSON), so that all of it can be put together again. `identifier-rules` says how the
 * schemes of one spell identifiers, `{scheme: rule}`.
 */
export type ContextKind =
  | "access"
  | "administration"
  | "administration-use"
  | "case-counts"
  | "checked-form"
  | "checkpoint-seal"
  | "correction"
  | "statement"
  | "reconciliation"
  | "recovery"
  | "configuration"
  | "configuration-files"
  | "description"
  | "identifier-rules"
  | "agreement"
  | "agreement-act"
  | "agreement-receipt"
  | "rules"
  | "discontinuity"
  | "emergency"
  | "emergency-review"
  | "erasure"
  | "feedback"
  | "hand-over"
  | "hold"
  | "hold-applied"
  | "hold-lifted"
  | "inquiry"
  | "permission"
  | "permission-erasure"
  | "permission-refusal"
  | "quota-raise"
  | "registration"
  | "renewal"
  | "renewal-leaves"
  | "restricted-head"
  | "restriction"
  | "second-token"
  | "unexpected-token";

/** What a `configuration-files` document says; digests are base64url SHA-256. */
export interface ConfigurationFiles {
  /** By which records name the configuration. */
  readonly configuration: string;
  readonly files: { readonly [name: string]: string };
}

/** A document to which records refer by digest: configuration, description, agreement. */
export interface ContextDocument {
  readonly kind: ContextKind;
  /** base64url SHA-256 of the bytes. */
  readonly sha256: string;
  readonly bytes: Buffer;
}

/** The log as the exchange sees it. */
export interface MessageLog {
  /**
   * Appends one record. Resolves only when it is durable (fsync done) or is known to be a resend or replay;
   * records are numbered without gaps in the order of their commits.
   * @throws SealwayError `log_unavailable` when it cannot be made durable: nothing was recorded
   */
  append(record: MessageRecord): Promise<AppendOutcome>;
  /** Makes sure that the document is stored before a record that refers to it. Cheap when it is already. */
  keep(document: ContextDocument): Promise<void>;
  /**
   * Names something that must not be read in the store: HMAC-SHA-256 under a key of the member's that all nodes share.
   * @param time milliseconds @returns 43 characters of base64url
   * @throws SealwayError `log_unavailable` when the key cannot be had
   */
  keyedDigest(member: MemberId, text: string, time: number): Promise<string>;
  /** Requests that an earlier run left open; read once at start. */
  openRequests(): Promise<readonly OpenRequest[]>;
  /** Age in milliseconds of the oldest record that is not time-stamped; 0 when there is none. */
  timestampLag(): number;
  /** Seals what is pending, then closes the store. */
  close(): Promise<void>;
}
