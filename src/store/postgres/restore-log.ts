import { sha256 } from "../../core/bytes.ts";
import { SealwayError } from "../../core/errors.ts";
import { uuidV7 } from "../../core/uuid.ts";
import type { Batch, LogReader, Span, StoredRecord } from "../../messagelog/message-store.ts";
import { writeBatch } from "./batch-table.ts";
import { CopyRows } from "./copy-in.ts";
import { Connection, schema } from "./database.ts";
import { checkDurability } from "./durability.ts";
import { InternedRows } from "./interned.ts";
import { tryRestoring, trySealing } from "./locks.ts";
import { migrate } from "./migrations.ts";
import { Partitions } from "./partitions.ts";
import type { PostgresPlace } from "./place.ts";
import { refusal } from "./prepare-log.ts";
import { copyRecords, exchangeIdTime, recordRow, stragglerAfter } from "./record-rows.ts";

/** Where a log grows until it is whole: readers and nodes do not look there. */
const unfinished = `${schema}_unfinished`;
/** A statement copies some hundred records; milliseconds. */
const patience = 60_000;

/** A log that stands whole in its database, and that nobody sees yet. */
export interface RestoredLog {
  readonly records: number;
  /** Shows it, at once and as a whole. @throws SealwayError `log_unavailable` */
  publish(): Promise<void>;
  /** Leaves it where nobody sees it; the next restoring removes it. Nothing happens when it was published. */
  close(): Promise<void>;
}

/**
 * Writes a log that another store, or an archive, has into a database that has none: same writers, numbers, chains,
 * batches and documents. It is for reading; no node writes it.
 * @throws SealwayError `log_unavailable` when the database cannot be used, or has a log; Error of the source
 */
export async function restorePostgresLog(source: LogReader, place: PostgresPlace): Promise<RestoredLog> {
  const connection = await opened(place);
  try {
    const restoring = new Restoring(connection, source);
    for (let number = 1; ; number++) {
      const batch = await source.batch(number);
      if (batch === undefined) break;
      await restoring.add(batch);
    }
    await restoring.closeChains();
    return {
      records: restoring.count,
      publish: () => told(() => publish(connection)),
      close: () => connection.end(),
    };
  } catch (error) {
    await connection.end();
    throw error;
  }
}

/** A connection whose tables are those of a new log. */
function opened(place: PostgresPlace): Promise<Connection> {
  return told(async () => {
    const connection = await Connection.open({ place, name: "sealway restore", patience });
    try {
      await checkDurability(connection);
      await checkNoLog(connection);
      if (!(await tryRestoring(connection)))
        throw new SealwayError("log_unavailable", "another log is being restored into the database");
      await connection.script(`
        SET search_path = ${unfinished};
        SET idle_in_transaction_session_timeout = 0;
        DROP SCHEMA IF EXISTS ${unfinished} CASCADE;
      `);
      await migrate(connection, unfinished);
      await trySealing(connection);
      return connection;
    } catch (error) {
      await connection.end();
      throw error;
    }
  });
}

async function checkNoLog(connection: Connection): Promise<void> {
  const [row] = await connection.query<{ there: boolean }>(
    "SELECT to_regnamespace($1) IS NOT NULL AS there",
    [schema],
  );
  if (row!.there)
    throw new SealwayError(
      "log_unavailable",
      "the database has a message log: none is restored over another",
    );
}

async function publish(connection: Connection): Promise<void> {
  await connection.script(`
    SELECT brin_summarize_new_values(indexrelid) FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
      WHERE relnamespace = '${unfinished}'::regnamespace AND relkind = 'r' AND relname LIKE 'records\\_%'
      AND indexrelid::regclass::text LIKE '%\\_logged';
  `);
  await connection.transaction(async () => {
    await connection.script("INSERT INTO restored VALUES (now())");
    await connection.script(`ALTER SCHEMA ${unfinished} RENAME TO ${schema}`);
  });
  await connection.end();
}

async function told<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw refusal(error);
  }
}

interface Writer {
  readonly ordinal: number;
  /** The greatest time of its records so far. */
  logged: number;
}

class Restoring {
  readonly #connection: Connection;
  readonly #source: LogReader;
  readonly #interned: InternedRows;
  readonly #partitions: Partitions;
  readonly #writers = new Map<string, Writer>();
  readonly #node = uuidV7(0);
  #documents = 0;
  count = 0;

  constructor(connection: Connection, source: LogReader) {
    this.#connection = connection;
    this.#source = source;
    this.#interned = new InternedRows(connection);
    this.#partitions = new Partitions(connection);
  }

  /** A batch with all that it covers. */
  async add(batch: Batch): Promise<void> {
    for await (const { kind, sha256: name, bytes } of this.#source.documentsIn(batch.number)) {
      const [row] = await this.#connection.query<{ id: number }>(
        "INSERT INTO documents (sha256, kind, bytes) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING id",
        [Buffer.from(name, "base64url"), kind, bytes],
      );
      this.#documents = row?.id ?? this.#documents;
    }
    for (const span of batch.spans) await this.#addSpan(span);
    for (const { extra } of batch.refreshed) {
      const response = await this.#source.ocsp(extra);
      if (response !== undefined) await this.#interned.ocsp(extra, response);
    }
    await writeBatch(this.#connection, { ...batch, through: { documents: this.#documents, tips: 0 } });
  }

  /** Which writers' chains were closed; a run without a record is one, too. */
  async closeChains(): Promise<void> {
    for (const { writer, number, chain } of await this.#source.closedTips()) {
      const { ordinal } = await this.#writer(writer, chain);
      await this.#connection.execute("INSERT INTO tips (writer, number, chain) VALUES ($1, $2, $3)", [
        ordinal,
        number,
        chain,
      ]);
    }
  }

  async #addSpan(span: Span): Promise<void> {
    for await (const records of this.#source.records(span)) {
      const end = records.at(-1);
      if (end === undefined) continue;
      const writer = await this.#writer(span.writer, end.chain);
      await this.#copy(records, writer);
      await this.#connection.execute("UPDATE writers SET number = $2, chain = $3 WHERE ordinal = $1", [
        writer.ordinal,
        end.number,
        end.chain,
      ]);
    }
  }

  async #copy(records: readonly StoredRecord[], writer: Writer): Promise<void> {
    const rows = new CopyRows(records.length * 6000);
    const times: number[] = [];
    const stragglers: StoredRecord[] = [];
    for (const record of records) {
      const { exchangeId, number, chain } = record;
      writer.logged = Math.max(writer.logged, record.time);
      times.push(writer.logged);
      const certificate = await this.#interned.certificate(record.certificate);
      const ocsp = await this.#interned.ocsp(record.ocsp.sha256, record.ocsp);
      const place = { writer: writer.ordinal, number, logged: writer.logged, chain };
      recordRow(rows, contentOf(record), { ...place, certificate: certificate.id, ocsp: ocsp.id });
      if (Math.abs(writer.logged - exchangeIdTime(exchangeId)) > stragglerAfter) stragglers.push(record);
    }
    await this.#partitions.ensure(times);
    await this.#connection.copy(copyRecords, rows.finish());
    await this.#connection.execute(
      "INSERT INTO stragglers SELECT id, $3, number FROM unnest($1::uuid[], $2::bigint[]) AS s (id, number)",
      [
        stragglers.map(({ exchangeId }) => exchangeId),
        stragglers.map(({ number }) => number),
        writer.ordinal,
      ],
    );
    this.count += records.length;
  }

  async #writer(id: string, chain: Buffer): Promise<Writer> {
    const known = this.#writers.get(id);
    if (known !== undefined) return known;
    await this.#connection.execute(
      "INSERT INTO nodes (id, seen, ended, settled) VALUES ($1, now(), true, true) ON CONFLICT DO NOTHING",
      [this.#node],
    );
    const [row] = await this.#connection.query<{ ordinal: number }>(
      `INSERT INTO writers (ordinal, id, node, chain) VALUES (nextval('writer_ordinals'), $1, $2, $3)
       RETURNING ordinal`,
      [id, this.#node, chain],
    );
    const writer = { ordinal: row!.ordinal, logged: 0 };
    this.#writers.set(id, writer);
    return writer;
  }
}

/** What a row takes of a record. */
function contentOf(record: StoredRecord): Parameters<typeof recordRow>[1] {
  const { exchangeId, role, head, body, tags, signature, exchange } = record;
  return {
    record: { ...record, guard: { role } },
    sealed: { head, body, tags },
    exchangeId: exchangeId.toLowerCase(),
    signature: Buffer.from(signature, "latin1"),
    digests: { exchange: sha256(exchange) },
  };
}
