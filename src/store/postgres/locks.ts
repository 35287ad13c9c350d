import type { Connection } from "./database.ts";

/*
 * Advisory locks: two numbers each, known to nobody else in this database. A lock of a session ends with it, however it
 * ends; one of a transaction with the transaction.
 */

const only = 0x5ea1_0000;
const writers = 0x5ea1_0001;

/** Of each there is one in the log. */
const numbers = {
  sealing: 1,
  upkeep: 2,
  documents: 3,
  migrations: 4,
  partitions: 5,
  restoring: 6,
  joining: 7,
  presence: 8,
  alone: 9,
} as const;

/** Waits for it; it ends with the transaction. */
export async function lockForTransaction(
  connection: Connection,
  name: "upkeep" | "documents" | "migrations" | "partitions",
): Promise<void> {
  await connection.query(`SELECT pg_advisory_xact_lock(${only}, ${numbers[name]})`);
}

/** SQL that is true when this very session holds the lock of sealing now. */
export const holdsSealing = holds("sealing");

/** Takes it unless another session has it. @returns whether this session has it */
export function trySealing(connection: Connection): Promise<boolean> {
  return tryTo("sealing", connection);
}

/** As `trySealing`, for a log that one process alone writes. */
export function tryWritingAlone(connection: Connection): Promise<boolean> {
  return tryTo("alone", connection);
}

async function tryTo(name: "sealing" | "alone", connection: Connection): Promise<boolean> {
  const [row] = await connection.query<{ holds: boolean }>(
    `SELECT CASE WHEN ${holds(name)} THEN true ELSE pg_try_advisory_lock(${only}, ${numbers[name]}) END AS holds`,
  );
  return row!.holds;
}

function holds(name: "sealing" | "alone"): string {
  return `EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND classid = ${only} AND objid = ${numbers[name]} AND objsubid = 2 AND granted)`;
}

/** As `trySealing`, for writing a log that is restored. */
export async function tryRestoring(connection: Connection): Promise<boolean> {
  const [row] = await connection.query<{ holds: boolean }>(
    `SELECT pg_try_advisory_lock(${only}, ${numbers.restoring}) AS holds`,
  );
  return row!.holds;
}

/** Waits until no other node is about to join; ends with `showPresence`. */
export async function waitForJoining(connection: Connection): Promise<void> {
  await connection.query(`SELECT pg_advisory_lock(${only}, ${numbers.joining})`);
}

/** Shows, as long as this session lives, that its node is up. @returns false while somebody keeps all nodes out */
export async function showPresence(connection: Connection): Promise<boolean> {
  const [row] = await connection.query<{ shown: boolean }>(
    `SELECT pg_try_advisory_lock_shared(${only}, ${numbers.presence}) AS shown`,
  );
  await connection.query(`SELECT pg_advisory_unlock(${only}, ${numbers.joining})`);
  return row!.shown;
}

/** Whether a session of another node shows its presence. */
export async function othersLive(connection: Connection): Promise<boolean> {
  const [row] = await connection.query<{ live: boolean }>(
    `SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid <> pg_backend_pid()
     AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
     AND classid = ${only} AND objid = ${numbers.presence} AND objsubid = 2 AND mode = 'ShareLock') AS live`,
  );
  return row!.live;
}

/**
 * Keeps all nodes out as long as this session lives.
 * @returns false when one is up, or was a minute ago, has not ended, and may only have lost its connection
 */
export async function holdOut(connection: Connection): Promise<boolean> {
  const [row] = await connection.query<{ held: boolean }>(
    `SELECT pg_try_advisory_lock(${only}, ${numbers.presence}) AND NOT EXISTS
       (SELECT FROM nodes WHERE NOT ended AND seen > now() - interval '1 minute') AS held`,
  );
  return row!.held;
}

/** Shows, as long as this session lives, that the writer does. */
export async function lockWriter(connection: Connection, ordinal: number): Promise<void> {
  await connection.query(`SELECT pg_advisory_lock(${writers}, $1)`, [ordinal]);
}

/**
 * SQL that is true when the session of a writer has ended; then it stays so, as nobody takes the lock again but others
 * who ask the same for a moment.
 * @param ordinal SQL
 */
export function writerIsDead(ordinal: string): string {
  return `pg_try_advisory_xact_lock(${writers}, ${ordinal})`;
}

/**
 * Ends the session of a writer that was ours and whose connection is lost, when the database has not noticed it yet,
 * and waits for its end. @throws Error of the database when that takes too long
 */
export async function endWriter(connection: Connection, ordinal: number): Promise<void> {
  await connection.query(
    `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted
     AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
     AND classid = ${writers} AND objid = $1 AND objsubid = 2 AND pid <> pg_backend_pid()`,
    [ordinal],
  );
  await connection.transaction(() =>
    connection.query(`SELECT pg_advisory_xact_lock(${writers}, $1)`, [ordinal]),
  );
}
