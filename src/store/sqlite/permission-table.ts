import { mkdirSync } from "node:fs";
import { join } from "node:path";
import {
  type FoundPermission,
  mostActive,
  type PermissionListing,
  type PermissionQuestion,
  type StoredPermission,
  type StoredRevision,
} from "../../policy/permissions/permission-store.ts";
import { exchangeIdBytes, exchangeIdText } from "./columns.ts";
import { type Database, openForWriting, type Statement } from "./database.ts";
import { NewerSchemaError } from "./migrations.ts";

/** Beside the log, in a file of its own: it is changed by people, one act at a time, and holds no evidence. */
const permissionsFile = "permissions.db";

/** The schema grows by these steps and by nothing else: a step is never edited, only followed by another. */
const migrations: readonly string[] = [
  `
  -- The newest revision of each permission: what a call looks up. A person has few of them.
  CREATE TABLE permissions (
    id        BLOB PRIMARY KEY,
    revision  INTEGER NOT NULL,
    provider  TEXT NOT NULL,
    consumer  TEXT NOT NULL,
    service   TEXT NOT NULL,
    purpose   TEXT NOT NULL,
    state     TEXT NOT NULL,
    person    BLOB NOT NULL,
    statement BLOB NOT NULL,
    document  BLOB NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX permissions_person ON permissions (person);

  CREATE TABLE permission_revisions (
    id        BLOB NOT NULL,
    revision  INTEGER NOT NULL,
    state     TEXT NOT NULL,
    statement BLOB NOT NULL,
    document  BLOB NOT NULL,
    signed    BLOB NOT NULL,
    key_id    BLOB NOT NULL,
    secret    BLOB NOT NULL,
    PRIMARY KEY (id, revision)
  ) STRICT, WITHOUT ROWID;
  `,
  "CREATE INDEX permissions_waiting ON permissions (id) WHERE state = 'requested';",
  // A call reads the person's permissions to its own consumer: how many others have takes it no time.
  `
  CREATE INDEX permissions_pair ON permissions (person, consumer);
  DROP INDEX permissions_person;
  `,
  `
  -- With rows as long as these a tree by id has a dozen children a node and six levels of them: a look-up among millions
  -- reads three pages that nobody else read, and its neighbour others. By row number it has three levels of small nodes.
  CREATE TABLE permissions_by_row (
    id        BLOB NOT NULL PRIMARY KEY,
    revision  INTEGER NOT NULL,
    provider  TEXT NOT NULL,
    consumer  TEXT NOT NULL,
    service   TEXT NOT NULL,
    purpose   TEXT NOT NULL,
    state     TEXT NOT NULL,
    person    BLOB NOT NULL,
    statement BLOB NOT NULL,
    document  BLOB NOT NULL
  ) STRICT;
  INSERT INTO permissions_by_row SELECT * FROM permissions ORDER BY id;
  DROP TABLE permissions;
  ALTER TABLE permissions_by_row RENAME TO permissions;
  CREATE INDEX permissions_waiting ON permissions (id) WHERE state = 'requested';
  CREATE INDEX permissions_pair ON permissions (person, consumer);

  CREATE TABLE revisions_by_row (
    id        BLOB NOT NULL,
    revision  INTEGER NOT NULL,
    state     TEXT NOT NULL,
    statement BLOB NOT NULL,
    document  BLOB NOT NULL,
    signed    BLOB NOT NULL,
    key_id    BLOB NOT NULL,
    secret    BLOB NOT NULL,
    PRIMARY KEY (id, revision)
  ) STRICT;
  INSERT INTO revisions_by_row SELECT * FROM permission_revisions ORDER BY id, revision;
  DROP TABLE permission_revisions;
  ALTER TABLE revisions_by_row RENAME TO permission_revisions;
  `,
];

/** Of a new file: a look-up reads a few pages from here and there, and each is copied whole. */
const pageSize = 8192;

/** Where the permissions of a log's directory are. */
export function permissionsPath(directory: string): string {
  return join(directory, permissionsFile);
}

/**
 * Opens the file for writing, made and brought to the newest schema.
 * @throws NewerSchemaError; Error of SQLite
 */
export function openPermissionsForWriting(directory: string): Database {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const database = openForWriting(permissionsPath(directory), pageSize);
  const known = database.pragma("user_version", { simple: true }) as number;
  if (known > migrations.length) {
    database.close();
    throw new NewerSchemaError(`permissions have schema ${known}, this release knows ${migrations.length}`);
  }
  for (let version = known; version < migrations.length; version++) {
    database.transaction(() => {
      database.exec(migrations[version]!);
      database.pragma(`user_version = ${version + 1}`);
    })();
  }
  return database;
}

interface Row {
  readonly id: Buffer;
  readonly revision: number;
  readonly provider: string;
  readonly consumer: string;
  readonly service: string;
  readonly purpose: string;
  readonly state: string;
  readonly person: Buffer;
  readonly statement: Buffer;
  readonly document: Buffer;
}

const judged = "hex(statement), CAST(document AS TEXT)";
type JudgedRow<More> = readonly [statement: string, document: string, more: More];

/** The rows of permissions on one connection. */
export class PermissionTable {
  readonly #database: Database;
  readonly #byId: Statement;
  readonly #activeFor: Statement;
  readonly #newestFor: Statement;

  constructor(database: Database) {
    this.#database = database;
    // Every call that needs a permission waits for these: no column is read that is not judged, texts cost less than
    // buffers, and few rows are sorted faster here than there (measured: 4 µs instead of 12 for a row, of 25 for two; read
    // backwards from the index, which sorts nothing, 5 µs more). More than are looked at are read once more, in order.
    this.#byId = database.prepare(`SELECT ${judged}, person FROM permissions WHERE id = ?`).raw();
    const active = `
      SELECT ${judged}, hex(id) FROM permissions
      WHERE person = ? AND consumer = ? AND service = ? AND purpose = ? AND state = 'active'`;
    this.#activeFor = database.prepare(`${active} LIMIT ${mostActive + 1}`).raw();
    this.#newestFor = database.prepare(`${active} ORDER BY id DESC LIMIT ${mostActive}`).raw();
  }

  byId(id: string): FoundPermission | undefined {
    const row = this.#byId.get(exchangeIdBytes(id)) as JudgedRow<Buffer> | undefined;
    return row && foundIn(row, row[2]);
  }

  activeFor({ person, consumer, service, purpose }: PermissionQuestion): FoundPermission[] {
    const few = this.#activeFor.all(person, consumer, service, purpose) as JudgedRow<string>[];
    if (few.length > 1) few.sort(([, , one], [, , other]) => (one < other ? 1 : -1));
    const rows =
      few.length > mostActive
        ? (this.#newestFor.all(person, consumer, service, purpose) as JudgedRow<string>[])
        : few;
    return rows.map((row) => foundIn(row, person));
  }

  list({ provider, person, consumer, state, before, limit }: PermissionListing): StoredPermission[] {
    const conditions = [
      ["provider = ?", provider],
      ["person = ?", person],
      ["consumer = ?", consumer],
      ["state = ?", state],
      ["id < ?", before === undefined ? undefined : exchangeIdBytes(before)],
    ].filter(([, value]) => value !== undefined) as [string, string | Buffer][];
    const where = conditions.map(([condition]) => condition).join(" AND ");
    const rows = this.#database
      .prepare(`SELECT * FROM permissions WHERE ${where} ORDER BY id DESC LIMIT ?`)
      .all(...conditions.map(([, value]) => value), limit);
    return (rows as Row[]).map(permissionOf);
  }

  revisions(id: string): StoredRevision[] {
    const rows = this.#database
      .prepare(`
        SELECT id, r.revision, provider, consumer, service, purpose, r.state, person, r.statement, r.document,
          r.signed, r.key_id AS keyId, r.secret
        FROM permission_revisions r JOIN permissions USING (id) WHERE id = ? ORDER BY r.revision`)
      .all(exchangeIdBytes(id)) as (Row & { signed: Buffer; keyId: Buffer; secret: Buffer })[];
    return rows.map((row) => {
      const { signed, keyId, secret } = row;
      return { ...permissionOf(row), signed, keyId, secret };
    });
  }

  waiting(after: string | null, limit: number): StoredPermission[] {
    const rows = this.#database
      .prepare("SELECT * FROM permissions WHERE state = 'requested' AND id > ? ORDER BY id LIMIT ?")
      .all(after === null ? Buffer.alloc(0) : exchangeIdBytes(after), limit);
    return (rows as Row[]).map(permissionOf);
  }

  /** What is overwritten is overwritten on the disk: in the file (`secure_delete`), and in the log of what was written. */
  erase(id: string, nobody: Buffer): void {
    const key = exchangeIdBytes(id);
    this.#database.transaction(() => {
      this.#database.prepare("UPDATE permission_revisions SET secret = x'' WHERE id = ?").run(key);
      this.#database.prepare("UPDATE permissions SET person = ? WHERE id = ?").run(nobody, key);
    })();
    this.#database.pragma("wal_checkpoint(TRUNCATE)");
  }

  /** @returns whether it follows the newest one */
  add(added: StoredRevision): boolean {
    const id = exchangeIdBytes(added.id);
    const statement = Buffer.from(added.statement, "base64url");
    const { revision, state, document } = added;
    const write = () => {
      const { changes } =
        revision === 1
          ? this.#database
              .prepare(`INSERT OR IGNORE INTO permissions VALUES (${"?, ".repeat(9)}?)`)
              .run(id, revision, ...columnsOf(added), state, added.person, statement, document)
          : this.#database
              .prepare(
                "UPDATE permissions SET revision = ?, state = ?, statement = ?, document = ? WHERE id = ? AND revision = ?",
              )
              .run(revision, state, statement, document, id, revision - 1);
      if (changes === 0) return false;
      this.#database
        .prepare("INSERT INTO permission_revisions VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
        .run(id, revision, state, statement, document, added.signed, added.keyId, added.secret);
      return true;
    };
    return this.#database.transaction(write).immediate();
  }
}

function columnsOf({ provider, consumer, service, purpose }: StoredRevision): string[] {
  return [provider, consumer, service, purpose];
}

function permissionOf(row: Row): StoredPermission {
  const { revision, provider, consumer, service, purpose, state, person, document } = row;
  const statement = row.statement.toString("base64url");
  const parties = { provider, consumer, service, purpose };
  return { id: exchangeIdText(row.id), revision, ...parties, state, person, document, statement };
}

function foundIn([statement, document]: JudgedRow<unknown>, person: Buffer): FoundPermission {
  return { person, statement: Buffer.from(statement, "hex").toString("base64url"), document };
}
