import { once } from "node:events";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { asBuffer } from "../../core/bytes.ts";
import { SealwayError } from "../../core/errors.ts";
import type {
  FoundPermission,
  PermissionListing,
  PermissionQuestion,
  PermissionStore,
  StoredPermission,
  StoredRevision,
} from "../../policy/permissions/permission-store.ts";
import { type Database, openForLookUps, type Statement, sqliteCode } from "./database.ts";
import { databaseFile } from "./log-files.ts";
import { openPermissionsForWriting, PermissionTable, permissionsPath } from "./permission-table.ts";
import type {
  FromPermissionWorker,
  PermissionErrand,
  PermissionWorkerData,
  ToPermissionWorker,
} from "./permission-worker.ts";

/**
 * Opens the permissions of a server, whose log's directory is its own.
 * @param directory of the message log; made when there is none
 * @throws SealwayError `log_unavailable`
 */
export function openSqlitePermissionStore(directory: string): PermissionStore {
  try {
    openPermissionsForWriting(directory).close();
    return new SqlitePermissionStore(directory, openForLookUps(permissionsPath(directory)));
  } catch (cause) {
    throw unavailable(`permissions cannot be opened: the store says ${sqliteCode(cause)}`, cause);
  }
}

/** Counters that one statement reads: a call asks for two of each permission that is looked at. */
const mostAtOnce = 16;

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * What a call looks up is read on the thread that asks, from a connection of its own: some microseconds, and always what
 * is committed. All else is done by a thread that starts with the first errand.
 */
class SqlitePermissionStore implements PermissionStore {
  readonly #directory: string;
  readonly #database: Database;
  readonly #table: PermissionTable;
  readonly #waiting = new Map<number, Waiting>();
  #log: Database | undefined;
  /** By how many counters they read. */
  readonly #counters = new Map<number, Statement>();
  #worker: Worker | undefined;
  #last = 0;
  #isClosed = false;

  constructor(directory: string, database: Database) {
    this.#directory = directory;
    this.#database = database;
    this.#table = new PermissionTable(database);
  }

  async byId(id: string): Promise<FoundPermission | undefined> {
    return this.#read((table) => table.byId(id));
  }

  async activeFor(question: PermissionQuestion): Promise<readonly FoundPermission[]> {
    return this.#read((table) => table.activeFor(question));
  }

  async used(counters: readonly string[], now: number): Promise<readonly number[]> {
    return this.#read(() => {
      const found: number[] = [];
      for (let i = 0; i < counters.length; i += mostAtOnce) {
        const names = counters.slice(i, i + mostAtOnce);
        const bound = names.flatMap((name) => [name, now]);
        const counts = this.#counts(names.length).get(bound) as (number | null)[];
        for (const used of counts) found.push(used ?? 0);
      }
      return found;
    });
  }

  async list(listing: PermissionListing): Promise<readonly StoredPermission[]> {
    return ((await this.#ask({ kind: "list", listing })) as StoredPermission[]).map(revived);
  }

  async revisions(permission: string): Promise<readonly StoredRevision[]> {
    const found = (await this.#ask({ kind: "revisions", permission })) as StoredRevision[];
    return found.map((one) => ({
      ...{ ...revived(one), signed: asBuffer(one.signed) },
      ...{ keyId: asBuffer(one.keyId), secret: asBuffer(one.secret) },
    }));
  }

  async add(revision: StoredRevision): Promise<boolean> {
    return (await this.#ask({ kind: "add", revision })) as boolean;
  }

  async waiting(after: string | null, limit: number): Promise<readonly StoredPermission[]> {
    return ((await this.#ask({ kind: "waiting", after, limit })) as StoredPermission[]).map(revived);
  }

  async erase(permission: string, nobody: Buffer): Promise<void> {
    await this.#ask({ kind: "erase", permission, nobody });
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const worker = this.#worker;
    if (worker !== undefined) {
      const ended = once(worker, "exit");
      worker.postMessage("close");
      await ended;
    }
    this.#database.close();
    this.#log?.close();
  }

  #read<Result>(read: (table: PermissionTable) => Result): Result {
    if (this.#isClosed) throw unavailable("permissions are closed");
    try {
      return read(this.#table);
    } catch (cause) {
      throw unavailable(`permissions cannot be read: the store says ${sqliteCode(cause)}`, cause);
    }
  }

  /**
   * So many counters by one statement: each locks the file and looks for what was committed since. The log's database is
   * there by the first call: whoever starts a server opens the log before.
   */
  #counts(count: number): Statement {
    this.#log ??= openForLookUps(join(this.#directory, databaseFile));
    let statement = this.#counters.get(count);
    if (statement === undefined) {
      const each = Array.from(
        { length: count },
        () => "(SELECT used FROM counters WHERE name = ? AND expires > ?)",
      );
      statement = this.#log.prepare(`SELECT ${each.join(", ")}`).raw();
      this.#counters.set(count, statement);
    }
    return statement;
  }

  #ask(errand: PermissionErrand): Promise<unknown> {
    if (this.#isClosed) throw unavailable("permissions are closed");
    this.#worker ??= this.#start();
    const id = ++this.#last;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#waiting.set(id, { resolve, reject });
    this.#worker.postMessage({ id, errand } satisfies ToPermissionWorker);
    return promise;
  }

  #start(): Worker {
    const workerData: PermissionWorkerData = { directory: this.#directory };
    // Without what the process preloads; V8's own flags no thread may be given.
    const worker = new Worker(new URL("./permission-worker.ts", import.meta.url), {
      name: "permissions",
      workerData,
      execArgv: [],
    });
    worker.on("message", (message: FromPermissionWorker) => {
      const waiting = this.#waiting.get(message.id);
      this.#waiting.delete(message.id);
      if (message.kind === "done") waiting?.resolve(message.result);
      else waiting?.reject(unavailable(message.reason));
    });
    worker.on("error", () => undefined);
    worker.on("exit", () => this.#ended(worker));
    return worker;
  }

  /** Whatever ended it: all that waits is told, and the next errand starts another one. */
  #ended(worker: Worker): void {
    if (this.#worker === worker) this.#worker = undefined;
    for (const { reject } of this.#waiting.values()) reject(unavailable("the permissions' thread ended"));
    this.#waiting.clear();
  }
}

/** Buffers cross threads as plain byte arrays. */
function revived<One extends StoredPermission>(one: One): One {
  return { ...one, person: asBuffer(one.person), document: asBuffer(one.document) };
}

function unavailable(reason: string, cause?: unknown): SealwayError {
  return new SealwayError("log_unavailable", reason, { cause });
}
