import { once } from "node:events";
import type { Worker } from "node:worker_threads";
import { asBuffer } from "../core/bytes.ts";
import type { BuildRequest, Built } from "./batch-builder.ts";
import type { FromSealingWorker, SealingWorkerData } from "./sealing-worker.ts";
import { endThread, startThread } from "./start-thread.ts";

/** Builds batches in a thread of its own, started at the first request and again after it died. */
export class SealingThread {
  readonly #data: SealingWorkerData;
  #worker: Worker | undefined;

  constructor(data: SealingWorkerData) {
    this.#data = data;
  }

  /** One request at a time. @throws Error when the log cannot be read or the thread died */
  async build(request: BuildRequest): Promise<Built> {
    const worker = this.#start();
    worker.postMessage(request);
    const message = await this.#answer(worker);
    if (message.kind === "failed") throw new Error(`the batch cannot be built: ${message.reason}`);
    return revive(message.built);
  }

  close(): Promise<void> {
    return endThread(this.#worker);
  }

  #start(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const worker = startThread(new URL("./sealing-worker.ts", import.meta.url), this.#data);
    worker.once("exit", () => {
      this.#worker = undefined;
    });
    this.#worker = worker;
    return worker;
  }

  async #answer(worker: Worker): Promise<FromSealingWorker> {
    const waiting = new AbortController();
    const died = once(worker, "exit", waiting).then((): FromSealingWorker => {
      return { kind: "failed", reason: "the thread ended" };
    });
    const answered = once(worker, "message", waiting).then(([message]) => message as FromSealingWorker);
    try {
      return await Promise.race([answered, died]);
    } finally {
      answered.catch(() => undefined);
      died.catch(() => undefined);
      waiting.abort();
    }
  }
}

/** Buffers cross threads as plain byte arrays. */
function revive(built: Built): Built {
  if (built.outcome === "stale") {
    const stale = built.stale.map(({ certificate, ocsp }) => ({
      certificate: {
        ...certificate,
        der: asBuffer(certificate.der),
        issuerDer: asBuffer(certificate.issuerDer),
      },
      ocsp: { ...ocsp, der: asBuffer(ocsp.der) },
    }));
    return { ...built, stale };
  }
  if (built.outcome === "nothing") return built;
  const { batch } = built;
  const [root, leaves, upper] = [batch.root, batch.leaves, batch.upper].map(asBuffer) as [
    Buffer,
    Buffer,
    Buffer,
  ];
  return { ...built, batch: { ...batch, root, leaves, upper } };
}
