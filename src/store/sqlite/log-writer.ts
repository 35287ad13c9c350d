import { sha256 } from "../../core/bytes.ts";
import { chainStart, nextChain } from "../../messagelog/chain.ts";
import type { OpenRequest } from "../../messagelog/message-record.ts";
import { Admissions, type WordsOfItem } from "./admissions.ts";
import { writeBatch } from "./batch-table.ts";
import {
  directions,
  effects,
  exchangeIdText,
  exchangeIdTime,
  numberOf,
  recordKey,
  roles,
  stragglerAfter,
  types,
} from "./columns.ts";
import { clearWal, eraseContent, replaceContent } from "./content-rows.ts";
import type { Database, Statement } from "./database.ts";
import { FrameReader } from "./frame.ts";
import { openEntries } from "./guard-table.ts";
import { type CounterWord, outcomes } from "./outcomes.ts";

/** A certificate or OCSP response that records of this writer name by slot. */
interface Slot {
  readonly id: number;
  readonly sha256: Buffer;
}

/** The end of this writer's log; replaced only when a commit went through. */
interface End {
  readonly number: number;
  readonly chain: Buffer;
  readonly logged: number;
}

/** What a commit says of each item, and of the counters of those that use some. */
export interface Committed {
  readonly answers: Float64Array<ArrayBuffer>;
  readonly words: CounterWord[];
}

/** Writes frames to the database: one transaction each, all or nothing. Knows no threads. */
export class LogWriter {
  readonly id: string;
  readonly ordinal: number;
  readonly #database: Database;
  readonly #admissions: Admissions;
  readonly #insert: Record<"record" | "straggler" | "certificate" | "ocsp" | "document", Statement>;
  readonly #begin: Statement;
  readonly #commit: Statement;
  readonly #certificates = new Map<number, Slot>();
  readonly #responses = new Map<number, Slot>();
  #begun = false;
  /** Whether the write-ahead log may still hold content that was erased or replaced. */
  #leftBehind = false;
  #end: End;

  /** @param id a fresh UUID: each run is a writer of its own */
  constructor(database: Database, id: string) {
    this.#database = database;
    this.id = id;
    this.ordinal =
      1 + (database.prepare("SELECT coalesce(max(ordinal), 0) FROM writers").pluck().get() as number);
    this.#end = { number: 0, chain: chainStart(id), logged: 0 };
    this.#admissions = new Admissions(database);
    this.#insert = {
      record: database.prepare(`INSERT INTO records VALUES (${"?, ".repeat(20)}?)`),
      straggler: database.prepare("INSERT INTO stragglers VALUES (?, ?)"),
      certificate: database.prepare(
        "INSERT OR IGNORE INTO certificates (sha256, der, issuer) VALUES (?, ?, ?)",
      ),
      ocsp: database.prepare(
        "INSERT OR IGNORE INTO ocsp_responses (sha256, this_update, der) VALUES (?, ?, ?)",
      ),
      document: database.prepare("INSERT OR IGNORE INTO documents (sha256, kind, bytes) VALUES (?, ?, ?)"),
    };
    this.#begin = database.prepare("BEGIN IMMEDIATE");
    this.#commit = database.prepare("COMMIT");
  }

  /**
   * Writes one frame durably.
   * @param now milliseconds, for the pruning of guard and counters
   * @returns for each item a record's number or one of `outcomes`
   * @throws Error of SQLite: then nothing of the frame was written, and slots must be sent again
   */
  commit(frame: ArrayBuffer, length: number, items: number, now: number): Committed {
    const committed: Committed = { answers: new Float64Array(items), words: [] };
    this.#begin.run();
    try {
      if (!this.#begun) this.#beginWriter();
      const end = this.#writeItems(new FrameReader(frame, length), committed);
      this.#admissions.prune(now);
      this.#commit.run();
      this.#begun = true;
      this.#end = end;
      if (this.#leftBehind) this.#leftBehind = !clearWal(this.#database);
      return committed;
    } catch (error) {
      if (this.#database.inTransaction) this.#database.exec("ROLLBACK");
      this.#certificates.clear();
      this.#responses.clear();
      throw error;
    }
  }

  /** Shows that a group of ordinary size can be committed. @throws Error of SQLite when it cannot */
  probe(): void {
    this.#database.exec("INSERT OR REPLACE INTO probe VALUES (1, zeroblob(262144)); DELETE FROM probe;");
  }

  /** Requests that are open and were recorded by an earlier writer. */
  openRequests(): OpenRequest[] {
    const find = this.#database.prepare(
      "SELECT exchange_id, member, exchange, signature FROM records WHERE key = ?",
    );
    return openEntries(this.#database, recordKey(this.ordinal, 0)).map(({ role, record }) => {
      const row = find.get(record) as {
        exchange_id: Buffer;
        member: string;
        exchange: Buffer;
        signature: Buffer;
      };
      return {
        exchangeId: exchangeIdText(row.exchange_id) as OpenRequest["exchangeId"],
        role,
        member: row.member as OpenRequest["member"],
        exchange: row.exchange,
        signature: row.signature.toString("latin1"),
      };
    });
  }

  /** The successor names itself and closes the chain of the writer before it. */
  #beginWriter(): void {
    const previous = this.#database
      .prepare("SELECT ordinal, id FROM writers ORDER BY ordinal DESC LIMIT 1")
      .get() as { ordinal: number; id: string } | undefined;
    this.#database.prepare("INSERT INTO writers VALUES (?, ?)").run(this.ordinal, this.id);
    if (previous === undefined) return;
    const last = this.#database
      .prepare("SELECT key, chain FROM records WHERE key > ? AND key < ? ORDER BY key DESC LIMIT 1")
      .get(recordKey(previous.ordinal, 0), recordKey(this.ordinal, 0)) as
      | { key: number; chain: Buffer }
      | undefined;
    this.#database
      .prepare("INSERT INTO tips (writer, number, chain) VALUES (?, ?, ?)")
      .run(
        previous.ordinal,
        last === undefined ? 0 : numberOf(last.key),
        last === undefined ? chainStart(previous.id) : last.chain,
      );
  }

  #writeItems(frame: FrameReader, { answers, words }: Committed): End {
    let end = this.#end;
    for (let i = 0; ; i++) {
      switch (frame.next()) {
        case "record": {
          const written = this.#writeRecord(frame, end, { item: i, words });
          if (typeof written === "object") end = written;
          answers[i] = typeof written === "object" ? written.number : written;
          break;
        }
        case "certificate":
          this.#writeCertificate(frame);
          break;
        case "ocsp":
          this.#writeOcsp(frame);
          break;
        case "document":
          this.#writeDocument(frame);
          break;
        case "batch":
          answers[i] = writeBatch(this.#database, frame) ? outcomes.kept : outcomes.conflict;
          break;
        case "erasure":
          answers[i] = eraseContent(this.#database, frame);
          this.#leftBehind = true;
          break;
        case "replacement":
          answers[i] = replaceContent(this.#database, frame);
          this.#leftBehind = true;
          break;
        case "counted":
          this.#admissions.takeUses(frame);
          break;
        case undefined:
          return end;
      }
    }
  }

  #writeRecord(frame: FrameReader, end: End, told: WordsOfItem): End | number {
    const direction = frame.byte();
    const type = frame.byte();
    const role = frame.byte();
    const effect = effects[frame.byte()]!;
    const time = frame.double();
    const expires = frame.double();
    const certificate = slot(this.#certificates, frame.double());
    const ocsp = slot(this.#responses, frame.double());
    const exchangeId = frame.field();
    const digest = frame.field();
    const server = frame.text();
    const member = frame.text();
    const signature = frame.field();
    const exchange = frame.field();
    const keyId = frame.field();
    const head = frame.field();
    const headSha256 = frame.field();
    const tags = frame.field();
    const bodyKeyId = frame.field();
    const body = frame.field();
    const bodyFile = frame.text();

    const number = end.number + 1;
    const record = recordKey(this.ordinal, number);
    const row = { exchangeId, role, server, effect, digest, expires, record };
    const refused = this.#admissions.admit(row, frame, time, told);
    if (refused !== undefined) return refused;
    const exchangeSha256 = sha256(exchange);
    const chain = nextChain(end.chain, {
      number,
      time,
      exchangeId: exchangeIdText(exchangeId),
      direction: directions[direction]!,
      type: types[type]!,
      role: roles[role]!,
      member,
      signature: sha256(signature),
      exchange: exchangeSha256,
      certificate: certificate.sha256,
      ocsp: ocsp.sha256,
      tags: sha256(tags),
    });
    const logged = Math.max(end.logged, time);
    // biome-ignore format: the order of the columns
    this.#insert.record.run(record, exchangeId, logged, time, direction, type, role, certificate.id, ocsp.id,
      member, keyId, chain, exchangeSha256, headSha256, signature, exchange, head, tags, bodyKeyId, body, bodyFile);
    if (Math.abs(logged - exchangeIdTime(exchangeId)) > stragglerAfter) {
      this.#insert.straggler.run(exchangeId, record);
    }
    return { number, chain, logged };
  }

  #writeCertificate(frame: FrameReader): void {
    const index = frame.double();
    const digest = frame.field();
    this.#insert.certificate.run(digest, frame.field(), frame.field());
    this.#certificates.set(index, this.#slot("certificates", digest));
  }

  #writeOcsp(frame: FrameReader): void {
    const index = frame.double();
    const thisUpdate = frame.double();
    const digest = frame.field();
    this.#insert.ocsp.run(digest, thisUpdate, frame.field());
    this.#responses.set(index, this.#slot("ocsp_responses", digest));
  }

  #writeDocument(frame: FrameReader): void {
    const kind = frame.text();
    this.#insert.document.run(frame.field(), kind, frame.field());
  }

  #slot(table: "certificates" | "ocsp_responses", digest: Buffer): Slot {
    const id = this.#database.prepare(`SELECT id FROM ${table} WHERE sha256 = ?`).pluck().get(digest);
    return { id: id as number, sha256: Buffer.from(digest) };
  }
}

function slot(slots: ReadonlyMap<number, Slot>, index: number): Slot {
  const found = slots.get(index);
  if (found === undefined) throw new RangeError(`slot ${index} was not sent`);
  return found;
}
