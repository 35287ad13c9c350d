import { crc32 } from "node:zlib";
import { sha256 } from "../../core/bytes.ts";
import type { Span } from "../message-store.ts";
import type { OpenRow } from "./pair-records.ts";
import { type CodedField, codedFields } from "./search-query.ts";
import type { RowPosition, SearchRow } from "./search-row.ts";

/*
 * A segment is an immutable file with some rows, ordered by their position:
 *
 *   magic | chunks | directories | meta (JSON) | length and checksum of meta | magic
 *
 * A section is a list of chunks; its directory gives place, length and checksum of each, so that whatever is read
 * was checked. Columns hold one code or number a row. `keys/…` holds hashes of values, in buckets by their first
 * bits, each with its row. `rows` holds whole rows. The file is derived from the log: whoever finds it damaged
 * throws it away.
 */

/** The last character is the version of the format: a segment of another version is built anew. */
export const magic = Buffer.from("sealway-search-2");

export const rowsInColumnChunk = 8192;
export const rowsInRowChunk = 64;

/** Fields of which nearly every row has a value of its own. */
export const keyFields = ["exchangeId", "queryId", "permission", "tags"] as const;
export type KeyField = (typeof keyFields)[number];

/** Fields whose values are stored once a segment and named by codes. */
export const dictionaryFields = [...codedFields, "server", "writer"] as const;
export type DictionaryField = (typeof dictionaryFields)[number];

export type SectionName = CodedField | "time" | "duration" | `keys/${KeyField}` | "rows";

export interface Dictionary {
  /** By code. */
  readonly values: readonly (string | null)[];
  /** Rows that have the value. */
  readonly counts: readonly number[];
}

export interface SegmentMeta {
  /** The pieces of the log that it holds: numbers without a gap over all segments. */
  readonly first: number;
  readonly last: number;
  readonly rows: number;
  /** The records that were read for these pieces. */
  readonly spans: readonly Span[];
  /** Requests that had no answer where the spans end. */
  readonly open: readonly OpenRow[];
  readonly oldest: RowPosition | null;
  readonly newest: RowPosition | null;
  /** Latest time of any record in a row: tags may be of that time. */
  readonly latestRecord: number;
  readonly dictionaries: Readonly<Record<DictionaryField, Dictionary>>;
  readonly sections: Readonly<Record<SectionName, { readonly directory: number; readonly chunks: number }>>;
}

/** Offset, length, checksum: 32 bits each, little-endian. */
export const directoryEntry = 12;

/** Behind meta: its length, its checksum, the magic. */
export const trailerLength = 8 + magic.length;

/** Not that of zeros, so that a directory of zeros fits no chunk. */
export function checksum(bytes: Uint8Array): number {
  return crc32(bytes, 0x5ea1);
}

/** 16 bytes of hash, 4 of row. */
export const keyEntry = 20;
const keyLength = 16;

/** Under which a value stands in a key section. */
export function keyOf(value: string): Buffer {
  return sha256(value).subarray(0, keyLength);
}

export function bucketOf(key: Uint8Array, buckets: number): number {
  return (key[0]! | (key[1]! << 8)) & (buckets - 1);
}

/** The values of a row in a key section. */
export function keyValues(row: SearchRow, field: KeyField): readonly string[] {
  const value = row[field];
  return value === null ? [] : typeof value === "string" ? [value] : value;
}

/** Bytes of a code, by the size of its dictionary. */
export function codeWidth(values: number): 1 | 2 | 4 {
  return values <= 0x100 ? 1 : values <= 0x10000 ? 2 : 4;
}

export type Codes = Uint8Array | Uint16Array | Uint32Array;

export const codeArrays = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array } as const;

/** In the column of durations: there is none. */
export const noDuration = 0xffffffff;

/** The members of a stored row, in order; codes stand for the values of dictionaries. */
// biome-ignore format: one line a group
export type StoredRow = readonly [
  time: number, exchangeId: string, duration: number | null, queryId: string | null, permission: string | null,
  tags: readonly string[],
  role: number, outcome: number, verdict: number, code: number, consumer: number, service: number, purpose: number,
  agreement: number, member: number, server: number,
  requestWriter: number, requestNumber: number, answerWriter: number, answerNumber: number,
];
