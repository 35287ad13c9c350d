import { setImmediate as giveWay } from "node:timers/promises";
import type { Worker } from "node:worker_threads";
import type { Catalogue } from "../../catalogue/catalogue.ts";
import { AdmissionGate } from "../../core/admission-gate.ts";
import { SealwayError } from "../../core/errors.ts";
import type { ClientId } from "../../core/ids.ts";
import { startThread } from "../../messagelog/start-thread.ts";
import type { FormAnswer, FormQuestion, NewDescriptions } from "./form-worker.ts";

/** Documents that are read or wait for it; one client gets half of them. */
const mostWaiting = 16;
/** How long one may take, milliseconds: thirty times what the longest honest form takes. */
const longestReading = 15_000;
/** Descriptions that are handed over in one go before others have their turn. */
const atOnce = 100;

type AnswerTo<Question extends FormQuestion> = Extract<FormAnswer, { readonly kind: Question["kind"] }>;

/**
 * Reads forms and tables beside the traffic, one after another: a form of ten thousand questions takes half a second. The
 * thread starts with the first one, and anew after one that took too long.
 */
export class FormThread {
  readonly #gate = new AdmissionGate(mostWaiting);
  readonly #known = new Set<string>();
  #catalogue: Catalogue | undefined;
  #worker: Worker | undefined;
  #work: Promise<unknown> = Promise.resolve();

  /**
   * @param catalogue has every description that the question names
   * @throws SealwayError `invalid_body` naming the places; `overloaded`
   */
  async ask<Question extends FormQuestion>(
    client: ClientId,
    catalogue: Catalogue,
    question: Question,
  ): Promise<AnswerTo<Question>> {
    this.#gate.enter(client);
    try {
      const answered = this.#work.then(() => this.#ask(catalogue, question));
      this.#work = answered.catch(() => undefined);
      const answer = await answered;
      if (answer.kind === "refused") throw new SealwayError("invalid_body", answer.faults);
      return answer as AnswerTo<Question>;
    } finally {
      this.#gate.leave(client);
    }
  }

  async #ask(catalogue: Catalogue, question: FormQuestion): Promise<FormAnswer> {
    const worker = this.#start();
    if (question.kind === "form") await this.#handOver(worker, catalogue, question.visible);
    const { promise, resolve, reject } = Promise.withResolvers<FormAnswer>();
    const fail = () => {
      this.#worker = undefined;
      void worker.terminate();
      reject(new SealwayError("invalid_body", "it cannot be read, or takes too long"));
    };
    const timer = setTimeout(fail, longestReading);
    worker.once("message", resolve).once("exit", fail);
    worker.postMessage(question);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      worker.off("message", resolve).off("exit", fail);
    }
  }

  #start(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    this.#known.clear();
    this.#catalogue = undefined;
    this.#worker = startThread(new URL("./form-worker.ts", import.meta.url), undefined);
    return this.#worker;
  }

  async #handOver(worker: Worker, catalogue: Catalogue, wanted: readonly string[]): Promise<void> {
    const fresh = wanted.filter((sha256) => !this.#known.has(sha256));
    for (let first = 0; first < fresh.length; first += atOnce) {
      const some = fresh.slice(first, first + atOnce);
      // Copied: a view would bring the whole of the memory along in which it stands.
      const described = some.map((sha256) => {
        return { sha256, bytes: new Uint8Array(catalogue.byDigest(sha256)!.bytes) };
      });
      worker.postMessage({ kind: "descriptions", fresh: described, gone: [] } satisfies NewDescriptions);
      await giveWay();
    }
    for (const sha256 of fresh) this.#known.add(sha256);
    if (catalogue === this.#catalogue) return;
    this.#catalogue = catalogue;
    const gone = [...this.#known].filter((sha256) => catalogue.byDigest(sha256) === undefined);
    for (const sha256 of gone) this.#known.delete(sha256);
    worker.postMessage({ kind: "descriptions", fresh: [], gone } satisfies NewDescriptions);
  }
}
