import Sqlite from "better-sqlite3";

export type Database = Sqlite.Database;
export type Statement = Sqlite.Statement<unknown[], unknown>;

/**
 * Opens the database for its one writer. Every commit reaches the disk (`synchronous = FULL` in WAL mode syncs
 * the WAL at each commit); what is deleted is overwritten.
 * @param pageSize of a new file, bytes. Measured: see README.md
 * @throws Error of SQLite when the file cannot be opened for writing
 */
export function openForWriting(path: string, pageSize = 16_384): Database {
  const database = new Sqlite(path, { timeout: 5000 });
  // Before the first page is written; it has no effect afterwards.
  database.pragma(`page_size = ${pageSize}`);
  if (database.pragma("journal_mode = WAL", { simple: true }) !== "wal") {
    database.close();
    throw new Error("the file system does not support write-ahead logging");
  }
  database.pragma("synchronous = FULL");
  database.pragma("secure_delete = ON");
  database.pragma("foreign_keys = ON");
  database.pragma("cache_size = -32768");
  database.pragma(`wal_autocheckpoint = ${checkpointBytes / pageSize}`);
  return database;
}

const checkpointBytes = 4 * 1024 * 1024;

/**
 * Opens the database for look-ups of single rows on the thread of the requests. What is in a small cache is in the
 * processor's as well: pages copied into 16 MiB, the usual size, are copied into memory that nobody touched for long.
 * @throws Error of SQLite
 */
export function openForLookUps(path: string): Database {
  const database = openForReading(path);
  database.pragma("cache_size = -256");
  return database;
}

/** Opens the database for reading beside its writer, or after it. */
export function openForReading(path: string): Database {
  return new Sqlite(path, { readonly: true, fileMustExist: true, timeout: 5000 });
}

/**
 * Takes a lock that lasts as long as this connection and dies with the process: an open exclusive transaction
 * on an empty database, which SQLite builds on the operating system's file locks.
 * @returns undefined when somebody else holds it
 */
export function takeLock(path: string): Database | undefined {
  const database = new Sqlite(path, { timeout: 0 });
  try {
    database.exec("BEGIN EXCLUSIVE");
    return database;
  } catch (error) {
    database.close();
    if (sqliteCode(error) === "SQLITE_BUSY") return undefined;
    throw error;
  }
}

/** SQLite's own name of an error, such as `SQLITE_FULL`; `SQLITE_ERROR` for anything else. */
export function sqliteCode(error: unknown): string {
  return error instanceof Sqlite.SqliteError ? error.code : "SQLITE_ERROR";
}
