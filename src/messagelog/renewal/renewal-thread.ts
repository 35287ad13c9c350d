import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { asBuffer } from "../../core/bytes.ts";
import type { SealingWorkerData } from "../sealing-worker.ts";
import type { RenewalStep, RenewalTask } from "./renewal-steps.ts";
import type { FromRenewalWorker, RenewalWorkerData } from "./renewal-worker.ts";

/**
 * Builds a renewal in a thread of its own, which ends with it. No step is made before the one before it was taken.
 * @throws Error when the log cannot be read, was altered, or the thread died
 */
export async function* renewalSteps(data: SealingWorkerData, task: RenewalTask): AsyncGenerator<RenewalStep> {
  const worker = new Worker(new URL("./renewal-worker.ts", import.meta.url), {
    name: "renewal",
    workerData: { ...data, task } satisfies RenewalWorkerData,
    execArgv: [],
  });
  worker.unref();
  // Its end follows, and whoever waits for a step learns of it.
  worker.on("error", () => undefined);
  const ended = once(worker, "exit").then(
    (): FromRenewalWorker => ({ kind: "failed", reason: "the thread ended" }),
  );
  try {
    for (;;) {
      const answered = once(worker, "message").then(([message]) => message as FromRenewalWorker);
      worker.postMessage("next");
      const message = await Promise.race([answered, ended]);
      if (message.kind === "failed") throw new Error(`the renewal cannot be built: ${message.reason}`);
      if (message.kind === "done") return;
      yield revive(message.step);
    }
  } finally {
    worker.postMessage("close");
    await ended;
  }
}

/** Buffers cross threads as plain byte arrays. */
function revive(step: RenewalStep): RenewalStep {
  if (step.step === "leaves") {
    return { ...step, document: { ...step.document, bytes: asBuffer(step.document.bytes) } };
  }
  if (step.step === "progress") return step;
  const { tree } = step;
  const signers = tree.signers.map(({ certificate, issuer }) => {
    return { certificate: asBuffer(certificate), issuer: asBuffer(issuer) };
  });
  return { ...step, tree: { ...tree, root: asBuffer(tree.root), signers } };
}
