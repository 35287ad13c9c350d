import type { Database } from "./database.ts";

/** The schema grows by these steps and by nothing else: a step is never edited, only followed by another. */
const migrations: readonly string[] = [
  `
  -- One run of a node. Its records have the keys ordinal * 2^32 + number.
  CREATE TABLE writers (
    ordinal INTEGER PRIMARY KEY,
    id      TEXT NOT NULL UNIQUE
  ) STRICT;

  -- The chain of a dead writer, closed by its successor.
  CREATE TABLE tips (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    writer INTEGER NOT NULL UNIQUE REFERENCES writers,
    number INTEGER NOT NULL,
    chain  BLOB NOT NULL
  ) STRICT;

  CREATE TABLE certificates (
    id     INTEGER PRIMARY KEY,
    sha256 BLOB NOT NULL UNIQUE,
    der    BLOB NOT NULL,
    issuer BLOB NOT NULL
  ) STRICT;

  CREATE TABLE ocsp_responses (
    id          INTEGER PRIMARY KEY,
    sha256      BLOB NOT NULL UNIQUE,
    this_update INTEGER NOT NULL,
    der         BLOB NOT NULL
  ) STRICT;

  CREATE TABLE documents (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    sha256 BLOB NOT NULL UNIQUE,
    kind   TEXT NOT NULL,
    bytes  BLOB NOT NULL
  ) STRICT;

  -- Append-only, no secondary index: large columns last, so that a scan by exchange id touches no overflow page.
  -- logged is the greatest time so far in this writer: it never falls, so that records are found by bisection.
  CREATE TABLE records (
    key         INTEGER PRIMARY KEY,
    exchange_id BLOB NOT NULL,
    logged      INTEGER NOT NULL,
    time        INTEGER NOT NULL,
    direction   INTEGER NOT NULL,
    type        INTEGER NOT NULL,
    role        INTEGER NOT NULL,
    certificate INTEGER NOT NULL,
    ocsp        INTEGER NOT NULL,
    member      TEXT NOT NULL,
    key_id      BLOB NOT NULL,
    chain       BLOB NOT NULL,
    exchange_sha256 BLOB NOT NULL,
    head_sha256 BLOB NOT NULL,
    signature   BLOB NOT NULL,
    exchange    BLOB NOT NULL,
    head        BLOB NOT NULL
  ) STRICT;

  -- The few records that were logged more than some seconds away from the time in their exchange id.
  CREATE TABLE stragglers (
    exchange_id BLOB NOT NULL,
    key         INTEGER NOT NULL,
    PRIMARY KEY (exchange_id, key)
  ) STRICT, WITHOUT ROWID;

  -- The replay guard. Exchange ids carry their time: entries arrive at the right edge and leave at the left.
  CREATE TABLE guard (
    exchange_id BLOB NOT NULL,
    role        INTEGER NOT NULL,
    server      TEXT NOT NULL,
    state       INTEGER NOT NULL,
    digest      BLOB NOT NULL,
    answer      BLOB,
    expires     INTEGER NOT NULL,
    record      INTEGER NOT NULL,
    PRIMARY KEY (exchange_id, role, server)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE batches (
    number    INTEGER PRIMARY KEY,
    documents INTEGER NOT NULL,
    tips      INTEGER NOT NULL,
    gen_time  INTEGER NOT NULL,
    authority TEXT NOT NULL,
    root      BLOB NOT NULL,
    token     BLOB NOT NULL,
    leaves    BLOB NOT NULL
  ) STRICT;

  CREATE TABLE batch_spans (
    writer INTEGER NOT NULL REFERENCES writers,
    first  INTEGER NOT NULL,
    last   INTEGER NOT NULL,
    batch  INTEGER NOT NULL REFERENCES batches,
    PRIMARY KEY (writer, first)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE batch_ocsp (
    batch       INTEGER NOT NULL REFERENCES batches,
    certificate INTEGER NOT NULL,
    ocsp        INTEGER NOT NULL,
    extra       INTEGER NOT NULL,
    PRIMARY KEY (batch, certificate, ocsp)
  ) STRICT, WITHOUT ROWID;

  -- Written when the log was full, to learn whether it still is.
  CREATE TABLE probe (
    id     INTEGER PRIMARY KEY,
    filler BLOB NOT NULL
  ) STRICT;
  `,
  `
  -- Keyed digests of the persons named in the record, by which it is searched; empty when there is none.
  ALTER TABLE records ADD COLUMN tags BLOB NOT NULL DEFAULT x'';
  `,
  `
  -- A kept body, encrypted: in the row up to 64 KiB, else in the file of this name; all empty when none is kept.
  ALTER TABLE records ADD COLUMN body_key_id BLOB NOT NULL DEFAULT x'';
  ALTER TABLE records ADD COLUMN body BLOB NOT NULL DEFAULT x'';
  ALTER TABLE records ADD COLUMN body_file TEXT NOT NULL DEFAULT '';
  `,
  `
  -- How often something limited was used, counted in the transaction of the record that uses it; first is the exchange
  -- that used it first. Pruned by the index, so that it stays small.
  CREATE TABLE counters (
    name    TEXT PRIMARY KEY,
    used    INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    first   BLOB
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX counters_expires ON counters (expires);
  `,
  `
  -- Nodes of the tree some levels above the leaves, by which a way to the root is found without hashing all of these.
  ALTER TABLE batches ADD COLUMN upper BLOB NOT NULL DEFAULT x'';
  `,
];

/** Thrown for a database that a newer release has written: this one cannot know what its rows mean. */
export class NewerSchemaError extends Error {
  override readonly name = "NewerSchemaError";
}

/** @throws NewerSchemaError when the database has more migrations than this release knows */
export function checkSchema(database: Database): number {
  const version = database.pragma("user_version", { simple: true }) as number;
  if (version > migrations.length) {
    throw new NewerSchemaError(
      `the message log has schema ${version}, this release knows ${migrations.length}`,
    );
  }
  return version;
}

/**
 * Brings the database to the newest schema, each step in a transaction of its own.
 * @throws NewerSchemaError as `checkSchema`
 */
export function migrate(database: Database): void {
  for (let version = checkSchema(database); version < migrations.length; version++) {
    const step = migrations[version]!;
    database.transaction(() => {
      database.exec(step);
      database.pragma(`user_version = ${version + 1}`);
    })();
  }
}
