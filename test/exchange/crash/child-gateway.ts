import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Death, type FromGatewayProcess, lastWords, type ToGatewayProcess } from "./death.ts";

const program = fileURLToPath(new URL("./gateway-process.ts", import.meta.url));

/**
 * A security server in a process of its own, started again on the same files after each death. A process that has
 * loaded the program already stands by, so that the next life begins at once.
 */
export class ChildGateway {
  /** What the process wrote, over all its lives. */
  readonly output: Buffer[] = [];
  http = 0;
  health = 0;
  readonly #configurationFile: string;
  #standby: Promise<ChildProcess>;
  #child: ChildProcess | undefined;

  constructor(configurationFile: string) {
    this.#configurationFile = configurationFile;
    this.#standby = this.#load();
  }

  get pid(): number {
    return this.#child!.pid!;
  }

  /** Of the last life; null when a signal ended it. */
  get exitCode(): number | null {
    return this.#child!.exitCode;
  }

  /** @throws Error with the output when it does not get ready */
  async start(): Promise<void> {
    const child = await this.#standby;
    this.#child = child;
    this.#standby = this.#load();
    tell(child, { kind: "start" });
    const ready = await this.#answer(child);
    if (ready.kind !== "ready") throw new Error(`it said ${ready.kind}`);
    this.http = ready.http;
    this.health = ready.health;
  }

  /** Has it die at a step. @returns resolves when it is dead, to the exchange in which it died */
  async arm(at: Death): Promise<{ readonly dead: Promise<string> }> {
    const child = this.#child!;
    const dead = once(child, "close").then(() => {
      const text = Buffer.concat(this.output).toString();
      if (child.signalCode !== "SIGKILL") throw new Error(`it ended by ${child.signalCode}: ${text}`);
      return text.slice(text.lastIndexOf(lastWords) + lastWords.length).trimEnd();
    });
    tell(child, { kind: "die", at });
    await this.#answer(child);
    return { dead };
  }

  /** Resolves when the process has ended. */
  async signal(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill(signal);
    await exited;
  }

  /** Ends the process and the one that stands by. */
  async close(): Promise<void> {
    await this.signal("SIGKILL");
    (await this.#standby).kill("SIGKILL");
  }

  async #load(): Promise<ChildProcess> {
    const stdio: ["ignore", "pipe", "pipe", "ipc"] = ["ignore", "pipe", "pipe", "ipc"];
    const cache = join(dirname(this.#configurationFile), "compile-cache");
    const env = { NODE_COMPILE_CACHE: cache, ...process.env };
    const child = fork(program, [this.#configurationFile], { execArgv: [], stdio, env });
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.on("data", (chunk: Buffer) => this.output.push(chunk));
    }
    await this.#answer(child);
    return child;
  }

  async #answer(child: ChildProcess): Promise<FromGatewayProcess> {
    const waiting = new AbortController();
    const died = once(child, "exit", waiting).then(() => {
      throw new Error(`the process ended: ${Buffer.concat(this.output)}`);
    });
    const answered = once(child, "message", waiting).then(([message]) => message as FromGatewayProcess);
    try {
      return await Promise.race([answered, died]);
    } finally {
      died.catch(() => {});
      waiting.abort();
    }
  }
}

function tell(child: ChildProcess, message: ToGatewayProcess): void {
  child.send(message);
}
