import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A process of the country, as it is started. */
export interface ProcessPlan {
  /** What progress and log file call it. */
  readonly name: string;
  /** The script below `src` and its arguments. */
  readonly script: string;
  readonly args: readonly string[];
  /** Whether a JSON line that it wrote says that it is ready. */
  readonly isReady: (line: Readonly<Record<string, unknown>>) => boolean;
}

/** A process of the country that runs. */
export interface RunningProcess {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  /** Rejects with its last lines when it ends before it is ready. */
  readonly ready: Promise<unknown>;
  /** Resolves with the first later JSON line that fits. @throws Error when the process ends first */
  nextLine(fits: ProcessPlan["isReady"]): Promise<Readonly<Record<string, unknown>>>;
  signal(signal: NodeJS.Signals): void;
  /** Asks it to end, forces it when it takes too long, and resolves when it has. */
  stop(): Promise<void>;
}

/** How long a process may take until it is ready, milliseconds; a busy machine needs ten seconds. */
const readyWithin = 60_000;
/** How long it may take to end by itself, milliseconds; a gateway waits for its time-stamp for ten seconds. */
const stopWithin = 15_000;
const shownOfLog = 5;

/** As the launcher's first line has it. */
const heap = "--max-semi-space-size=16";
const leash = new URL("./leash.ts", import.meta.url).href;
const source = fileURLToPath(new URL("../..", import.meta.url));

/**
 * Starts a process. It gets a process group of its own, so that Ctrl-C reaches only us, and a leash, so that it never
 * outlives us.
 * @param logFile where all that it writes goes
 * @param nodeArguments for node itself
 */
export function startProcess(
  plan: ProcessPlan,
  logFile: string,
  nodeArguments: readonly string[],
): RunningProcess {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const args = [heap, `--import=${leash}`, ...nodeArguments, `${source}${plan.script}`, ...plan.args];
  const child = spawn(process.execPath, args, {
    detached: true,
    env: { ...env, NODE_NO_WARNINGS: "1" },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  return new Running(plan, child, logFile);
}

interface Waiter {
  readonly fits: ProcessPlan["isReady"];
  readonly resolve: (line: Readonly<Record<string, unknown>>) => void;
  readonly reject: (error: Error) => void;
}

class Running implements RunningProcess {
  readonly name: string;
  readonly logFile: string;
  readonly ready: Promise<unknown>;
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #last: string[] = [];
  #waiters: readonly Waiter[] = [];
  #end: string | undefined;

  constructor({ name, isReady }: ProcessPlan, child: ChildProcess, logFile: string) {
    this.name = name;
    this.logFile = logFile;
    this.ready = this.nextLine(isReady);
    const late = setTimeout(() => child.kill("SIGKILL"), readyWithin);
    this.ready.then(
      () => clearTimeout(late),
      () => clearTimeout(late),
    );
    this.#child = child;
    const log = createWriteStream(logFile, { flags: "a", mode: 0o600 });
    for (const stream of [child.stdout!, child.stderr!]) {
      createInterface({ input: stream }).on("line", (line) => {
        log.write(`${line}\n`);
        this.#read(line);
      });
    }
    this.#ended = new Promise((resolve) => {
      const ended = (how: string) => {
        log.end();
        this.#finish(how);
        resolve();
      };
      child.once("close", (code, signal) =>
        ended(signal === null ? `ended with code ${code}` : `was ended by ${signal}`),
      );
      child.once("error", (error) => ended(`could not be started: ${error.message}`));
    });
  }

  get pid(): number {
    return this.#child.pid!;
  }

  nextLine(fits: ProcessPlan["isReady"]): Promise<Readonly<Record<string, unknown>>> {
    return new Promise((resolve, reject) => {
      if (this.#end !== undefined) reject(this.#failure());
      else this.#waiters = [...this.#waiters, { fits, resolve, reject }];
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async stop(): Promise<void> {
    if (this.#end !== undefined) return;
    const force = setTimeout(() => this.#child.kill("SIGKILL"), stopWithin);
    this.#child.kill("SIGTERM");
    await this.#ended;
    clearTimeout(force);
  }

  #read(line: string): void {
    if (!/^\s+at /.test(line)) this.#last.push(line);
    if (this.#last.length > shownOfLog) this.#last.shift();
    const json = parseLine(line);
    if (json === undefined) return;
    const met = this.#waiters.filter(({ fits }) => fits(json));
    this.#waiters = this.#waiters.filter((waiter) => !met.includes(waiter));
    for (const { resolve } of met) resolve(json);
  }

  #finish(how: string): void {
    this.#end = how;
    for (const { reject } of this.#waiters) reject(this.#failure());
    this.#waiters = [];
  }

  #failure(): Error {
    return new Error(
      `the process ${this.name} ${this.#end}; ${this.logFile} ends with:\n${this.#last.join("\n")}`,
    );
  }
}

function parseLine(line: string): Readonly<Record<string, unknown>> | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
