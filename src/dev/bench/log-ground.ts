import { chmod, mkdir, mkdtemp, rm, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LogConfiguration } from "../../assembly/log-store.ts";
import { monotonic } from "../../core/clock.ts";
import { PostgresProcess } from "./postgres-process.ts";

export type LogStoreName = "sqlite" | "postgres";

/** Tells what is being done, and ends the work when it shall stop. */
export class Progress {
  readonly #tell: (what: string) => void;
  readonly #signal: AbortSignal;
  #told = 0;

  constructor(tell: (what: string) => void, signal: AbortSignal) {
    this.#tell = tell;
    this.#signal = signal;
  }

  /** @throws the signal's reason once it is aborted */
  begin(what: string): void {
    this.#signal.throwIfAborted();
    this.#told = monotonic();
    this.#tell(what);
  }

  /** Of what is done in any case. */
  end(what: string): void {
    this.#tell(what);
  }

  /** As `begin`, told every few seconds. */
  often(what: () => string): void {
    this.#signal.throwIfAborted();
    if (monotonic() - this.#told > 10_000) this.begin(what());
  }
}

/** What a record that fills a log takes on disk, with its part of the index, bytes; measured, rounded up. */
export const bytesOfRecord = { sqlite: 1_500, postgres: 1_600 } as const satisfies Record<
  LogStoreName,
  number
>;

/** Where logs of a benchmark are: a directory of its own that is removed at the end, and a database when one is needed. */
export class LogGround {
  readonly directory: string;
  readonly #postgres: PostgresProcess | undefined;

  private constructor(directory: string, postgres: PostgresProcess | undefined) {
    this.directory = directory;
    this.#postgres = postgres;
  }

  /**
   * @param names of the logs that there will be: lower-case letters and digits
   * @param bytes that they will take; as many again must be left
   * @throws Error when there is no room, or PostgreSQL does not start; nothing is left behind
   */
  static async open(store: LogStoreName, names: readonly string[], bytes: number): Promise<LogGround> {
    await checkRoom(tmpdir(), bytes);
    const directory = await mkdtemp(join(tmpdir(), "sealway-bench-log-"));
    try {
      if (store === "sqlite") return new LogGround(directory, undefined);
      await chmod(directory, 0o755);
      const folder = join(directory, "postgres");
      await mkdir(folder);
      return new LogGround(directory, await PostgresProcess.start(folder, names));
    } catch (error) {
      await rm(directory, { recursive: true, force: true });
      throw error;
    }
  }

  /** An empty log, when it is asked for first. */
  log(name: string): LogConfiguration {
    const stateDirectory = join(this.directory, name);
    return {
      stateDirectory,
      ...(this.#postgres !== undefined && { postgresql: this.#postgres.place(name) }),
    };
  }

  async close(): Promise<void> {
    await this.#postgres?.stop();
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** @throws Error when less than twice as much is free */
async function checkRoom(directory: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(directory);
  if (bavail * bsize >= 2 * bytes) return;
  const gigabytes = (value: number) => (value / 1e9).toFixed(1);
  throw new Error(
    `the log takes ${gigabytes(bytes)} GB, and twice as much must be free: there are ${gigabytes(bavail * bsize)} GB in ${directory}`,
  );
}
