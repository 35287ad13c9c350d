import { availableParallelism } from "node:os";
import { setImmediate } from "node:timers/promises";
import { monotonic } from "../../core/clock.ts";
import type { PackageVerdict, VerifyOptions } from "../evidence/verify-package.ts";
import { ThreadTrial } from "./thread-trial.ts";
import { type PackageAnswers, verifySome } from "./verify-some.ts";
import { VerifyThreads } from "./verify-threads.ts";

export interface VerifyPackagesOptions extends VerifyOptions {
  /** Threads, this one included; 0 stands for as many as make it faster. */
  readonly threads: number;
}

/** How many packages are handed out at once: fewer messages between threads, and verdicts soon enough to be told. */
const handful = 16;

/**
 * Verifies packages here and, where that is faster, in threads beside.
 * @yields each verdict with its path, in the order of the paths
 * @throws Error of the file system
 */
export async function* verifyPackages(
  paths: readonly string[],
  options: VerifyPackagesOptions,
): AsyncGenerator<{ readonly path: string; readonly verdict: PackageVerdict }> {
  const work = new PackageWork(paths, options);
  try {
    for (let from = 0; from < paths.length; from += handful) {
      const { verdicts, failure } = await work.answersFrom(from);
      for (const [i, verdict] of verdicts.entries()) yield { path: paths[from + i]!, verdict };
      if (failure !== undefined) throw failure;
    }
  } finally {
    await work.close();
  }
}

/** Hands out packages, a handful at a time. */
class PackageWork {
  readonly #paths: readonly string[];
  readonly #options: VerifyPackagesOptions;
  readonly #threads: VerifyThreads;
  readonly #trial: ThreadTrial | undefined;
  /** What was handed out and not told, by the place of its first path. */
  readonly #answers = new Map<number, Promise<PackageAnswers>>();
  readonly #ready = new Set<number>();
  #next = 0;
  #done = 0;
  /** Handfuls that are with threads. */
  #away = 0;

  constructor(paths: readonly string[], options: VerifyPackagesOptions) {
    this.#paths = paths;
    this.#options = options;
    const { anchor, at, threads } = options;
    const most = (threads || availableParallelism()) - 1;
    this.#threads = new VerifyThreads({ anchor, last: undefined, at }, most);
    this.#trial = threads === 0 ? new ThreadTrial(most, monotonic()) : undefined;
  }

  close(): Promise<void> {
    return this.#threads.close();
  }

  /** Of the handful that begins there, which is the next to be told. */
  async answersFrom(from: number): Promise<PackageAnswers> {
    while (!this.#ready.has(from)) {
      const wanted = this.#wanted();
      while (this.#away < 2 * wanted && this.#mayHandOut(from, wanted)) this.#handOut("a thread");
      if (this.#mayHandOut(from, wanted)) await this.#handOut("here");
      else await this.#answers.get(from);
      // So that threads are heard.
      if (this.#away > 0) await setImmediate();
    }
    const answers = await this.#answers.get(from)!;
    this.#answers.delete(from);
    this.#ready.delete(from);
    return answers;
  }

  #wanted(): number {
    const { threads } = this.#options;
    if (this.#trial === undefined) return threads - 1;
    return this.#trial.wanted(monotonic(), this.#done, this.#paths.length - this.#done);
  }

  /** A few are begun before they are told, so that no thread waits. */
  #mayHandOut(from: number, threads: number): boolean {
    return this.#next < this.#paths.length && this.#next - from <= 4 * threads * handful;
  }

  async #runAway(paths: readonly string[]): Promise<PackageAnswers> {
    const { verdicts } = await this.#threads.run({ kind: "packages", paths });
    // What a thread could not read is met here again: no error of the file system comes whole from there.
    const rest = await verifySome(paths.slice(verdicts.length), this.#options);
    return { ...rest, verdicts: [...verdicts, ...rest.verdicts] };
  }

  #handOut(to: "here" | "a thread"): Promise<PackageAnswers> {
    const from = this.#next;
    const paths = this.#paths.slice(from, from + handful);
    this.#next += handful;
    const isAway = to === "a thread";
    if (isAway) this.#away++;
    const work = isAway ? this.#runAway(paths) : verifySome(paths, this.#options);
    const answers = work
      .catch((failure: Error) => ({ verdicts: [], failure }))
      .then((result) => {
        if (isAway) this.#away--;
        this.#done += paths.length;
        this.#ready.add(from);
        return result;
      });
    this.#answers.set(from, answers);
    return answers;
  }
}
