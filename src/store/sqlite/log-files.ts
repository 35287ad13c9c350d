/** The log's files in its directory, beside SQLite's own `-wal` and `-shm`. */
export const databaseFile = "log.db";
/** Held by the one process that writes. */
export const lockFile = "log.lock";
