import {
  type FoundPermission,
  mostActive,
  type PermissionListing,
  type PermissionQuestion,
  type PermissionStore,
  type StoredPermission,
  type StoredRevision,
} from "../../policy/permissions/permission-store.ts";
import { Connection, reasonOf, unavailable } from "./database.ts";
import type { PostgresPlace } from "./place.ts";

/** A statement here looks up or writes one row; milliseconds. */
const patience = 10_000;

/** Connections that look up: one statement at a time waits for its answer on each. */
const readers = 2;

/**
 * The permissions of a server, in the database of its log and shared by its nodes. Connections are opened when they are
 * needed, and again when they were lost.
 */
export function openPostgresPermissionStore(place: PostgresPlace): PermissionStore {
  return new PostgresPermissionStore(place);
}

const columns = "id, revision, provider, consumer, service, purpose, state, person, statement, document";

interface Row extends Omit<StoredPermission, "statement"> {
  readonly statement: Buffer;
}

type FoundRow = Pick<Row, "statement" | "document" | "person">;

class PostgresPermissionStore implements PermissionStore {
  readonly #place: PostgresPlace;
  readonly #connections: (Promise<Connection> | undefined)[] = [];
  #turn = 0;
  #isClosed = false;

  constructor(place: PostgresPlace) {
    this.#place = place;
  }

  async byId(id: string): Promise<FoundPermission | undefined> {
    const text = "SELECT statement, document, person FROM permissions WHERE id = $1";
    const [row] = await this.#reading((one) => one.prepared<FoundRow>("permission by id", text, [id]));
    return row && foundIn(row, row.person);
  }

  async activeFor(question: PermissionQuestion): Promise<readonly FoundPermission[]> {
    const { person, consumer, service, purpose } = question;
    const text = `
      SELECT statement, document FROM permissions
      WHERE person = $1 AND consumer = $2 AND service = $3 AND purpose = $4 AND state = 'active'
      ORDER BY id DESC LIMIT ${mostActive}`;
    const values = [person, consumer, service, purpose];
    const rows = await this.#reading((one) => one.prepared<FoundRow>("permissions active", text, values));
    return rows.map((row) => foundIn(row, person));
  }

  async used(counters: readonly string[], now: number): Promise<readonly number[]> {
    if (counters.length === 0) return [];
    const text = "SELECT name, used FROM counters WHERE name = ANY($1) AND expires > $2";
    const rows = await this.#reading((one) =>
      one.prepared<{ name: string; used: number }>("permission uses", text, [counters, now]),
    );
    const used = new Map(rows.map((row) => [row.name, row.used]));
    return counters.map((name) => used.get(name) ?? 0);
  }

  async list({ provider, person, consumer, state, before, limit }: PermissionListing) {
    const values = [provider, person ?? null, consumer ?? null, state ?? null, before ?? null, limit];
    const text = `
      SELECT ${columns} FROM permissions
      WHERE provider = $1 AND ($2::bytea IS NULL OR person = $2) AND ($3::text IS NULL OR consumer = $3)
        AND ($4::text IS NULL OR state = $4) AND ($5::uuid IS NULL OR id < $5)
      ORDER BY id DESC LIMIT $6`;
    return (await this.#reading((one) => one.query<Row>(text, values))).map(permissionOf);
  }

  async revisions(id: string): Promise<readonly StoredRevision[]> {
    const text = `
      SELECT id, r.revision, provider, consumer, service, purpose, r.state, person, r.statement, r.document,
        r.signed, r.key_id AS "keyId", r.secret
      FROM permission_revisions r JOIN permissions USING (id) WHERE id = $1 ORDER BY r.revision`;
    const rows = await this.#reading((one) => one.query<Row & StoredRevision>(text, [id]));
    return rows.map((row) => {
      const { signed, keyId, secret } = row;
      return { ...permissionOf(row), signed, keyId, secret };
    });
  }

  async waiting(after: string | null, limit: number): Promise<readonly StoredPermission[]> {
    const text = `
      SELECT ${columns} FROM permissions WHERE state = 'requested' AND ($1::uuid IS NULL OR id > $1)
      ORDER BY id LIMIT $2`;
    return (await this.#reading((one) => one.query<Row>(text, [after, limit]))).map(permissionOf);
  }

  /** Old versions of the rows go at once; the database's own log of what was written has them as long as that is kept. */
  erase(id: string, nobody: Buffer): Promise<void> {
    return this.#writing(async (connection) => {
      await connection.transaction(async () => {
        await connection.execute("UPDATE permission_revisions SET secret = '' WHERE id = $1", [id]);
        await connection.execute("UPDATE permissions SET person = $2 WHERE id = $1", [id, nobody]);
      });
      await connection.script("VACUUM permission_revisions");
      await connection.script("VACUUM permissions");
    });
  }

  add(added: StoredRevision): Promise<boolean> {
    const { id, revision, provider, consumer, service, purpose, state, person, document } = added;
    const statement = Buffer.from(added.statement, "base64url");
    return this.#writing((connection) =>
      connection.transaction(async () => {
        const changes =
          revision === 1
            ? await connection.execute(
                `INSERT INTO permissions (${columns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                 ON CONFLICT DO NOTHING`,
                [id, revision, provider, consumer, service, purpose, state, person, statement, document],
              )
            : await connection.execute(
                `UPDATE permissions SET revision = $2, state = $3, statement = $4, document = $5
                 WHERE id = $1 AND revision = $2 - 1`,
                [id, revision, state, statement, document],
              );
        if (changes === 0) return false;
        await connection.execute(
          `INSERT INTO permission_revisions (id, revision, state, statement, document, signed, key_id, secret)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
          [id, revision, state, statement, document, added.signed, added.keyId, added.secret],
        );
        return true;
      }),
    );
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const opened = this.#connections.splice(0);
    await Promise.all(
      opened.map((one) =>
        one?.then(
          (connection) => connection.end(),
          () => undefined,
        ),
      ),
    );
  }

  #reading<Result>(work: (connection: Connection) => Promise<Result>): Promise<Result> {
    this.#turn = (this.#turn + 1) % readers;
    return this.#on(1 + this.#turn, work);
  }

  #writing<Result>(work: (connection: Connection) => Promise<Result>): Promise<Result> {
    return this.#on(0, work);
  }

  async #on<Result>(seat: number, work: (connection: Connection) => Promise<Result>): Promise<Result> {
    if (this.#isClosed) throw unavailable("permissions are closed");
    try {
      this.#connections[seat] ??= this.#open(seat);
      return await work(await this.#connections[seat]);
    } catch (error) {
      throw unavailable(reasonOf(error), error);
    }
  }

  async #open(seat: number): Promise<Connection> {
    const forget = () => {
      this.#connections[seat] = undefined;
    };
    try {
      const connection = await Connection.open({ place: this.#place, name: "sealway permissions", patience });
      connection.onLost(forget);
      return connection;
    } catch (error) {
      forget();
      throw error;
    }
  }
}

function permissionOf(row: Row): StoredPermission {
  const { id, revision, provider, consumer, service, purpose, state, person, document } = row;
  const statement = row.statement.toString("base64url");
  return { id, revision, provider, consumer, service, purpose, state, person, document, statement };
}

function foundIn({ statement, document }: Omit<FoundRow, "person">, person: Buffer): FoundPermission {
  return { person, statement: statement.toString("base64url"), document: document.toString("utf8") };
}
