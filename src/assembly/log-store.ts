import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../core/clock.ts";
import type { LogReader, MessageStore } from "../messagelog/message-store.ts";
import { withoutNodes } from "../store/postgres/cluster.ts";
import { openLogReader as openPostgresReader } from "../store/postgres/log-reader.ts";
import { openPostgresMessageStore } from "../store/postgres/message-store.ts";
import { locationOf } from "../store/postgres/place.ts";
import { preparePostgresLog } from "../store/postgres/prepare-log.ts";
import { databaseFile } from "../store/sqlite/log-files.ts";
import { openLogReader as openSqliteReader } from "../store/sqlite/log-reader.ts";
import { openSqliteMessageStore } from "../store/sqlite/message-store.ts";
import type { ServerConfiguration } from "./server-configuration.ts";

/** What of a configuration says where its message log is: `postgresql`, else SQLite in the state directory. */
export type LogConfiguration = Pick<ServerConfiguration, "stateDirectory" | "postgresql">;

/** By what a thread opens the log for reading, without knowing the store. */
export interface LogAddress {
  /** URL of a module that exports `openLogReader`. */
  readonly readerModule: string;
  /** What that takes. Holds no secret. */
  readonly location: string;
}

export function logAddress(configuration: LogConfiguration): LogAddress {
  const { postgresql, stateDirectory } = configuration;
  const driver = postgresql === undefined ? "sqlite" : "postgres";
  return {
    readerModule: new URL(`../store/${driver}/log-reader.ts`, import.meta.url).href,
    location: postgresql === undefined ? logDirectory(stateDirectory) : locationOf(postgresql),
  };
}

/**
 * Opens the log for writing.
 * @param committed told of each transaction, how many items it had
 * @throws SealwayError `log_unavailable`
 */
export async function openStore(
  { postgresql, stateDirectory }: LogConfiguration,
  clock: Clock,
  committed: (items: number) => void,
): Promise<MessageStore> {
  if (postgresql !== undefined) {
    return openPostgresMessageStore({ place: postgresql, clock, committed });
  }
  const directory = logDirectory(stateDirectory);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  return openSqliteMessageStore({ directory, clock, committed });
}

/** Opens the log for reading, beside the running server or without it. @throws Error of the store when there is none */
export function openReader({ postgresql, stateDirectory }: LogConfiguration): LogReader {
  if (postgresql !== undefined) return openPostgresReader(locationOf(postgresql));
  return openSqliteReader(logDirectory(stateDirectory));
}

/**
 * For who reads a log before anybody has written it.
 * @returns what opens it; that returns undefined as long as there is no log
 * @throws SealwayError `log_unavailable`
 */
export async function readerOnceThere(configuration: LogConfiguration): Promise<() => LogReader | undefined> {
  const { postgresql, stateDirectory } = configuration;
  if (postgresql !== undefined) {
    await preparePostgresLog(postgresql);
    return () => openReader(configuration);
  }
  const file = join(logDirectory(stateDirectory), databaseFile);
  return () => (existsSync(file) ? openReader(configuration) : undefined);
}

/**
 * Does something while no server has the log open and none can open it.
 * @throws SealwayError `log_unavailable` when one has it open
 */
export async function withLogClosed<Result>(
  configuration: LogConfiguration,
  clock: Clock,
  work: () => Promise<Result>,
): Promise<Result> {
  if (configuration.postgresql !== undefined) return withoutNodes(configuration.postgresql, work);
  const store = await openStore(configuration, clock, () => {});
  try {
    return await work();
  } finally {
    await store.close();
  }
}

/** Where SQLite keeps the log of a server. */
export function logDirectory(stateDirectory: string): string {
  return join(stateDirectory, "log");
}
