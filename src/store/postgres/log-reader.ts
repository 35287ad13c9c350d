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
import { readBatch, readSeal } from "./batch-table.ts";
import { Connection } from "./database.ts";
import { checkSchema } from "./migrations.ts";
import { type PostgresPlace, parseLocation } from "./place.ts";
import { checkUuid, exchangeIdTime, stragglerAfter } from "./record-rows.ts";
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
} from "./stored-rows.ts";
import { readClosedTips, readUnsealed } from "./unsealed-rows.ts";

/**
 * A log for reading, beside its writers or after them. It connects when it is asked something, and again after the
 * connection was lost; every question throws DatabaseFailure when there is no log, NewerSchemaError when a newer release
 * wrote it.
 * @param location what `locationOf` made of the log's place
 */
export function openLogReader(location: string): LogReader {
  return new PostgresLogReader(parseLocation(location));
}

/** Rows read in one statement. */
const chunk = 256;
const sealableChunk = 2048;
/** A search may read a few hundred megabytes. */
const patience = 60_000;

interface ContextDocumentRow extends Omit<ContextDocument, "sha256"> {
  readonly id: number;
  readonly sha256: Buffer;
}

class PostgresLogReader implements LogReader {
  readonly #place: PostgresPlace;
  readonly #rows = new StoredRows();
  #connection: Promise<Connection> | undefined;
  #closed = false;

  constructor(place: PostgresPlace) {
    this.#place = place;
  }

  async writers(): Promise<readonly Tip[]> {
    return (await this.#open()).query<Tip>(
      "SELECT id AS writer, number, chain FROM writers WHERE number > 0 ORDER BY ordinal",
    );
  }

  async closedTips(): Promise<readonly Tip[]> {
    return readClosedTips(await this.#open(), 0);
  }

  async *records(span: Span): AsyncGenerator<readonly StoredRecord[]> {
    for await (const { connection, rows } of this.#chunks<RecordRow>("records", recordColumns, span))
      yield await this.#rows.records(connection, rows);
  }

  async *indexable(span: Span): AsyncGenerator<readonly IndexableRecord[]> {
    for await (const { rows } of this.#chunks<IndexableRow>("indexable", indexableColumns, span))
      yield rows.map(({ exchange_id: exchangeId, ...row }) => ({ ...row, exchangeId }));
  }

  /** @param name of the prepared statement */
  async *#chunks<Row extends Pick<RecordRow, "number">>(
    name: string,
    columns: string,
    { writer, first, last }: Span,
  ): AsyncGenerator<{ readonly connection: Connection; readonly rows: readonly Row[] }> {
    for (let next = first; next <= last; ) {
      const connection = await this.#open();
      const rows = await connection.prepared<Row>(
        name,
        `SELECT ${columns} FROM records r JOIN writers w ON w.ordinal = r.writer
         WHERE w.ordinal = (SELECT ordinal FROM writers WHERE id = $1) AND r.number BETWEEN $2 AND $3
         ORDER BY r.number LIMIT ${chunk}`,
        [writer, next, last],
      );
      if (rows.length === 0) return;
      next = rows.at(-1)!.number + 1;
      yield { connection, rows };
    }
  }

  async *sealable({ writer, first, last }: Span): AsyncGenerator<readonly SealableRecord[]> {
    for (let next = first; next <= last; next += sealableChunk) {
      const connection = await this.#open();
      const rows = await connection.prepared<SealableRow>(
        "sealable",
        `SELECT number, signature, exchange_sha256, head_sha256, certificate, ocsp, tags FROM records
         WHERE writer = (SELECT ordinal FROM writers WHERE id = $1) AND number BETWEEN $2 AND $3 ORDER BY number`,
        [writer, next, Math.min(last, next + sealableChunk - 1)],
      );
      yield await this.#rows.sealable(connection, rows);
    }
  }

  async heads(names: readonly RecordName[]): Promise<readonly StoredHead[]> {
    const connection = await this.#open();
    // Row by row, since OFFSET keeps the planner from joining with all of a partition of which it has no statistics.
    const rows = await connection.prepared<HeadRow>(
      "heads",
      `SELECT n.writer, n.number, r.* FROM unnest($1::uuid[], $2::bigint[]) AS n (writer, number)
       JOIN writers w ON w.id = n.writer CROSS JOIN LATERAL (
         SELECT ${headColumns} FROM records WHERE records.writer = w.ordinal AND records.number = n.number OFFSET 0
       ) r`,
      [names.map(({ writer }) => writer), names.map(({ number }) => number)],
    );
    return rows.map(headOf);
  }

  async find(exchangeId: string): Promise<readonly StoredRecord[]> {
    checkUuid(exchangeId);
    const time = exchangeIdTime(exchangeId);
    const connection = await this.#open();
    const inTime = await connection.transaction(async () => {
      // The key ends with `logged`: without statistics of a young partition all of it would be read.
      await connection.script(
        "SET LOCAL enable_indexscan = off; SET LOCAL enable_indexonlyscan = off; SET LOCAL enable_seqscan = off",
      );
      return connection.query<RecordRow>(
        `SELECT ${recordColumns} FROM records r JOIN writers w ON w.ordinal = r.writer
         WHERE r.logged BETWEEN $2 AND $3 AND r.exchange_id = $1`,
        [exchangeId, time - stragglerAfter, time + stragglerAfter],
      );
    }, "BEGIN READ ONLY");
    const stragglers = await connection.query<RecordRow>(
      `SELECT ${recordColumns} FROM stragglers s JOIN records r ON r.writer = s.writer AND r.number = s.number
         JOIN writers w ON w.ordinal = r.writer WHERE s.exchange_id = $1`,
      [exchangeId],
    );
    const rows = [...inTime, ...stragglers];
    const order = new Map((await this.writers()).map(({ writer }, i) => [writer, i]));
    rows.sort((a, b) => order.get(a.writer)! - order.get(b.writer)! || a.number - b.number);
    return this.#rows.records(connection, rows);
  }

  async unsealed(limit: number): Promise<Unsealed> {
    return readUnsealed(await this.#open(), limit);
  }

  async batch(number: number): Promise<Batch | undefined> {
    return readBatch(await this.#open(), number);
  }

  async batchOf(writer: string, number: number): Promise<Batch | undefined> {
    const connection = await this.#open();
    const seal = await readSeal(connection, writer, number);
    return seal && readBatch(connection, seal.batch);
  }

  async sealOf(writer: string, number: number): Promise<RecordSeal | undefined> {
    return readSeal(await this.#open(), writer, number);
  }

  async document(sha256: string): Promise<ContextDocument | undefined> {
    const [row] = await (await this.#open()).query<Omit<ContextDocument, "sha256">>(
      "SELECT kind, bytes FROM documents WHERE sha256 = $1",
      [Buffer.from(sha256, "base64url")],
    );
    return row && { ...row, sha256 };
  }

  async documentsOf(
    kind: ContextDocument["kind"],
    newest: number | null = null,
  ): Promise<readonly ContextDocument[]> {
    const rows = await (await this.#open()).query<{ sha256: Buffer; bytes: Buffer }>(
      "SELECT sha256, bytes FROM documents WHERE kind = $1 ORDER BY id DESC LIMIT $2",
      [kind, newest],
    );
    return rows.reverse().map(({ sha256, bytes }) => ({ kind, sha256: sha256.toString("base64url"), bytes }));
  }

  async *documentsIn(batch: number): AsyncGenerator<ContextDocument> {
    const [bounds] = await (await this.#open()).query<{ after: number; through: number }>(
      `SELECT coalesce(max(documents) FILTER (WHERE number = $1 - 1), 0) AS after,
         coalesce(max(documents) FILTER (WHERE number = $1), 0) AS through FROM batches WHERE number IN ($1 - 1, $1)`,
      [batch],
    );
    for (let { after, through } = bounds!; ; ) {
      const [row] = await (await this.#open()).query<ContextDocumentRow>(
        "SELECT id, kind, sha256, bytes FROM documents WHERE id > $1 AND id <= $2 ORDER BY id LIMIT 1",
        [after, through],
      );
      if (row === undefined) return;
      after = row.id;
      yield { kind: row.kind, sha256: row.sha256.toString("base64url"), bytes: row.bytes };
    }
  }

  async ocsp(sha256: string): Promise<StoredOcsp | undefined> {
    return this.#rows.response(await this.#open(), sha256);
  }

  close(): void {
    this.#closed = true;
    void this.#connection?.then((connection) => connection.end()).catch(() => undefined);
  }

  /** The one connection; a new one when there is none, or the last one was lost. */
  async #open(): Promise<Connection> {
    if (this.#closed) throw new Error("the reader is closed");
    if (this.#connection !== undefined) return this.#connection;
    const opening = connect(this.#place);
    const forget = () => {
      if (this.#connection === opening) this.#connection = undefined;
    };
    opening.then((connection) => connection.onLost(forget), forget);
    this.#connection = opening;
    return opening;
  }
}

async function connect(place: PostgresPlace): Promise<Connection> {
  const connection = await Connection.open({ place, name: "sealway reader", patience });
  try {
    await checkSchema(connection);
    return connection;
  } catch (error) {
    await connection.end();
    throw error;
  }
}
