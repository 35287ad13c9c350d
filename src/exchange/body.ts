import type { Readable } from "node:stream";

/** A whole body, received, counted and hashed: in memory up to 64 KiB, in an encrypted spool file beyond it. */
export interface Body {
  readonly length: number;
  /** SHA-512 for requests, SHA-256 for responses. */
  readonly digest: Buffer;
  /** The bytes when they are in memory, else undefined. */
  readonly bytes: Buffer | undefined;
  /** The bytes from the beginning; may be called again. */
  stream(): Readable;
  /** The bytes from the beginning, a block at a time; may be called again for a resend. */
  blocks(): AsyncIterable<Buffer>;
  /** Frees file and key; idempotent. Every body is discarded by whoever received it. */
  discard(): void;
}

/** Bodies up to this length stay in memory and are sent at once. */
export const maxInlineBody = 65_536;

/** SHA-512 binds requests (shared with X-Road-Request-Hash), SHA-256 responses. */
export type BodyAlgorithm = "sha512" | "sha256";
