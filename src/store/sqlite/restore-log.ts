import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "../../core/bytes.ts";
import type { Batch, LogReader, StoredOcsp, StoredRecord } from "../../messagelog/message-store.ts";
import { insertBatch } from "./batch-table.ts";
import {
  directions,
  exchangeIdBytes,
  exchangeIdTime,
  recordKey,
  roles,
  stragglerAfter,
  types,
} from "./columns.ts";
import { type Database, openForWriting, type Statement } from "./database.ts";
import { databaseFile } from "./log-files.ts";
import { migrate } from "./migrations.ts";

/** `application_id` of a database that was restored: "seal" in ASCII. */
const restoredMark = 0x7365616c;

/** Thrown for a log that was restored from an archive: it lacks what a server must know to go on with it. */
export class RestoredLogError extends Error {
  override readonly name = "RestoredLogError";
}

/** @throws RestoredLogError */
export function checkNotRestored(database: Database): void {
  if (database.pragma("application_id", { simple: true }) === restoredMark)
    throw new RestoredLogError("the message log was restored from an archive: it is for reading");
}

/**
 * Writes a log that another store, or an archive, has into a new database: same writers, numbers, chains, batches and
 * documents. It is for reading; no server goes on with it.
 * @param directory that does not exist; nor does it afterwards when the restoring fails
 * @returns how many records were written
 * @throws Error of SQLite, of the file system, or of the source
 */
export async function restoreSqliteLog(source: LogReader, directory: string): Promise<number> {
  mkdirSync(directory, { mode: 0o700 });
  const database = openForWriting(join(directory, databaseFile));
  try {
    migrate(database);
    const restoring = new Restoring(database, source);
    for (let number = 1; ; number++) {
      const batch = await source.batch(number);
      if (batch === undefined) break;
      await restoring.add(batch);
    }
    await restoring.close();
    database.pragma(`application_id = ${restoredMark}`);
    database.close();
    return restoring.count;
  } catch (error) {
    database.close();
    rmSync(directory, { recursive: true });
    throw error;
  }
}

class Restoring {
  readonly #database: Database;
  readonly #source: LogReader;
  readonly #insert: Record<
    "record" | "straggler" | "certificate" | "ocsp" | "document" | "writer",
    Statement
  >;
  readonly #writers = new Map<string, Writer>();
  #documents = 0;
  count = 0;

  constructor(database: Database, source: LogReader) {
    this.#database = database;
    this.#source = source;
    this.#insert = {
      writer: database.prepare("INSERT INTO writers (id) VALUES (?)"),
      record: database.prepare(
        `INSERT INTO records (key, exchange_id, logged, time, direction, type, role, certificate, ocsp, member, key_id,
           chain, exchange_sha256, head_sha256, signature, exchange, head, tags, body_key_id, body, body_file)
         SELECT ?, ?, ?, ?, ?, ?, ?, c.id, o.id, ${"?, ".repeat(11)}?
         FROM certificates c, ocsp_responses o WHERE c.sha256 = ? AND o.sha256 = ?`,
      ),
      straggler: database.prepare("INSERT OR IGNORE INTO stragglers VALUES (?, ?)"),
      certificate: database.prepare(
        "INSERT OR IGNORE INTO certificates (sha256, der, issuer) VALUES (?, ?, ?)",
      ),
      ocsp: database.prepare(
        "INSERT OR IGNORE INTO ocsp_responses (sha256, this_update, der) VALUES (?, ?, ?)",
      ),
      document: database.prepare("INSERT OR IGNORE INTO documents (sha256, kind, bytes) VALUES (?, ?, ?)"),
    };
  }

  /** A batch with all that it covers, in one transaction. */
  async add(batch: Batch): Promise<void> {
    this.#database.exec("BEGIN IMMEDIATE");
    for await (const document of this.#source.documentsIn(batch.number)) {
      const { changes, lastInsertRowid } = this.#insert.document.run(
        ...[digest(document), document.kind, document.bytes],
      );
      if (changes > 0) this.#documents = Number(lastInsertRowid);
    }
    for (const span of batch.spans) {
      for await (const records of this.#source.records(span)) {
        for (const record of records) this.#record(record);
      }
    }
    for (const { extra } of batch.refreshed) {
      const response = await this.#source.ocsp(extra);
      if (response !== undefined) this.#ocsp(response);
    }
    insertBatch(this.#database, { ...batch, through: { documents: this.#documents, tips: 0 } });
    this.#database.exec("COMMIT");
  }

  /** Which writers' chains were closed; a run without a record is one, too. */
  async close(): Promise<void> {
    const tip = this.#database.prepare("INSERT INTO tips (writer, number, chain) VALUES (?, ?, ?)");
    this.#database.exec("BEGIN IMMEDIATE");
    for (const { writer, number, chain } of await this.#source.closedTips())
      tip.run(this.#writer(writer).ordinal, number, chain);
    this.#database.exec("COMMIT");
  }

  #record(record: StoredRecord): void {
    const { number, time, certificate, exchange, head, body } = record;
    const writer = this.#writer(record.writer);
    writer.logged = Math.max(writer.logged, time);
    this.#insert.certificate.run(digest(certificate), certificate.der, certificate.issuerDer);
    this.#ocsp(record.ocsp);
    const exchangeId = exchangeIdBytes(record.exchangeId);
    const key = recordKey(writer.ordinal, number);
    const { changes } = this.#insert.record.run(
      ...[key, exchangeId, writer.logged, time, directions.indexOf(record.direction)],
      ...[types.indexOf(record.type), roles.indexOf(record.role), record.member, head.keyId, record.chain],
      ...[sha256(exchange), head.sha256],
      ...[Buffer.from(record.signature, "latin1"), exchange, head.bytes, record.tags],
      ...[body?.keyId ?? nothing, body?.bytes ?? nothing, body?.file ?? ""],
      ...[digest(certificate), digest(record.ocsp)],
    );
    this.count += changes;
    if (Math.abs(writer.logged - exchangeIdTime(exchangeId)) > stragglerAfter)
      this.#insert.straggler.run(exchangeId, key);
  }

  #ocsp(response: StoredOcsp): void {
    this.#insert.ocsp.run(digest(response), response.thisUpdate, response.der);
  }

  #writer(id: string): Writer {
    let writer = this.#writers.get(id);
    if (writer === undefined) {
      writer = { ordinal: Number(this.#insert.writer.run(id).lastInsertRowid), logged: 0 };
      this.#writers.set(id, writer);
    }
    return writer;
  }
}

interface Writer {
  readonly ordinal: number;
  /** The greatest time of its records so far. */
  logged: number;
}

const nothing = Buffer.alloc(0);

function digest(named: { readonly sha256: string }): Buffer {
  return Buffer.from(named.sha256, "base64url");
}
