import { readFile } from "node:fs/promises";
import pg from "pg";
import { SealwayError } from "../../core/errors.ts";
import { CopyIn } from "./copy-in.ts";
import { readPassword } from "./password.ts";
import type { PostgresPlace } from "./place.ts";

/** Everything of the log is in this schema. */
export const schema = "sealway";

export interface ConnectionOptions {
  readonly place: PostgresPlace;
  /** What the database's administrator sees it called. */
  readonly name: string;
  /** A statement that takes longer than this, milliseconds, ends the connection: nobody knows what became of it. */
  readonly patience: number;
}

const connectWithin = 5_000;

/**
 * A session whose client went away must end soon: it holds locks that others wait for. Pings by TCP find a dead machine;
 * the idle limits find a process that stands still between two statements.
 */
const settings = `
  SET search_path = ${schema};
  SET client_min_messages = warning;
  SET tcp_keepalives_idle = 5;
  SET tcp_keepalives_interval = 5;
  SET tcp_keepalives_count = 3;
  SET idle_in_transaction_session_timeout = '5s';
  SET lock_timeout = '8s';
`;

/** `int8` as a number: none of ours is beyond 2^53. */
const int8 = 20;
const types = {
  getTypeParser: (oid: number, format?: "text" | "binary") =>
    oid === int8 ? Number : pg.types.getTypeParser(oid, format as "text"),
};

/**
 * One connection, one statement at a time: what is asked meanwhile waits. `lost` is called once when it ends without
 * being asked to.
 */
export class Connection {
  readonly #client: pg.Client;
  readonly #patience: number;
  #tail: Promise<unknown> = Promise.resolve();
  #transactions: Promise<unknown> = Promise.resolve();
  #lost: ((error: Error) => void) | undefined;
  #ended = false;

  private constructor(client: pg.Client, patience: number) {
    this.#client = client;
    this.#patience = patience;
    client.on("error", (error) => this.#lose(error));
    client.on("end", () => this.#lose(new Error("the connection ended")));
  }

  /** @throws SealwayError `log_unavailable`, Error of the network or the database */
  static async open({ place, name, patience }: ConnectionOptions): Promise<Connection> {
    const { host, port, database, user, passwordFile } = place;
    const client = new pg.Client({
      ...{ host, port, database, user, types },
      ssl: await tlsOptions(place),
      // Nothing comes from the environment or from files that are meant for other programs.
      password: passwordFile === undefined ? "" : await readPassword(passwordFile),
      application_name: name,
      connectionTimeoutMillis: connectWithin,
      keepAlive: true,
    });
    const connection = new Connection(client, patience);
    await client.connect();
    await connection.script(settings);
    return connection;
  }

  /** @param told at once when it is lost already */
  onLost(told: (error: Error) => void): void {
    if (this.#ended) told(new Error("the connection ended"));
    else this.#lost = told;
  }

  /** The rows of one statement. */
  async query<Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    const { rows } = await this.#run(() => this.#client.query(text, [...values]));
    return rows as Row[];
  }

  /** How many rows one statement changed. */
  async execute(text: string, values: readonly unknown[] = []): Promise<number> {
    const { rowCount } = await this.#run(() => this.#client.query(text, [...values]));
    return rowCount ?? 0;
  }

  /** As `execute`, for what is said often: the database parses and plans it once. */
  async prepared<Row>(name: string, text: string, values: readonly unknown[]): Promise<Row[]> {
    const { rows } = await this.#run(() => this.#client.query({ name, text, values: [...values] }));
    return rows as Row[];
  }

  /** Several statements without values. */
  async script(text: string): Promise<void> {
    await this.#run(() => this.#client.query(text));
  }

  /** @param rows what `CopyRows` made */
  async copy(text: string, rows: Buffer): Promise<void> {
    const copied = () =>
      new Promise<void>((resolve, reject) => {
        // `pg` declares less of its connection than it has.
        const statement = new CopyIn(text, rows, (error) =>
          error === undefined ? resolve() : reject(error),
        );
        this.#client.query(statement as unknown as pg.Submittable);
      });
    await this.#run(copied);
  }

  /** All of the work or nothing of it, one transaction at a time. @throws what the work threw */
  transaction<Result>(work: () => Promise<Result>, begin = "BEGIN"): Promise<Result> {
    const done = this.#transactions.then(() => this.#transact(work, begin));
    this.#transactions = done.catch(() => undefined);
    return done;
  }

  async #transact<Result>(work: () => Promise<Result>, begin: string): Promise<Result> {
    await this.script(begin);
    try {
      const result = await work();
      await this.script("COMMIT");
      return result;
    } catch (error) {
      await this.script("ROLLBACK").catch(() => undefined);
      throw error;
    }
  }

  async end(): Promise<void> {
    this.#ended = true;
    await this.#client.end().catch(() => undefined);
  }

  /** Without a farewell: for a connection that cannot be trusted any more. */
  destroy(): void {
    this.#ended = true;
    streamOf(this.#client).destroy();
  }

  #run<Result>(statement: () => Promise<Result>): Promise<Result> {
    const run = async () => {
      const timer = setTimeout(() => streamOf(this.#client).destroy(), this.#patience);
      try {
        return await statement();
      } catch (error) {
        throw asFailure(error);
      } finally {
        clearTimeout(timer);
      }
    };
    const result = this.#tail.then(run, run);
    this.#tail = result.catch(() => undefined);
    return result;
  }

  #lose(error: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#lost?.(error);
  }
}

/** What went wrong, without the words of the database: they may quote what is in its rows. */
export class DatabaseFailure extends Error {
  override readonly name = "DatabaseFailure";
  /** SQLSTATE, or the network's word. */
  readonly code: string;

  constructor(code: string, routine: string) {
    super(`${code} ${routine}`);
    this.code = code;
  }
}

function asFailure(error: unknown): Error {
  const { code, routine } = error as { readonly code?: unknown; readonly routine?: unknown };
  if (typeof code === "string") return new DatabaseFailure(code, typeof routine === "string" ? routine : "");
  return error as Error;
}

function streamOf(client: pg.Client): { destroy(): void } {
  return (client as unknown as { readonly connection: { readonly stream: { destroy(): void } } }).connection
    .stream;
}

async function tlsOptions({ host, tls, trustedCertificates }: PostgresPlace) {
  if (tls === "none" || host.startsWith("/")) return false;
  return trustedCertificates === undefined ? {} : { ca: await readFile(trustedCertificates, "utf8") };
}

/** What an operator can do something about, by SQLSTATE. */
const words: Readonly<Record<string, string>> = {
  "25006": "the database is read-only",
  "28000": "the database refuses this user",
  "28P01": "the database refuses the password",
  "3D000": "there is no such database",
  "3F000": "there is no message log in this database",
  "42501": "the database user lacks a privilege",
  "42P01": "there is no message log in this database",
  "53100": "the database's disk is full",
  "53300": "the database has too many connections",
  "57P01": "the database is shutting down",
  "57P03": "the database is starting or shutting down",
};

/** What `pg` says without a code. */
const wordless = new Map([["The server does not support SSL connections", "the database server has no TLS"]]);

/** SQLSTATE, or the network's word for an error. */
export function databaseCode(error: unknown): string | undefined {
  const code = (error as { readonly code?: unknown } | null)?.code;
  return typeof code === "string" ? code : undefined;
}

/** In words without personal data. */
export function reasonOf(error: unknown): string {
  if (error instanceof SealwayError) return error.detail;
  const code = databaseCode(error);
  if (code === undefined)
    return wordless.get((error as Error).message) ?? "the connection to the database was lost";
  return `${words[code] ?? "the database cannot be used"} (${code})`;
}

/** The error that an append is refused with. @param reason without personal data */
export function unavailable(reason: string, cause?: unknown): SealwayError {
  return new SealwayError("log_unavailable", reason, { cause });
}
