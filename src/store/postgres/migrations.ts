import { type Connection, schema } from "./database.ts";
import { lockForTransaction } from "./locks.ts";

/** The schema grows by these steps and by nothing else: a step is never edited, only followed by another. */
const migrations: readonly string[] = [
  `
  -- One run of a server process. Its heir is the living node that closes what it left open.
  CREATE TABLE nodes (
    id      uuid PRIMARY KEY,
    seen    timestamptz NOT NULL,
    ended   boolean NOT NULL DEFAULT false,
    heir    uuid,
    settled boolean NOT NULL DEFAULT false
  ) WITH (fillfactor = 50);

  -- One database session of a node: records have its ordinal and numbers from 1 without a gap. number and chain are the
  -- end of its chain, moved on in the transaction of each record.
  CREATE SEQUENCE writer_ordinals AS integer;
  CREATE TABLE writers (
    ordinal integer PRIMARY KEY,
    id      uuid NOT NULL UNIQUE,
    node    uuid NOT NULL REFERENCES nodes,
    number  bigint NOT NULL DEFAULT 0,
    chain   bytea NOT NULL,
    closed  boolean NOT NULL DEFAULT false
  ) WITH (fillfactor = 50);

  -- The chain of a dead writer, closed by a living node. Written under a lock: ids follow the order of commits.
  CREATE TABLE tips (
    id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    writer integer NOT NULL UNIQUE REFERENCES writers,
    number bigint NOT NULL,
    chain  bytea NOT NULL
  );

  CREATE TABLE certificates (
    id     integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sha256 bytea NOT NULL UNIQUE,
    der    bytea NOT NULL,
    issuer bytea NOT NULL
  );

  CREATE TABLE ocsp_responses (
    id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sha256      bytea NOT NULL UNIQUE,
    this_update bigint NOT NULL,
    der         bytea NOT NULL
  );

  -- Written under a lock, as tips.
  CREATE TABLE documents (
    id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sha256 bytea NOT NULL UNIQUE,
    kind   text NOT NULL,
    bytes  bytea NOT NULL
  );

  -- One partition a month. logged is the greatest time so far in this writer: it never falls there. The BRIN index holds
  -- a few bytes for each megabyte: an exchange is found by the time in its id.
  CREATE TABLE records (
    writer          integer NOT NULL,
    certificate     integer NOT NULL,
    ocsp            integer NOT NULL,
    number          bigint NOT NULL,
    logged          bigint NOT NULL,
    time            bigint NOT NULL,
    exchange_id     uuid NOT NULL,
    direction       text NOT NULL,
    type            text NOT NULL,
    role            text NOT NULL,
    member          text NOT NULL,
    key_id          bytea NOT NULL,
    chain           bytea NOT NULL,
    exchange_sha256 bytea NOT NULL,
    head_sha256     bytea NOT NULL,
    tags            bytea NOT NULL,
    body_key_id     bytea NOT NULL,
    body_file       text NOT NULL,
    exchange        bytea NOT NULL,
    signature       bytea NOT NULL,
    head            bytea NOT NULL,
    body            bytea NOT NULL,
    PRIMARY KEY (writer, number, logged)
  ) PARTITION BY RANGE (logged);
  -- Ciphertext, base64url and digests do not shrink: no attempt is made.
  ALTER TABLE records ALTER signature SET STORAGE EXTERNAL, ALTER head SET STORAGE EXTERNAL,
    ALTER body SET STORAGE EXTERNAL;
  CREATE INDEX records_logged ON records USING brin (logged) WITH (autosummarize = on);

  -- The few records that were logged more than some seconds away from the time in their exchange id.
  CREATE TABLE stragglers (
    exchange_id uuid NOT NULL,
    writer      integer NOT NULL,
    number      bigint NOT NULL,
    PRIMARY KEY (exchange_id, writer, number)
  );

  -- The replay guard of all nodes; pruned, so that it stays small. writer and number name the record that opened.
  CREATE TABLE guard (
    exchange_id uuid NOT NULL,
    role        text COLLATE "C" NOT NULL,
    server      text COLLATE "C" NOT NULL,
    state       text NOT NULL,
    writer      integer NOT NULL,
    number      bigint NOT NULL,
    expires     bigint NOT NULL,
    digest      bytea NOT NULL,
    answer      bytea,
    PRIMARY KEY (exchange_id, role, server)
  ) WITH (fillfactor = 60);

  CREATE TABLE batches (
    number    integer PRIMARY KEY,
    documents bigint NOT NULL,
    tips      bigint NOT NULL,
    gen_time  bigint NOT NULL,
    authority text NOT NULL,
    root      bytea NOT NULL,
    token     bytea NOT NULL,
    leaves    bytea NOT NULL
  );
  ALTER TABLE batches ALTER leaves SET STORAGE EXTERNAL;

  CREATE TABLE batch_spans (
    writer   integer NOT NULL REFERENCES writers,
    first    bigint NOT NULL,
    last     bigint NOT NULL,
    batch    integer NOT NULL REFERENCES batches,
    position integer NOT NULL,
    PRIMARY KEY (writer, first)
  );
  CREATE INDEX batch_spans_batch ON batch_spans (batch);

  CREATE TABLE batch_ocsp (
    batch       integer NOT NULL REFERENCES batches,
    certificate integer NOT NULL,
    ocsp        integer NOT NULL,
    extra       integer NOT NULL,
    PRIMARY KEY (batch, certificate, ocsp)
  );

  -- Written at the start of each session, to learn whether the database can be written.
  CREATE TABLE probe (
    filler bytea NOT NULL
  );
  ALTER TABLE probe ALTER filler SET STORAGE EXTERNAL;
  `,
  `
  -- Has a row when the log was restored from an archive: it is for reading.
  CREATE TABLE restored (
    at timestamptz NOT NULL
  );
  `,
  `
  -- One row: what the nodes of this log have in common, as the first one found it. A log_key that is null is told by the
  -- next node that joins.
  CREATE TABLE cluster (
    id      uuid PRIMARY KEY,
    server  text NOT NULL,
    log_key text
  );
  CREATE UNIQUE INDEX cluster_row ON cluster ((true));
  `,
  `
  -- How often something limited was used on all nodes, counted in the transaction of the record that uses it; first is
  -- the exchange that used it first. Pruned by the index, so that it stays small.
  CREATE TABLE counters (
    name    text COLLATE "C" PRIMARY KEY,
    used    bigint NOT NULL,
    expires bigint NOT NULL,
    first   uuid
  ) WITH (fillfactor = 60);
  CREATE INDEX counters_expires ON counters (expires);
  `,
  `
  -- The newest revision of each permission: what a call looks up. A person has few of them.
  CREATE TABLE permissions (
    id        uuid PRIMARY KEY,
    revision  integer NOT NULL,
    provider  text NOT NULL,
    consumer  text NOT NULL,
    service   text NOT NULL,
    purpose   text NOT NULL,
    state     text NOT NULL,
    person    bytea NOT NULL,
    statement bytea NOT NULL,
    document  bytea NOT NULL
  ) WITH (fillfactor = 80);
  CREATE INDEX permissions_person ON permissions (person);

  CREATE TABLE permission_revisions (
    id        uuid NOT NULL,
    revision  integer NOT NULL,
    state     text NOT NULL,
    statement bytea NOT NULL,
    document  bytea NOT NULL,
    signed    bytea NOT NULL,
    key_id    bytea NOT NULL,
    secret    bytea NOT NULL,
    PRIMARY KEY (id, revision)
  );
  ALTER TABLE permission_revisions ALTER signed SET STORAGE EXTERNAL, ALTER secret SET STORAGE EXTERNAL;
  `,
  "CREATE INDEX permissions_waiting ON permissions (id) WHERE state = 'requested';",
  // A call reads the person's permissions to its own consumer: how many others have takes it no time.
  `
  CREATE INDEX permissions_pair ON permissions (person, consumer);
  DROP INDEX permissions_person;
  `,
  // Nodes of the tree some levels above the leaves, by which a way to the root is found without hashing all of these.
  `
  ALTER TABLE batches ADD COLUMN upper bytea NOT NULL DEFAULT '';
  ALTER TABLE batches ALTER upper SET STORAGE EXTERNAL;
  `,
];

/** Thrown for a database that a newer release has written: this one cannot know what its rows mean. */
export class NewerSchemaError extends Error {
  override readonly name = "NewerSchemaError";
}

/** @throws NewerSchemaError when the database has more migrations than this release knows */
export async function checkSchema(connection: Connection): Promise<number> {
  const [row] = await connection.query<{ version: number }>(
    "SELECT coalesce(max(version), 0) AS version FROM migrations",
  );
  const { version } = row!;
  if (version > migrations.length) {
    throw new NewerSchemaError(
      `the message log has schema ${version}, this release knows ${migrations.length}`,
    );
  }
  return version;
}

/**
 * Brings the database to the newest schema, all steps in one transaction, one node at a time.
 * @param name of the schema, which is the search path of the connection
 * @throws NewerSchemaError as `checkSchema`
 */
export async function migrate(connection: Connection, name = schema): Promise<void> {
  await connection.transaction(async () => {
    await lockForTransaction(connection, "migrations");
    await connection.script(`
      CREATE SCHEMA IF NOT EXISTS ${name};
      CREATE TABLE IF NOT EXISTS migrations (version integer PRIMARY KEY);
    `);
    for (let version = await checkSchema(connection); version < migrations.length; version++) {
      await connection.script(migrations[version]!);
      await connection.execute("INSERT INTO migrations VALUES ($1)", [version + 1]);
    }
  });
}
