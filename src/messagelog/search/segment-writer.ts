import type { Span } from "../message-store.ts";
import type { OpenRow } from "./pair-records.ts";
import { type CodedField, codedFields } from "./search-query.ts";
import { compareRows, positionOf, type SearchRow } from "./search-row.ts";
import {
  bucketOf,
  checksum,
  codeArrays,
  codeWidth,
  type Dictionary,
  type DictionaryField,
  dictionaryFields,
  directoryEntry,
  type KeyField,
  keyEntry,
  keyFields,
  keyOf,
  keyValues,
  magic,
  noDuration,
  rowsInColumnChunk,
  rowsInRowChunk,
  type SectionName,
  type SegmentMeta,
  type StoredRow,
} from "./segment-format.ts";

/** What a segment is made of. */
export interface SegmentContent {
  readonly first: number;
  readonly last: number;
  readonly spans: readonly Span[];
  readonly rows: readonly SearchRow[];
  readonly open: readonly OpenRow[];
  readonly latestRecord: number;
}

/** The bytes of a segment, in pieces one behind the other. */
export function encodeSegment(content: SegmentContent): Buffer[] {
  const { rows: unordered, ...rest } = content;
  const rows = unordered.toSorted(compareRows);
  const dictionaries = new Dictionaries();
  const file = new SegmentFile();
  file.add("rows", rowChunks(rows, dictionaries));
  file.add("time", numberChunks(Float64Array.from(rows, (row) => row.time)));
  file.add("duration", numberChunks(Uint32Array.from(rows, (row) => row.duration ?? noDuration)));
  for (const field of codedFields) file.add(field, codeChunks(rows, field, dictionaries));
  for (const field of keyFields) file.add(`keys/${field}`, keyChunks(rows, field));
  return file.end({
    ...rest,
    rows: rows.length,
    oldest: rows.length === 0 ? null : positionOf(rows[0]!),
    newest: rows.length === 0 ? null : positionOf(rows.at(-1)!),
    dictionaries: dictionaries.all(),
  });
}

/** Codes for the values of each field, in the order in which they come. */
class Dictionaries {
  readonly #codes = new Map<DictionaryField, Map<string | null, { code: number; count: number }>>(
    dictionaryFields.map((field) => [field, new Map()]),
  );

  /** Counts the value, too. */
  code(field: DictionaryField, value: string | null): number {
    const codes = this.#codes.get(field)!;
    const known = codes.get(value);
    if (known !== undefined) {
      known.count++;
      return known.code;
    }
    codes.set(value, { code: codes.size, count: 1 });
    return codes.size - 1;
  }

  peek(field: DictionaryField): ReadonlyMap<string | null, { readonly code: number }> {
    return this.#codes.get(field)!;
  }

  all(): Record<DictionaryField, Dictionary> {
    const entries = [...this.#codes].map(([field, codes]) => {
      return [field, { values: [...codes.keys()], counts: [...codes.values()].map(({ count }) => count) }];
    });
    return Object.fromEntries(entries) as Record<DictionaryField, Dictionary>;
  }
}

/** Lays chunks one behind the other and keeps their directories. */
class SegmentFile {
  readonly #parts: Buffer[] = [magic];
  readonly #sections: Partial<Record<SectionName, { directory: Buffer; chunks: number }>> = {};
  #end = magic.length;

  add(name: SectionName, chunks: readonly Buffer[]): void {
    const directory = Buffer.alloc(chunks.length * directoryEntry);
    chunks.forEach((chunk, i) => {
      directory.writeUInt32LE(this.#end, i * directoryEntry);
      directory.writeUInt32LE(chunk.length, i * directoryEntry + 4);
      directory.writeUInt32LE(checksum(chunk), i * directoryEntry + 8);
      this.#append(chunk);
    });
    this.#sections[name] = { directory, chunks: chunks.length };
  }

  end(meta: Omit<SegmentMeta, "sections">): Buffer[] {
    const sections: Partial<Record<SectionName, { directory: number; chunks: number }>> = {};
    for (const [name, { directory, chunks }] of Object.entries(this.#sections)) {
      sections[name as SectionName] = { directory: this.#end, chunks };
      this.#append(directory);
    }
    const json = Buffer.from(JSON.stringify({ ...meta, sections }));
    const trailer = Buffer.alloc(8);
    trailer.writeUInt32LE(json.length, 0);
    trailer.writeUInt32LE(checksum(json), 4);
    return [...this.#parts, json, trailer, magic];
  }

  #append(bytes: Buffer): void {
    this.#parts.push(bytes);
    this.#end += bytes.length;
  }
}

function rowChunks(rows: readonly SearchRow[], dictionaries: Dictionaries): Buffer[] {
  return slices(rows.length, rowsInRowChunk).map(([from, to]) => {
    return Buffer.from(JSON.stringify(rows.slice(from, to).map((row) => storedRow(row, dictionaries))));
  });
}

function storedRow(row: SearchRow, dictionaries: Dictionaries): StoredRow {
  const code = (field: Exclude<DictionaryField, "writer">) => dictionaries.code(field, row[field]);
  const name = (record: SearchRow["request"]) => {
    return [dictionaries.code("writer", record?.writer ?? null), record?.number ?? 0] as const;
  };
  // biome-ignore format: as `StoredRow` says
  return [
    row.time, row.exchangeId, row.duration, row.queryId, row.permission, row.tags,
    code("role"), code("outcome"), code("verdict"), code("code"), code("consumer"), code("service"), code("purpose"),
    code("agreement"), code("member"), code("server"), ...name(row.request), ...name(row.answer),
  ];
}

function codeChunks(rows: readonly SearchRow[], field: CodedField, dictionaries: Dictionaries): Buffer[] {
  const codes = dictionaries.peek(field);
  const column = new codeArrays[codeWidth(codes.size)](rows.length);
  rows.forEach((row, i) => {
    column[i] = codes.get(row[field])!.code;
  });
  return numberChunks(column);
}

function numberChunks(column: Float64Array | Uint8Array | Uint16Array | Uint32Array): Buffer[] {
  return slices(column.length, rowsInColumnChunk).map(([from, to]) => {
    const { buffer, byteOffset, byteLength } = column.subarray(from, to);
    return Buffer.from(buffer, byteOffset, byteLength);
  });
}

/** Some sixty entries a bucket. The hash spreads them, whoever chose the values. */
function keyChunks(rows: readonly SearchRow[], field: KeyField): Buffer[] {
  const entries: { readonly key: Buffer; readonly row: number }[] = [];
  rows.forEach((row, i) => {
    for (const value of keyValues(row, field)) entries.push({ key: keyOf(value), row: i });
  });
  const buckets: Buffer[][] = Array.from({ length: bucketCount(entries.length) }, () => []);
  for (const { key, row } of entries) {
    const entry = Buffer.allocUnsafe(keyEntry);
    key.copy(entry);
    entry.writeUInt32LE(row, key.length);
    buckets[bucketOf(key, buckets.length)]!.push(entry);
  }
  return buckets.map((bucket) => Buffer.concat(bucket));
}

function bucketCount(entries: number): number {
  return Math.min(4096, 2 ** Math.ceil(Math.log2(Math.max(1, entries / 64))));
}

function slices(length: number, size: number): [from: number, to: number][] {
  return Array.from({ length: Math.ceil(length / size) }, (_, i) => [
    i * size,
    Math.min(length, (i + 1) * size),
  ]);
}
