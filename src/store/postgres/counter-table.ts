import type { CountedUses, CounterUse } from "../../messagelog/message-record.ts";
import type { Connection } from "./database.ts";

/** What one record does with counters. */
export interface CounterRow {
  readonly exchangeId: string;
  /** Milliseconds. */
  readonly time: number;
  readonly uses: readonly CounterUse[];
  readonly returns: readonly string[];
}

/** A counter without a use left, and the exchange that used it first. */
export interface SpentCounter {
  readonly counter: string;
  readonly first: string | null;
}

/** The counts of a record's uses, in their order, or the first counter that has none left. */
export type Counted = readonly number[] | SpentCounter;

/** A counter as it will stand at the end of this transaction. */
interface Counter {
  /** As the database has it now, with all uses that were asked for. */
  readonly written: { readonly used: number; readonly first: string | null; readonly expires: number };
  used: number;
  first: string | null;
  expires: number;
}

interface Wanted {
  readonly name: string;
  uses: number;
  /** Of the first use. */
  readonly expires: number;
  first: string | null;
}

/**
 * The counters of all nodes, inside the transaction of the records and behind the guard: nobody else changes one until it
 * ends. All uses that a group wants are counted by one statement, in the order of their names, so that two transactions
 * never wait for each other; a second one puts right what was too much.
 * @param rows undefined for what becomes no record
 * @returns undefined for them, and for what uses nothing
 */
export async function countUses(
  connection: Connection,
  rows: readonly (CounterRow | undefined)[],
): Promise<(Counted | undefined)[]> {
  const counters = await countAll(connection, rows);
  const counted = rows.map((row) => (row === undefined ? undefined : settle(row, counters)));
  await putRight(connection, counters);
  return counted;
}

/** What was counted elsewhere: nobody here used it first. @returns how many counters there were */
export function takeUses(connection: Connection, counted: readonly CountedUses[]): Promise<number> {
  return connection.execute(
    `WITH more AS (
       SELECT e.name, e.noted, max(e.expires) AS expires,
         greatest(max(e.used) - coalesce(max(before.used), 0), 0) AS used
       FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[]) AS e (name, noted, used, expires)
       LEFT JOIN counters before ON before.name = e.noted
       GROUP BY e.name, e.noted
     ), both_names AS (
       SELECT name, used, expires FROM more UNION ALL SELECT noted, used, expires FROM more
     )
     INSERT INTO counters AS c (name, used, expires, first)
     SELECT name, sum(used), max(expires), NULL FROM both_names GROUP BY name ORDER BY name COLLATE "C"
     ON CONFLICT (name) DO UPDATE SET
       used = c.used + excluded.used, expires = greatest(c.expires, excluded.expires)`,
    [
      counted.map(({ counter }) => counter),
      counted.map(({ noted }) => noted),
      counted.map(({ used }) => used),
      counted.map(({ expires }) => expires),
    ],
  );
}

/** Forgets counters that have expired, some thousands at a time. @param now milliseconds */
export async function pruneCounters(connection: Connection, now: number): Promise<void> {
  for (;;) {
    const gone = await connection.execute(
      `DELETE FROM counters WHERE name IN
         (SELECT name FROM counters WHERE expires <= $1 ORDER BY expires LIMIT ${pruneStep} FOR UPDATE SKIP LOCKED)`,
      [now],
    );
    if (gone < pruneStep) return;
  }
}

const pruneStep = 5000;

async function countAll(
  connection: Connection,
  rows: readonly (CounterRow | undefined)[],
): Promise<Map<string, Counter>> {
  const wanted = new Map<string, Wanted>();
  const times: number[] = [];
  for (const row of rows) if (row !== undefined && note(row, wanted)) times.push(row.time);
  if (times.length === 0) return new Map();
  const all = [...wanted.values()];
  // A counter that has expired counts from 0 again: at the time of the group's earliest record.
  const found = await connection.prepared<{ name: string } & Counter["written"]>(
    "counters-count",
    `INSERT INTO counters AS c (name, used, expires, first)
     SELECT e.name, e.used, e.expires, e.first
     FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::uuid[]) AS e (name, used, expires, first)
     ORDER BY e.name COLLATE "C"
     ON CONFLICT (name) DO UPDATE SET
       used = CASE WHEN c.expires > $5 THEN c.used ELSE 0 END + excluded.used,
       first = CASE WHEN c.expires > $5 AND c.used > 0 THEN c.first ELSE excluded.first END,
       expires = CASE WHEN c.expires > $5 THEN c.expires ELSE excluded.expires END
     RETURNING name, used, first, expires`,
    [
      all.map(({ name }) => name),
      all.map(({ uses }) => uses),
      all.map(({ expires }) => expires),
      all.map(({ first }) => first),
      Math.min(...times),
    ],
  );
  return new Map(
    found.map(({ name, ...written }) => {
      const before = written.used - wanted.get(name)!.uses;
      const first = before > 0 ? written.first : null;
      return [name, { written, used: before, first, expires: written.expires }];
    }),
  );
}

/** @returns whether there is anything to count */
function note({ exchangeId, time, uses, returns }: CounterRow, wanted: Map<string, Wanted>): boolean {
  for (const { counter: name, expires } of uses) {
    const known = wanted.get(name);
    if (known === undefined) wanted.set(name, { name, uses: 1, expires, first: exchangeId });
    else {
      known.uses++;
      known.first ??= exchangeId;
    }
  }
  // Locked like the others; one that is not known is soon pruned.
  for (const name of returns) {
    if (!wanted.has(name)) wanted.set(name, { name, uses: 0, expires: time, first: null });
  }
  return uses.length > 0 || returns.length > 0;
}

function settle(
  { exchangeId, uses, returns }: CounterRow,
  counters: Map<string, Counter>,
): Counted | undefined {
  const spent = uses.find(({ counter, limit }) => counters.get(counter)!.used >= limit);
  if (spent !== undefined) {
    const { used, first } = counters.get(spent.counter)!;
    return { counter: spent.counter, first: used > 0 ? first : null };
  }
  for (const name of returns) {
    const counter = counters.get(name)!;
    counter.used = Math.max(0, counter.used - 1);
  }
  if (uses.length === 0) return undefined;
  return uses.map(({ counter: name, expires }) => {
    const counter = counters.get(name)!;
    if (counter.used === 0) counter.first = exchangeId;
    counter.expires = Math.max(counter.expires, expires);
    return ++counter.used;
  });
}

async function putRight(connection: Connection, counters: ReadonlyMap<string, Counter>): Promise<void> {
  const wrong = [...counters].filter(([, { written, used, first, expires }]) => {
    return used !== written.used || expires !== written.expires || (used > 0 && first !== written.first);
  });
  if (wrong.length === 0) return;
  await connection.prepared(
    "counters-correct",
    `UPDATE counters c SET used = e.used, first = e.first, expires = e.expires
     FROM unnest($1::text[], $2::bigint[], $3::uuid[], $4::bigint[]) AS e (name, used, first, expires)
     WHERE c.name = e.name`,
    [
      wrong.map(([name]) => name),
      wrong.map(([, { used }]) => used),
      wrong.map(([, { first }]) => first),
      wrong.map(([, { expires }]) => expires),
    ],
  );
}
