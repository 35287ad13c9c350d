import type { GuardEntry } from "../../messagelog/message-record.ts";
import type { Connection } from "./database.ts";

/** What the guard says of a record: to be written, or not and why. */
export type GuardVerdict = "new" | "resend-open" | "resend-closed" | "replay" | "never-opened";

/** The guard's part of one record. */
export interface GuardRow extends GuardEntry {
  /** Lower case. */
  readonly exchangeId: string;
}

type State = "open" | "closed" | "single";

/** What stands in the table, or will at the end of this transaction. */
interface Entry {
  state: State;
  readonly digest: Buffer;
  answer: Buffer | null;
}

/** Whose records these are. */
export interface GuardWriter {
  readonly ordinal: number;
  /** The number of its last record. */
  readonly number: number;
}

interface KeyRow {
  readonly exchange_id: string;
  readonly role: string;
  readonly server: string;
}

const opening = { open: "open", single: "single" } as const;

/**
 * The replay guard of all nodes, inside the transaction of the records: nobody else gets an entry until it ends. One
 * entry for an exchange, server and role: `open` and `single` need that there is none, `close` that there is an open
 * one. Entries are first made, then locked, each in the order of their keys: two transactions never wait for each other.
 * @returns a verdict for each row, in order; `settle` makes the table what they say
 */
export async function admit(
  connection: Connection,
  rows: readonly GuardRow[],
  writer: GuardWriter,
): Promise<GuardVerdict[]> {
  const keys = new Set(rows.map(keyOf));
  const entries = new Map<string, Entry>();
  for (const key of await insertOpenings(connection, rows, writer)) keys.delete(key);
  if (keys.size > 0) await lockEntries(connection, rows, keys, entries);
  return rows.map((row) => judge(row, entries));
}

/**
 * Closes what was closed, gives openings the numbers of their records, and takes back those that became none.
 * @param admitted what `admit` said @param final with what else was refused in the place of `new`
 */
export async function settle(
  connection: Connection,
  rows: readonly GuardRow[],
  admitted: readonly GuardVerdict[],
  final: readonly unknown[],
  writer: GuardWriter,
): Promise<void> {
  await renumberOpenings(connection, rows, final, writer);
  const closed = rows.filter(({ effect }, i) => effect === "close" && final[i] === "new");
  if (closed.length > 0) await closeEntries(connection, closed);
  const undone = rows.filter(
    ({ effect }, i) => effect !== "close" && admitted[i] === "new" && final[i] !== "new",
  );
  if (undone.length > 0) await deleteEntries(connection, undone);
}

/** Whether two rows are about the same entry. */
export function isSameEntry(one: GuardRow, other: GuardRow): boolean {
  return keyOf(one) === keyOf(other);
}

/** Forgets what is closed and has expired. @param now milliseconds */
export async function pruneGuard(connection: Connection, now: number): Promise<void> {
  await connection.execute("DELETE FROM guard WHERE state <> 'open' AND expires < $1", [now]);
}

function judge(row: GuardRow, entries: Map<string, Entry>): GuardVerdict {
  const key = keyOf(row);
  const entry = entries.get(key);
  if (row.effect === "close") {
    if (entry === undefined) return "never-opened";
    if (entry.state !== "open") return entry.answer?.equals(row.digest) ? "resend-closed" : "replay";
    entry.state = "closed";
    entry.answer = row.digest;
    return "new";
  }
  if (entry !== undefined) {
    if (!entry.digest.equals(row.digest)) return "replay";
    return entry.state === "open" ? "resend-open" : "resend-closed";
  }
  entries.set(key, { state: opening[row.effect], digest: row.digest, answer: null });
  return "new";
}

/**
 * The first opening of each key, where there is no entry yet; numbered as if all rows became records.
 * @returns the keys that were entered
 */
async function insertOpenings(
  connection: Connection,
  rows: readonly GuardRow[],
  { ordinal, number }: GuardWriter,
): Promise<string[]> {
  const first = new Map<string, GuardRow & { readonly number: number }>();
  for (const [i, row] of rows.entries()) {
    if (row.effect !== "close" && !first.has(keyOf(row))) {
      first.set(keyOf(row), { ...row, number: number + 1 + i });
    }
  }
  if (first.size === 0) return [];
  const openings = [...first.values()];
  const entered = await connection.prepared<KeyRow>(
    "guard-open",
    `INSERT INTO guard (exchange_id, role, server, state, digest, expires, number, writer)
     SELECT e.*, $8::integer
     FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::bigint[], $7::bigint[])
       AS e (exchange_id, role, server, state, digest, expires, number)
     ORDER BY e.exchange_id, e.role COLLATE "C", e.server COLLATE "C"
     ON CONFLICT DO NOTHING RETURNING exchange_id, role, server`,
    [
      ...columnsOf(openings),
      openings.map(({ effect }) => effect),
      openings.map(({ digest }) => digest),
      openings.map(({ expires }) => expires),
      openings.map(({ number }) => number),
      ordinal,
    ],
  );
  return entered.map(rowKey);
}

/** The right numbers, where a row before an opening became no record. */
async function renumberOpenings(
  connection: Connection,
  rows: readonly GuardRow[],
  verdicts: readonly unknown[],
  writer: GuardWriter,
): Promise<void> {
  let { number } = writer;
  const moved = rows.flatMap((row, i) => {
    if (verdicts[i] !== "new") return [];
    number++;
    return row.effect === "close" || number === writer.number + 1 + i ? [] : [{ ...row, number }];
  });
  if (moved.length === 0) return;
  await connection.prepared(
    "guard-renumber",
    `UPDATE guard g SET number = e.number
     FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[]) AS e (exchange_id, role, server, number)
     WHERE g.exchange_id = e.exchange_id AND g.role = e.role AND g.server = e.server`,
    [...columnsOf(moved), moved.map(({ number }) => number)],
  );
}

async function lockEntries(
  connection: Connection,
  rows: readonly GuardRow[],
  keys: ReadonlySet<string>,
  entries: Map<string, Entry>,
): Promise<void> {
  const wanted = new Map(rows.filter((row) => keys.has(keyOf(row))).map((row) => [keyOf(row), row]));
  const found = await connection.prepared<KeyRow & Entry>(
    "guard-lock",
    `SELECT g.exchange_id, g.role, g.server, g.state, g.digest, g.answer
     FROM guard g JOIN unnest($1::uuid[], $2::text[], $3::text[]) AS k (exchange_id, role, server)
       ON g.exchange_id = k.exchange_id AND g.role = k.role AND g.server = k.server
     ORDER BY g.exchange_id, g.role, g.server FOR UPDATE OF g`,
    columnsOf([...wanted.values()]),
  );
  for (const row of found) {
    entries.set(rowKey(row), { state: row.state, digest: row.digest, answer: row.answer });
  }
}

async function closeEntries(connection: Connection, rows: readonly GuardRow[]): Promise<void> {
  await connection.prepared(
    "guard-close",
    `UPDATE guard g SET state = 'closed', answer = e.answer, expires = e.expires
     FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bytea[], $5::bigint[]) AS e (exchange_id, role, server, answer, expires)
     WHERE g.exchange_id = e.exchange_id AND g.role = e.role AND g.server = e.server`,
    [...columnsOf(rows), rows.map(({ digest }) => digest), rows.map(({ expires }) => expires)],
  );
}

async function deleteEntries(connection: Connection, rows: readonly GuardRow[]): Promise<void> {
  await connection.prepared(
    "guard-delete",
    `DELETE FROM guard g USING unnest($1::uuid[], $2::text[], $3::text[]) AS e (exchange_id, role, server)
     WHERE g.exchange_id = e.exchange_id AND g.role = e.role AND g.server = e.server`,
    columnsOf(rows),
  );
}

function columnsOf(rows: readonly GuardRow[]): [string[], string[], string[]] {
  return [
    rows.map(({ exchangeId }) => exchangeId),
    rows.map(({ role }) => role),
    rows.map(({ server }) => server),
  ];
}

function keyOf({ exchangeId, role, server }: GuardRow): string {
  return `${exchangeId} ${role} ${server}`;
}

function rowKey(row: KeyRow): string {
  return `${row.exchange_id} ${row.role} ${row.server}`;
}
