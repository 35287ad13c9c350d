import { canonicalJson, type Json } from "../../core/canonical-json.ts";
import type { DigestName } from "../../pki/algorithms.ts";

/**
 * A renewal as the log keeps it, a document of kind `renewal` in canonical JSON: one new token over one hash tree.
 * Digests are base64url SHA-256.
 */
export interface Renewal {
  readonly v: 1;
  /**
   * `time-stamp`: the leaves are tokens (RFC 4998 §5.2, new archive time-stamp in the same chain). `hash-tree`: the
   * leaves are records, hashed anew (new chain).
   */
  readonly method: "time-stamp" | "hash-tree";
  /** Of the tree and the token's imprint. */
  readonly digest: DigestName;
  /** The newest renewal that was there when this one began: a hash-tree renewal covers what stood then. */
  readonly after: string | null;
  readonly chunks: readonly Chunk[];
  /** No batch beyond this one has evidence that goes through this renewal. */
  readonly lastBatch: number;
  /** Why it was made. */
  readonly reason: RenewalReason;
  /** Milliseconds, by the clock of the server. */
  readonly time: number;
  /** The global configuration that was in force, under which its token is judged; null when none was known. */
  readonly configuration: string | null;
  /** Who gave the token. */
  readonly authority: string;
  /** Milliseconds, by the token. */
  readonly genTime: number;
  /** The TimeStampToken in DER, base64. */
  readonly token: string;
}

/** `expiry`: a certificate of the old tokens was about to expire. */
export type RenewalReason = "expiry" | "command";

/** Some thousand leaves, in a document of their own; their root is a leaf of the renewal's tree. */
export interface Chunk {
  /** Document of kind `renewal-leaves`. */
  readonly leaves: string;
  /** Root of their tree, base64url. */
  readonly root: string;
  /** The batches in it lie between these, both included; both 0 when there are none. */
  readonly first: number;
  readonly last: number;
  /** The renewals whose tokens are leaves of it. */
  readonly renewals: readonly string[];
}

/** What stands under consecutive leaves. */
export type Covered =
  /** The tokens of these batches, both included. */
  | { readonly kind: "tokens"; readonly first: number; readonly last: number }
  /** The token of an earlier renewal. */
  | { readonly kind: "renewal"; readonly renewal: string }
  /** Records of a batch, from this leaf of it on. */
  | { readonly kind: "records"; readonly batch: number; readonly first: number; readonly count: number };

/** The leaves of a chunk, a document of kind `renewal-leaves` in canonical JSON. */
export interface ChunkLeaves {
  readonly v: 1;
  readonly digest: DigestName;
  readonly covered: readonly Covered[];
  /** End to end, base64. */
  readonly leaves: string;
}

export function serializeRenewal(renewal: Renewal): Buffer {
  return Buffer.from(canonicalJson(renewal as unknown as Json));
}

export function serializeChunkLeaves(leaves: ChunkLeaves): Buffer {
  return Buffer.from(canonicalJson(leaves as unknown as Json));
}

/** @param bytes of a document whose digest was the name under which the log has it @throws RangeError when it is none */
export function parseRenewal(bytes: Buffer): Renewal {
  const renewal = parse(bytes) as unknown as Renewal;
  if (!Array.isArray(renewal.chunks) || typeof renewal.token !== "string") throw unreadable();
  return renewal;
}

/** @throws RangeError when the document is none */
export function parseChunkLeaves(bytes: Buffer): ChunkLeaves {
  const leaves = parse(bytes) as unknown as ChunkLeaves;
  if (!Array.isArray(leaves.covered) || typeof leaves.leaves !== "string") throw unreadable();
  return leaves;
}

function parse(bytes: Buffer): { readonly [name: string]: unknown } {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString("utf8"));
  } catch {
    throw unreadable();
  }
  if (typeof value !== "object" || value === null || (value as { v?: unknown }).v !== 1) throw unreadable();
  return value as { [name: string]: unknown };
}

function unreadable(): RangeError {
  return new RangeError("the log was altered: a document of a renewal cannot be read");
}
