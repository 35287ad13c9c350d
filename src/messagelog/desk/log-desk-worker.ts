import type { KeyObject } from "node:crypto";
import { constants, setPriority } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import { EvidenceReader } from "../evidence-reader.ts";
import type { LogReader, OpenLogReader } from "../message-store.ts";
import { erasedKeys } from "../retention/erasure-statement.ts";
import { findingByPlace } from "../search/find-by-place.ts";
import type { LogSearch } from "../search/log-search.ts";
import { HourTables } from "../statement/hour-tables.ts";
import { openVault } from "../vault.ts";
import { type DeskQuestions, type DeskTools, deskQuestions } from "./desk-questions.ts";

/** The thread behind `LogDesk`. */

/** What the thread is started with: it must not know which store it reads. */
export interface LogDeskOptions {
  /** URL of a module that exports `openLogReader`. */
  readonly readerModule: string;
  /** As `openLogReader` takes it. */
  readonly location: string;
  readonly vaultDirectory: string;
  readonly bodiesDirectory: string;
  /** Of the search index. */
  readonly searchDirectory: string;
  /** As `openVault` takes them. */
  readonly masterKeys: readonly KeyObject[];
  /** The anchor file of the server, which goes into packages. */
  readonly anchorFile: string;
}

export interface ToDesk {
  readonly id: number;
  readonly kind: keyof DeskQuestions;
  readonly question: unknown;
}

export type FromDesk =
  | { readonly kind: "answer"; readonly id: number; readonly answer: unknown }
  | { readonly kind: "failed"; readonly id: number; readonly reason: string };

// On Linux this is the thread's own priority: whoever asks the log must not keep requests waiting for a core.
if (process.platform === "linux") setPriority(constants.priority.PRIORITY_BELOW_NORMAL);

const { readerModule, location, vaultDirectory, bodiesDirectory, searchDirectory, masterKeys, anchorFile } =
  workerData as LogDeskOptions;
let opened: Promise<DeskTools> | undefined;

async function open(): Promise<DeskTools> {
  const { openLogReader } = (await import(readerModule)) as { openLogReader: OpenLogReader };
  const log = findingByPlace(openLogReader(location), searchDirectory);
  // A vault that was put back from a backup may hold keys that are destroyed: nobody is found by them.
  const vault = await openVault(vaultDirectory, masterKeys, new Set((await erasedKeys(log)).keys()));
  const reader = new EvidenceReader(log, vault, bodiesDirectory);
  const load = (address: string) => import(address);
  return { log, reader, anchorFile, hours: new HourTables(log), search: searching(log), vault, load };
}

/** Loaded when it is asked for. */
function searching(log: LogReader): DeskTools["search"] {
  let opened: Promise<LogSearch> | undefined;
  let last: Promise<unknown> = Promise.resolve();
  const load = async () => {
    const { LogSearch } = await import("../search/log-search.ts");
    return new LogSearch({ reader: log, directory: searchDirectory });
  };
  return (work) => {
    opened ??= load();
    const search = opened;
    const answer = last.then(async () => work(await search));
    last = answer.catch(() => undefined);
    return answer;
  };
}

async function answer({ id, kind, question }: ToDesk): Promise<FromDesk> {
  try {
    opened ??= open();
    const find = deskQuestions[kind] as (tools: DeskTools, question: unknown) => Promise<unknown>;
    return { kind: "answer", id, answer: await find(await opened, question) };
  } catch (error) {
    return { kind: "failed", id, reason: error instanceof Error ? error.message : "unknown" };
  }
}

async function close(): Promise<void> {
  const tools = await opened?.catch(() => undefined);
  tools?.log.close();
  parentPort!.close();
}

parentPort!.on("message", async (message: ToDesk | "close") => {
  if (message === "close") return close();
  parentPort!.postMessage(await answer(message));
});
