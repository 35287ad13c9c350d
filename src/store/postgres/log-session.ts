import { uuidV7 } from "../../core/uuid.ts";
import type { ContextDocument, CountedUses } from "../../messagelog/message-record.ts";
import type { Batch, RecordName, ReplacedContent, StoredOcsp } from "../../messagelog/message-store.ts";
import { writeBatch } from "./batch-table.ts";
import { eraseContent, replaceContent } from "./content-rows.ts";
import { takeUses } from "./counter-table.ts";
import { Connection } from "./database.ts";
import { checkDurability } from "./durability.ts";
import { endWriter, lockForTransaction, trySealing } from "./locks.ts";
import { type Answer, LogWriter } from "./log-writer.ts";
import { endNode, enterWriter, showLife } from "./nodes.ts";
import type { PostgresPlace } from "./place.ts";
import type { PendingRecord } from "./record-rows.ts";

/** The connection that writes must answer within this, milliseconds. */
const writerPatience = 10_000;

/** As much as a group of ordinary size. */
const probeBytes = 256 * 1024;

const sessionName = "sealway log";

/** Statements of a writer look up a few keys each: a table that just grew must not be read as a whole. */
const plans = "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off";

export interface LogSessionOptions {
  readonly place: PostgresPlace;
  readonly node: string;
  /** Milliseconds. */
  readonly now: number;
  /** The writer before this one in the same process, whose connection was lost. */
  readonly previous: number | undefined;
  /**
   * Milliseconds in which `showLife` is called more than once, and whatever is sent is sent: a session whose client does
   * nothing for so long is ended, by the database or by another node.
   */
  readonly silence: number;
}

/** One connection that is one writer of the log, and seals while it has the lock. Its end is the end of both. */
export class LogSession {
  readonly writer: string;
  readonly ordinal: number;
  readonly #connection: Connection;
  readonly #node: string;
  readonly #silence: number;
  readonly #log: LogWriter;

  private constructor(
    connection: Connection,
    { node, silence }: LogSessionOptions,
    writer: string,
    ordinal: number,
  ) {
    this.#connection = connection;
    this.#node = node;
    this.#silence = silence;
    this.writer = writer;
    this.ordinal = ordinal;
    this.#log = new LogWriter(connection, ordinal, writer);
  }

  /**
   * @returns undefined when the node needs another name, see `enterWriter`
   * @throws SealwayError `log_unavailable`, Error of the network or the database
   */
  static async open(options: LogSessionOptions): Promise<LogSession | undefined> {
    const { place, node, now, previous, silence } = options;
    const connection = await Connection.open({ place, name: sessionName, patience: writerPatience });
    try {
      await checkDurability(connection);
      await connection.script(plans);
      await connection.query("SELECT set_config('idle_session_timeout', $1, false)", [String(silence)]);
      await endForsaken(connection, silence);
      await probe(connection);
      if (previous !== undefined) await endWriter(connection, previous);
      const writer = uuidV7(now);
      const ordinal = await enterWriter(connection, node, writer);
      if (ordinal !== undefined) return new LogSession(connection, options, writer, ordinal);
      await connection.end();
      return undefined;
    } catch (error) {
      connection.destroy();
      throw error;
    }
  }

  onLost(told: (error: Error) => void): void {
    this.#connection.onLost(told);
  }

  /** As `LogWriter.commit`. */
  commit(group: readonly PendingRecord[]): Promise<readonly Answer[]> {
    return this.#log.commit(group);
  }

  holdsSealing(): Promise<boolean> {
    return trySealing(this.#connection);
  }

  /** As `writeBatch`. */
  recordBatch(batch: Batch): Promise<boolean> {
    return writeBatch(this.#connection, batch);
  }

  async keepDocument({ kind, sha256, bytes }: ContextDocument): Promise<void> {
    const connection = this.#connection;
    await connection.transaction(async () => {
      await lockForTransaction(connection, "documents");
      await connection.execute(
        "INSERT INTO documents (sha256, kind, bytes) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        [Buffer.from(sha256, "base64url"), kind, bytes],
      );
    });
  }

  /** @returns its digest, base64url */
  async keepOcsp(name: string, ocsp: Omit<StoredOcsp, "sha256">): Promise<string> {
    return (await this.#log.interned.ocsp(name, ocsp)).sha256.toString("base64url");
  }

  eraseContent(records: readonly RecordName[]): Promise<number> {
    return eraseContent(this.#connection, records);
  }

  replaceContent(records: readonly ReplacedContent[]): Promise<number> {
    return replaceContent(this.#connection, records);
  }

  takeUses(counted: readonly CountedUses[]): Promise<number> {
    return takeUses(this.#connection, counted);
  }

  /** How far the writer before this one came. */
  async lastOf(ordinal: number): Promise<number> {
    const [row] = await this.#connection.query<{ number: number }>(
      "SELECT number FROM writers WHERE ordinal = $1",
      [ordinal],
    );
    return row?.number ?? 0;
  }

  /** Tells the others that this node lives, and ends those that stand still. @throws Error when the connection is lost */
  async showLife(): Promise<void> {
    await showLife(this.#connection, this.#node);
    await endForsaken(this.#connection, this.#silence);
  }

  async end(): Promise<void> {
    await endNode(this.#connection, this.#node).catch(() => undefined);
    await this.#connection.end();
  }

  destroy(): void {
    this.#connection.destroy();
  }
}

/** Shows that a group of ordinary size can be committed. @throws Error of the database when it cannot */
async function probe(connection: Connection): Promise<void> {
  await connection.execute("INSERT INTO probe VALUES ($1)", [Buffer.alloc(probeBytes)]);
  await connection.execute("TRUNCATE probe");
}

/**
 * Ends the sessions of writers for whose client the database has waited so long. It does so by itself only between
 * statements: for the rest of a COPY or of a message it waits without end, and with it wait all who need its locks.
 * @param silence milliseconds
 */
async function endForsaken(connection: Connection, silence: number): Promise<void> {
  await connection.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND usename = current_user AND application_name = $1
     AND wait_event_type = 'Client' AND state_change < now() - $2 * interval '1 millisecond'`,
    [sessionName, silence],
  );
}
