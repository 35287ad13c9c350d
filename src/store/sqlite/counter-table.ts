import type { CountedUses, CounterUse } from "../../messagelog/message-record.ts";
import type { Database, Statement } from "./database.ts";

/** A counter without a use left, and the exchange that used it first. */
export interface SpentCounter {
  readonly counter: string;
  readonly first: Buffer | null;
}

/** New uses that make a step of pruning due, and the rows that it deletes at most: twice as many leave as come. */
const pruneAfter = 64;
const pruneStep = 128;

/**
 * Counters as a table, used inside the transaction of the record. The database has one writer, so that what is looked
 * at first is what is counted then: nothing has to be undone when one of several uses is refused.
 */
export class CounterTable {
  readonly #find: Statement;
  readonly #count: Statement;
  readonly #giveBack: Statement;
  readonly #used: Statement;
  readonly #add: Statement;
  readonly #prune: Statement;
  #sincePruned = 0;

  constructor(database: Database) {
    this.#find = database.prepare("SELECT used, first FROM counters WHERE name = ? AND expires > ?");
    this.#count = database
      .prepare(
        `INSERT INTO counters AS c (name, used, expires, first) VALUES (@counter, 1, @expires, @first)
         ON CONFLICT (name) DO UPDATE SET
           used = CASE WHEN c.expires > @time THEN c.used + 1 ELSE 1 END,
           first = CASE WHEN c.expires > @time AND c.used > 0 THEN c.first ELSE excluded.first END,
           expires = CASE WHEN c.expires > @time THEN max(c.expires, excluded.expires) ELSE excluded.expires END
         RETURNING used`,
      )
      .pluck();
    this.#giveBack = database.prepare("UPDATE counters SET used = used - 1 WHERE name = ? AND used > 0");
    this.#used = database.prepare("SELECT used FROM counters WHERE name = ?").pluck();
    this.#add = database.prepare(
      `INSERT INTO counters AS c (name, used, expires, first) VALUES (@name, @more, @expires, NULL)
       ON CONFLICT (name) DO UPDATE SET used = c.used + @more, expires = max(c.expires, @expires)`,
    );
    this.#prune = database.prepare(
      `DELETE FROM counters WHERE name IN
         (SELECT name FROM counters WHERE expires <= ? ORDER BY expires LIMIT ${pruneStep})`,
    );
  }

  /** The first of the counters that has no use left at a time, milliseconds. */
  spent(uses: readonly CounterUse[], time: number): SpentCounter | undefined {
    for (const { counter, limit } of uses) {
      const row = this.#find.get(counter, time) as { used: number; first: Buffer | null } | undefined;
      const used = row?.used ?? 0;
      if (used >= limit) return { counter, first: used > 0 ? (row?.first ?? null) : null };
    }
    return undefined;
  }

  /** Counts one use of each. @param exchangeId 16 bytes @returns the counts */
  count(uses: readonly CounterUse[], time: number, exchangeId: Buffer): number[] {
    this.#sincePruned += uses.length;
    return uses.map(
      ({ counter, expires }) => this.#count.get({ counter, expires, first: exchangeId, time }) as number,
    );
  }

  /** One use less of each that is known. */
  giveBack(counters: readonly string[]): void {
    for (const counter of counters) this.#giveBack.run(counter);
  }

  /** What was counted elsewhere: nobody here used it first. */
  takeUses({ counter, expires, noted, used }: CountedUses): void {
    const more = Math.max(0, used - ((this.#used.get(noted) as number | undefined) ?? 0));
    for (const name of [counter, noted]) this.#add.run({ name, more, expires });
  }

  /** Forgets some of the counters that have expired. */
  prune(now: number): void {
    for (; this.#sincePruned >= pruneAfter; this.#sincePruned -= pruneAfter) this.#prune.run(now);
  }
}
