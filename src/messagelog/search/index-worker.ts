import { constants, setPriority } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import type { OpenLogReader } from "../message-store.ts";
import type { IndexBuilder } from "./index-builder.ts";

/** The thread that builds the index, with a read connection of its own, whenever it is told to. */

/** What the thread is started with: it must not know which store it reads. */
export interface IndexWorkerData {
  /** URL of a module that exports `openLogReader`. */
  readonly readerModule: string;
  readonly location: string;
  /** Where the index lies. */
  readonly directory: string;
}

export type ToIndexWorker = "advance" | "close";
export type FromIndexWorker =
  | { readonly kind: "advanced" }
  | { readonly kind: "failed"; readonly reason: string };

// On Linux this is the thread's own priority: whoever is served needs the core first. What the thread is made of is
// loaded behind this, since to load it takes half a second of a core.
if (process.platform === "linux") setPriority(constants.priority.PRIORITY_LOW);

const { readerModule, location, directory } = workerData as IndexWorkerData;

interface Opened {
  readonly builder: IndexBuilder;
  close(): void;
}

let opened: Opened | undefined;

async function open(): Promise<Opened> {
  const { openLogReader } = (await import(readerModule)) as { openLogReader: OpenLogReader };
  const { IndexBuilder } = await import("./index-builder.ts");
  const { SegmentFiles } = await import("./segment-files.ts");
  const reader = openLogReader(location);
  const builder = new IndexBuilder(reader, new SegmentFiles(directory));
  const close = () => {
    builder.close();
    reader.close();
  };
  return { builder, close };
}

async function advance(): Promise<FromIndexWorker> {
  try {
    opened ??= await open();
    await opened.builder.advance();
    return { kind: "advanced" };
  } catch (error) {
    opened?.close();
    opened = undefined;
    return { kind: "failed", reason: error instanceof Error ? error.message : "unknown" };
  }
}

parentPort!.on("message", async (message: ToIndexWorker) => {
  if (message === "close") {
    opened?.close();
    return parentPort!.close();
  }
  parentPort!.postMessage(await advance());
});
