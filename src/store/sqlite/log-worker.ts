import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import type { OpenRequest } from "../../messagelog/message-record.ts";
import { openForWriting, sqliteCode, takeLock } from "./database.ts";
import { databaseFile, lockFile } from "./log-files.ts";
import { type Committed, LogWriter } from "./log-writer.ts";
import { migrate, NewerSchemaError } from "./migrations.ts";
import { checkNotRestored, RestoredLogError } from "./restore-log.ts";

/** The thread that alone writes the log. It answers each message in turn. */

/** What the thread is started with. */
export interface LogWorkerData {
  readonly directory: string;
  /** A fresh UUID. */
  readonly writer: string;
}

export type ToLogWorker =
  | {
      readonly kind: "commit";
      readonly frame: ArrayBuffer;
      readonly length: number;
      readonly items: number;
      readonly now: number;
    }
  | { readonly kind: "open-requests" }
  | { readonly kind: "close" };

export type FromLogWorker =
  | { readonly kind: "ready" }
  | { readonly kind: "refused"; readonly reason: string }
  | ({ readonly kind: "committed"; readonly frame: ArrayBuffer } & Committed)
  | { readonly kind: "failed"; readonly reason: string }
  | { readonly kind: "open-requests"; readonly requests: readonly OpenRequest[] }
  | { readonly kind: "closed" };

function open({ directory, writer }: LogWorkerData) {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const lock = takeLock(join(directory, lockFile));
  if (lock === undefined) throw new LogInUseError("another process has the message log open");
  const database = openForWriting(join(directory, databaseFile));
  checkNotRestored(database);
  migrate(database);
  const log = new LogWriter(database, writer);
  log.probe();
  const close = () => {
    database.close();
    lock.close();
  };
  return { log, close };
}

class LogInUseError extends Error {}

const ownRefusals = [NewerSchemaError, LogInUseError, RestoredLogError];

/** In words without personal data: SQLite's code, or one of our own refusals. */
function reasonOf(error: unknown): string {
  return ownRefusals.some((refusal) => error instanceof refusal)
    ? (error as Error).message
    : `the store says ${sqliteCode(error)}`;
}

function serve(data: LogWorkerData): void {
  const { log, close } = open(data);
  const post = (message: FromLogWorker, transfer: ArrayBuffer[] = []) =>
    parentPort!.postMessage(message, transfer);
  parentPort!.on("message", (message: ToLogWorker) => {
    switch (message.kind) {
      case "commit": {
        const { frame, length, items, now } = message;
        try {
          const committed = log.commit(frame, length, items, now);
          post({ kind: "committed", frame, ...committed }, [frame, committed.answers.buffer]);
        } catch (error) {
          post({ kind: "failed", reason: reasonOf(error) });
        }
        return;
      }
      case "open-requests":
        return post({ kind: "open-requests", requests: log.openRequests() });
      case "close":
        close();
        post({ kind: "closed" });
        return parentPort!.close();
    }
  });
  post({ kind: "ready" });
}

try {
  serve(workerData as LogWorkerData);
} catch (error) {
  parentPort!.postMessage({ kind: "refused", reason: reasonOf(error) } satisfies FromLogWorker);
  parentPort!.close();
}
