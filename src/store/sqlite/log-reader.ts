import { join } from "node:path";
import { chainStart } from "../../messagelog/chain.ts";
import type { ContextDocument } from "../../messagelog/message-record.ts";
import type {
  Batch,
  IndexableRecord,
  LogReader,
  RecordName,
  RecordSeal,
  SealableRecord,
  Span,
  StoredHead,
  StoredOcsp,
  StoredRecord,
  Tip,
  Unsealed,
} from "../../messagelog/message-store.ts";
import { lastBatchNumber, readBatch, readSeal } from "./batch-table.ts";
import { exchangeIdBytes, exchangeIdTime, numberOf, recordKey, stragglerAfter } from "./columns.ts";
import { type Database, openForReading, type Statement } from "./database.ts";
import { databaseFile } from "./log-files.ts";
import { checkSchema } from "./migrations.ts";
import {
  type HeadRow,
  headColumns,
  headOf,
  type IndexableRow,
  indexableColumns,
  type RecordRow,
  recordColumns,
  type SealableRow,
  StoredRows,
  sealableColumns,
} from "./stored-rows.ts";

/**
 * Opens a log for reading, beside its writer or after it.
 * @param location the log's directory
 * @throws Error of SQLite when there is no log; NewerSchemaError when a newer release wrote it
 */
export function openLogReader(location: string): LogReader {
  const database = openForReading(join(location, databaseFile));
  checkSchema(database);
  return new SqliteLogReader(database);
}

/** Rows read in one statement: a reader holds no snapshot for longer, so the writer can reuse its WAL. */
const chunk = 256;

interface Writer {
  readonly ordinal: number;
  readonly id: string;
}

class SqliteLogReader implements LogReader {
  readonly #database: Database;
  readonly #records: Statement;
  readonly #sealable: Statement;
  readonly #indexable: Statement;
  readonly #head: Statement;
  readonly #rows: StoredRows;

  constructor(database: Database) {
    this.#database = database;
    this.#rows = new StoredRows(database);
    const bySpan = (columns: string) =>
      database
        .prepare(`SELECT ${columns} FROM records WHERE key >= ? AND key <= ? ORDER BY key LIMIT ${chunk}`)
        .raw();
    this.#records = bySpan(recordColumns);
    this.#sealable = bySpan(sealableColumns);
    this.#indexable = bySpan(indexableColumns);
    this.#head = database.prepare(`SELECT ${headColumns} FROM records WHERE key = ?`).raw();
  }

  async writers(): Promise<readonly Tip[]> {
    return this.#writersFrom(0).map((writer) => this.#tip(writer));
  }

  async closedTips(): Promise<readonly Tip[]> {
    return this.#closedTips(0);
  }

  async *records(span: Span): AsyncGenerator<readonly StoredRecord[]> {
    for (const rows of this.#chunks<RecordRow>(this.#records, span))
      yield rows.map((row) => this.#rows.record(row));
  }

  async *indexable(span: Span): AsyncGenerator<readonly IndexableRecord[]> {
    for (const rows of this.#chunks<IndexableRow>(this.#indexable, span))
      yield rows.map((row) => this.#rows.indexable(row));
  }

  async *sealable(span: Span): AsyncGenerator<readonly SealableRecord[]> {
    for (const rows of this.#chunks<SealableRow>(this.#sealable, span))
      yield rows.map((row) => this.#rows.sealable(row));
  }

  /** @param statement of rows that begin with their keys */
  *#chunks<Row extends readonly [key: number, ...rest: unknown[]]>(
    statement: Statement,
    { writer, first, last }: Span,
  ): Generator<readonly Row[]> {
    const ordinal = this.#ordinal(writer);
    if (ordinal === undefined) return;
    let next = recordKey(ordinal, first);
    const end = recordKey(ordinal, last);
    while (next <= end) {
      const rows = statement.all(next, end) as Row[];
      if (rows.length === 0) return;
      next = rows.at(-1)![0] + 1;
      yield rows;
    }
  }

  async heads(names: readonly RecordName[]): Promise<readonly StoredHead[]> {
    const ordinals = new Map(this.#writersFrom(0).map(({ ordinal, id }) => [id, ordinal]));
    const heads: StoredHead[] = [];
    for (const { writer, number } of names) {
      const row = this.#head.get(recordKey(ordinals.get(writer) ?? 0, number)) as HeadRow | undefined;
      if (row !== undefined) heads.push({ writer, number, ...headOf(row) });
    }
    return heads;
  }

  async find(exchangeId: string): Promise<readonly StoredRecord[]> {
    const id = exchangeIdBytes(exchangeId);
    const keys = this.#database
      .prepare("SELECT key FROM stragglers WHERE exchange_id = ?")
      .pluck()
      .all(id) as number[];
    const scan = this.#database
      .prepare("SELECT key FROM records WHERE key >= ? AND key < ? AND exchange_id = ?")
      .pluck();
    const from = exchangeIdTime(id) - stragglerAfter;
    const to = exchangeIdTime(id) + stragglerAfter;
    for (const writer of this.#writersFrom(0)) {
      const end = this.#tip(writer).number + 1;
      const first = this.#bisect(writer.ordinal, end, from);
      if (first === end) continue;
      const beyond = this.#bisect(writer.ordinal, end, to + 1);
      keys.push(
        ...(scan.all(recordKey(writer.ordinal, first), recordKey(writer.ordinal, beyond), id) as number[]),
      );
    }
    const one = this.#database.prepare(`SELECT ${recordColumns} FROM records WHERE key = ?`).raw();
    return keys.sort((a, b) => a - b).map((key) => this.#rows.record(one.get(key) as RecordRow));
  }

  async unsealed(limit: number): Promise<Unsealed> {
    const database = this.#database;
    const last = lastBatchNumber(database);
    const previous = database
      .prepare("SELECT root, documents, tips FROM batches WHERE number = ?")
      .get(last) as { root: Buffer; documents: number; tips: number } | undefined;
    const documents = database
      .prepare("SELECT id, kind, sha256 FROM documents WHERE id > ? ORDER BY id")
      .all(previous?.documents ?? 0) as { id: number; kind: ContextDocument["kind"]; sha256: Buffer }[];
    const closed = this.#closedTips(previous?.tips ?? 0);
    return {
      previous: previous === undefined ? undefined : { number: last, root: previous.root },
      ...this.#unsealedSpans(limit),
      documents: documents.map(({ kind, sha256 }) => ({ kind, sha256: sha256.toString("base64url") })),
      closedTips: closed,
      through: {
        documents: documents.at(-1)?.id ?? previous?.documents ?? 0,
        tips: closed.at(-1)?.id ?? previous?.tips ?? 0,
      },
    };
  }

  async batch(number: number): Promise<Batch | undefined> {
    return readBatch(this.#database, number);
  }

  async batchOf(writer: string, number: number): Promise<Batch | undefined> {
    const seal = await this.sealOf(writer, number);
    return seal && readBatch(this.#database, seal.batch);
  }

  async sealOf(writer: string, number: number): Promise<RecordSeal | undefined> {
    return readSeal(this.#database, writer, number);
  }

  async document(sha256: string): Promise<ContextDocument | undefined> {
    return this.#database
      .prepare("SELECT kind, ? AS sha256, bytes FROM documents WHERE sha256 = ?")
      .get(sha256, Buffer.from(sha256, "base64url")) as ContextDocument | undefined;
  }

  async documentsOf(kind: ContextDocument["kind"], newest = -1): Promise<readonly ContextDocument[]> {
    const rows = this.#database
      .prepare("SELECT kind, sha256, bytes FROM documents WHERE kind = ? ORDER BY id DESC LIMIT ?")
      .all(kind, newest) as { kind: ContextDocument["kind"]; sha256: Buffer; bytes: Buffer }[];
    return rows.reverse().map(({ sha256, ...rest }) => ({ ...rest, sha256: sha256.toString("base64url") }));
  }

  async *documentsIn(batch: number): AsyncGenerator<ContextDocument> {
    const through = this.#database
      .prepare("SELECT coalesce(max(documents), 0) FROM batches WHERE number = ?")
      .pluck();
    const next = this.#database.prepare(
      "SELECT id, kind, sha256, bytes FROM documents WHERE id > ? AND id <= ? ORDER BY id LIMIT 1",
    );
    const end = through.get(batch) as number;
    let after = through.get(batch - 1) as number;
    for (;;) {
      const row = next.get(after, end) as
        | { id: number; kind: ContextDocument["kind"]; sha256: Buffer; bytes: Buffer }
        | undefined;
      if (row === undefined) return;
      after = row.id;
      yield { kind: row.kind, sha256: row.sha256.toString("base64url"), bytes: row.bytes };
    }
  }

  async ocsp(sha256: string): Promise<StoredOcsp | undefined> {
    const id = this.#database
      .prepare("SELECT id FROM ocsp_responses WHERE sha256 = ?")
      .pluck()
      .get(Buffer.from(sha256, "base64url"));
    return id === undefined ? undefined : this.#rows.response(id as number);
  }

  close(): void {
    this.#database.close();
  }

  #ordinal(writer: string): number | undefined {
    return this.#database.prepare("SELECT ordinal FROM writers WHERE id = ?").pluck().get(writer) as
      | number
      | undefined;
  }

  #writersFrom(ordinal: number): Writer[] {
    return this.#database
      .prepare("SELECT ordinal, id FROM writers WHERE ordinal >= ? ORDER BY ordinal")
      .all(ordinal) as Writer[];
  }

  #tip({ ordinal, id }: Writer): Tip {
    const row = this.#database
      .prepare("SELECT key, chain FROM records WHERE key > ? AND key < ? ORDER BY key DESC LIMIT 1")
      .get(recordKey(ordinal, 0), recordKey(ordinal + 1, 0)) as { key: number; chain: Buffer } | undefined;
    return row === undefined
      ? { writer: id, number: 0, chain: chainStart(id) }
      : { writer: id, number: numberOf(row.key), chain: row.chain };
  }

  #closedTips(after: number): (Tip & { readonly id: number })[] {
    return this.#database
      .prepare(
        `SELECT tips.id, writers.id AS writer, number, chain FROM tips JOIN writers ON ordinal = tips.writer
         WHERE tips.id > ? ORDER BY tips.id`,
      )
      .all(after) as (Tip & { id: number })[];
  }

  /** The first number, from 1 to `end`, whose record was logged at `time` or later; `end` when there is none. */
  #bisect(ordinal: number, end: number, time: number): number {
    const logged = this.#database.prepare("SELECT logged FROM records WHERE key = ?").pluck();
    let low = 1;
    let high = end;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((logged.get(recordKey(ordinal, middle)) as number) < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Batches take the oldest first, so that only the last writer that they reached, and later ones, have a rest. */
  #unsealedSpans(limit: number): Pick<Unsealed, "spans" | "openTips" | "oldestBeyond"> {
    const reached = this.#database
      .prepare("SELECT writer, last FROM batch_spans ORDER BY writer DESC, first DESC LIMIT 1")
      .get() as { writer: number; last: number } | undefined;
    const at = this.#database.prepare("SELECT time, chain FROM records WHERE key = ?");
    const spans: Span[] = [];
    const openTips: Tip[] = [];
    let room = limit;
    for (const { ordinal, id } of this.#writersFrom(reached?.writer ?? 0)) {
      const first = ordinal === reached?.writer ? reached.last + 1 : 1;
      const end = this.#tip({ ordinal, id }).number;
      const last = Math.min(end, first + room - 1);
      if (last >= first) {
        const { chain } = at.get(recordKey(ordinal, last)) as { chain: Buffer };
        spans.push({ writer: id, first, last });
        openTips.push({ writer: id, number: last, chain });
        room -= last - first + 1;
      }
      if (last < end) {
        const { time } = at.get(recordKey(ordinal, last + 1)) as { time: number };
        return { spans, openTips, oldestBeyond: time };
      }
    }
    return { spans, openTips, oldestBeyond: undefined };
  }
}
