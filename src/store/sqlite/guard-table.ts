import { roles } from "./columns.ts";
import type { Database, Statement } from "./database.ts";

/** What the guard says of a record: to be written, or not and why. */
export type GuardVerdict = "new" | "resend-open" | "resend-closed" | "replay" | "never-opened";

/** The guard's part of one record; `record` is the key that it gets. */
export interface GuardRow {
  readonly exchangeId: Buffer;
  readonly role: number;
  readonly server: string;
  readonly effect: "open" | "close" | "single";
  readonly digest: Buffer;
  readonly expires: number;
  readonly record: number;
}

interface Entry {
  readonly state: number;
  readonly digest: Buffer;
  readonly answer: Buffer | null;
}

const states = ["open", "closed", "single"] as const;
const open = states.indexOf("open");

/** Rows looked at in one step of the pruning; also how many new ones make two steps due. */
const pruneStep = 256;

/**
 * The replay guard as a table, used inside the transaction of the record. One entry for an exchange, server and
 * role: `open` and `single` need that there is none, `close` that there is an open one.
 */
export class GuardTable {
  readonly #insert: Statement;
  readonly #find: Statement;
  readonly #close: Statement;
  readonly #after: Statement;
  readonly #delete: Statement;
  #sincePruned = 0;
  #hand: [Buffer, number, string] = [Buffer.alloc(0), 0, ""];

  constructor(database: Database) {
    const key = "exchange_id = ? AND role = ? AND server = ?";
    this.#insert = database.prepare("INSERT OR IGNORE INTO guard VALUES (?, ?, ?, ?, ?, NULL, ?, ?)");
    this.#find = database.prepare(`SELECT state, digest, answer FROM guard WHERE ${key}`);
    this.#close = database.prepare(`UPDATE guard SET state = 1, answer = ?, expires = ? WHERE ${key}`);
    this.#after = database
      .prepare(
        `SELECT exchange_id, role, server, state, expires FROM guard
         WHERE (exchange_id, role, server) > (?, ?, ?) ORDER BY exchange_id, role, server LIMIT ${pruneStep}`,
      )
      .raw();
    this.#delete = database.prepare(`DELETE FROM guard WHERE ${key}`);
  }

  admit(row: GuardRow): GuardVerdict {
    if (row.effect === "close") {
      const verdict = this.judge(row);
      if (verdict === "new") this.#close.run(row.digest, row.expires, row.exchangeId, row.role, row.server);
      return verdict;
    }
    const { changes } = this.#insert.run(
      row.exchangeId,
      row.role,
      row.server,
      row.effect === "open" ? open : states.indexOf("single"),
      row.digest,
      row.expires,
      row.record,
    );
    if (changes === 1) {
      this.#sincePruned++;
      return "new";
    }
    return this.judge(row);
  }

  /** What `admit` would say; nothing is written. */
  judge(row: Omit<GuardRow, "record">): GuardVerdict {
    const entry = this.#find.get(row.exchangeId, row.role, row.server) as Entry | undefined;
    if (row.effect === "close") {
      if (entry === undefined) return "never-opened";
      if (entry.state === open) return "new";
      return entry.answer?.equals(row.digest) ? "resend-closed" : "replay";
    }
    if (entry === undefined) return "new";
    if (!entry.digest.equals(row.digest)) return "replay";
    return entry.state === open ? "resend-open" : "resend-closed";
  }

  /**
   * Forgets entries that are closed and expired. A hand walks round the table, a bounded part each time, so that
   * no index on the expiry is needed and no commit waits long.
   */
  prune(now: number): void {
    // Twice as many are looked at as came: the table shrinks to what is alive.
    for (; this.#sincePruned >= pruneStep; this.#sincePruned -= pruneStep) {
      this.#moveHand(now);
      this.#moveHand(now);
    }
  }

  #moveHand(now: number): void {
    const rows = this.#after.all(...this.#hand) as [Buffer, number, string, number, number][];
    for (const [id, role, server, state, expires] of rows) {
      if (state !== open && expires < now) this.#delete.run(id, role, server);
    }
    const last = rows.length === pruneStep ? rows.at(-1)! : undefined;
    this.#hand = last === undefined ? [Buffer.alloc(0), 0, ""] : [last[0], last[1], last[2]];
  }
}

/** Open entries whose record stands before a key, oldest first. */
export function openEntries(database: Database, before: number) {
  const rows = database
    .prepare("SELECT role, record FROM guard WHERE state = 0 AND record < ? ORDER BY record")
    .all(before) as { role: number; record: number }[];
  return rows.map(({ role, record }) => ({ role: roles[role]!, record }));
}
