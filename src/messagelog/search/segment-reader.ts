import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { GuardEntry } from "../message-record.ts";
import type { RecordName } from "../message-store.ts";
import type { CodedField } from "./search-query.ts";
import type { Outcome, SearchRow } from "./search-row.ts";
import {
  bucketOf,
  type Codes,
  checksum,
  codeArrays,
  codeWidth,
  type DictionaryField,
  directoryEntry,
  type KeyField,
  keyEntry,
  keyOf,
  magic,
  rowsInColumnChunk,
  rowsInRowChunk,
  type SectionName,
  type SegmentMeta,
  type StoredRow,
  trailerLength,
} from "./segment-format.ts";

/** Thrown for a file that is no whole segment of this version: it is to be built anew. */
export class SegmentDamagedError extends Error {
  override readonly name = "SegmentDamagedError";
  readonly path: string;

  constructor(path: string, problem: string) {
    super(`${path}: ${problem}`);
    this.path = path;
  }
}

const mostCached = 256;

/** One segment, open for reading. Its file may lose its name meanwhile: what is open stays readable. */
export class SegmentReader {
  readonly path: string;
  readonly meta: SegmentMeta;
  /** Another file that took the same name has another one, as long as this is open. */
  readonly inode: number;
  readonly #file: number;
  /** Chunks of rows that were read last: a page has neighbours. */
  readonly #rows = new Map<number, readonly StoredRow[]>();
  readonly #directories = new Map<SectionName, Buffer>();

  /** @throws SegmentDamagedError; Error of the file system when there is no such file */
  constructor(path: string) {
    this.path = path;
    this.#file = openSync(path, "r");
    try {
      this.inode = fstatSync(this.#file).ino;
      this.meta = this.#readMeta();
    } catch (error) {
      closeSync(this.#file);
      throw error;
    }
  }

  get rows(): number {
    return this.meta.rows;
  }

  close(): void {
    closeSync(this.#file);
  }

  /** @throws SegmentDamagedError */
  row(index: number): SearchRow {
    return this.#searchRow(this.#rowChunk(Math.floor(index / rowsInRowChunk))[index % rowsInRowChunk]!);
  }

  /** Every row, in order. @throws SegmentDamagedError */
  *all(): Generator<SearchRow> {
    for (let i = 0; i < this.meta.sections.rows.chunks; i++) {
      for (const row of JSON.parse(this.#chunk("rows", i).toString("utf8")) as StoredRow[]) {
        yield this.#searchRow(row);
      }
    }
  }

  /** Reads everything once. @throws SegmentDamagedError */
  check(): void {
    for (const [name, { chunks }] of Object.entries(this.meta.sections)) {
      for (let chunk = 0; chunk < chunks; chunk++) this.#chunk(name as SectionName, chunk);
    }
  }

  /** The codes of a column chunk. @throws SegmentDamagedError */
  codes(field: CodedField, chunk: number): Codes {
    const array = codeArrays[codeWidth(this.meta.dictionaries[field].values.length)];
    return new array(this.#memory(field, chunk));
  }

  durations(chunk: number): Uint32Array {
    return new Uint32Array(this.#memory("duration", chunk));
  }

  /** Of rows, milliseconds. @throws SegmentDamagedError */
  times(chunk: number): Float64Array {
    return new Float64Array(this.#memory("time", chunk));
  }

  /** How many rows have a time below the given one. @throws SegmentDamagedError */
  rowsBefore(time: number): number {
    let low = 0;
    let high = this.rows;
    let known: { readonly chunk: number; readonly times: Float64Array } | undefined;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const chunk = Math.floor(middle / rowsInColumnChunk);
      if (known?.chunk !== chunk) known = { chunk, times: this.times(chunk) };
      if (known.times[middle % rowsInColumnChunk]! < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The rows whose field has the value, up to collisions of the hash. @throws SegmentDamagedError */
  rowsWith(field: KeyField, value: string): number[] {
    const { chunks } = this.meta.sections[`keys/${field}`];
    const key = keyOf(value);
    const bucket = this.#chunk(`keys/${field}`, bucketOf(key, chunks));
    const found: number[] = [];
    const start = key.readUInt32LE(0);
    for (let at = 0; at < bucket.length; at += keyEntry) {
      if (bucket.readUInt32LE(at) === start && key.equals(bucket.subarray(at, at + key.length))) {
        found.push(bucket.readUInt32LE(at + key.length));
      }
    }
    return found;
  }

  #rowChunk(chunk: number): readonly StoredRow[] {
    const known = this.#rows.get(chunk);
    if (known !== undefined) return known;
    if (this.#rows.size >= mostCached) this.#rows.clear();
    const rows = JSON.parse(this.#chunk("rows", chunk).toString("utf8")) as StoredRow[];
    this.#rows.set(chunk, rows);
    return rows;
  }

  #searchRow(stored: StoredRow): SearchRow {
    const [time, exchangeId, duration, queryId, permission, tags] = stored;
    const value = (field: DictionaryField, code: number) => this.meta.dictionaries[field].values[code]!;
    const name = (writer: number, number: number): RecordName | null => {
      return number === 0 ? null : { writer: value("writer", writer), number };
    };
    return {
      ...{ time, exchangeId, duration, queryId, permission, tags },
      role: value("role", stored[6]) as GuardEntry["role"],
      outcome: value("outcome", stored[7]) as Outcome,
      verdict: value("verdict", stored[8]),
      code: value("code", stored[9]),
      consumer: value("consumer", stored[10]),
      service: value("service", stored[11]),
      purpose: value("purpose", stored[12]),
      agreement: value("agreement", stored[13]),
      member: value("member", stored[14]),
      server: value("server", stored[15]),
      request: name(stored[16], stored[17]),
      answer: name(stored[18], stored[19]),
    };
  }

  /** Aligned, so that it can be seen as numbers. */
  #memory(section: SectionName, chunk: number): ArrayBuffer {
    return this.#chunk(section, chunk).buffer as ArrayBuffer;
  }

  #chunk(section: SectionName, chunk: number): Buffer {
    const directory = this.#directory(section);
    const entry = chunk * directoryEntry;
    const bytes = this.#read(directory.readUInt32LE(entry), directory.readUInt32LE(entry + 4));
    if (checksum(bytes) !== directory.readUInt32LE(entry + 8))
      throw this.#damaged(`${section} is not what was written`);
    return bytes;
  }

  /** Read once: whoever looks through a column asks for each of its chunks. */
  #directory(section: SectionName): Buffer {
    const known = this.#directories.get(section);
    if (known !== undefined) return known;
    const { chunks, directory } = this.meta.sections[section];
    const read = this.#read(directory, chunks * directoryEntry);
    this.#directories.set(section, read);
    return read;
  }

  #read(offset: number, length: number): Buffer {
    if (length > mostBytes) throw this.#damaged("a chunk is longer than any");
    const bytes = Buffer.from(new ArrayBuffer(length));
    if (length > 0 && readSync(this.#file, bytes, 0, length, offset) !== length)
      throw this.#damaged("it ends early");
    return bytes;
  }

  #readMeta(): SegmentMeta {
    const { size } = fstatSync(this.#file);
    if (size < magic.length + trailerLength) throw this.#damaged("it is too short");
    const trailer = this.#read(size - trailerLength, trailerLength);
    const length = trailer.readUInt32LE(0);
    const isWhole = magic.equals(trailer.subarray(8)) && magic.equals(this.#read(0, magic.length));
    if (!isWhole || length > size) throw this.#damaged("it is no whole segment of this version");
    const json = this.#read(size - trailerLength - length, length);
    if (checksum(json) !== trailer.readUInt32LE(4)) throw this.#damaged("its meta is not what was written");
    return JSON.parse(json.toString("utf8")) as SegmentMeta;
  }

  #damaged(problem: string): SegmentDamagedError {
    return new SegmentDamagedError(this.path, problem);
  }
}

/** Far above what a writer makes. */
const mostBytes = 256 * 1024 * 1024;
