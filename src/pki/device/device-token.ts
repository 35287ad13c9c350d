import { type ChildProcess, fork } from "node:child_process";
import { equalSecret } from "../../core/bytes.ts";
import { monotonic } from "../../core/clock.ts";
import { DeviceError } from "./device-error.ts";
import type { DeviceAnswers, DeviceQuestion, DeviceReply, DeviceStart } from "./device-question.ts";

/** A device that answers nothing for so long is given up, milliseconds. */
const patience = 15_000;
/** Making a key takes longer than signing: an RSA key a minute on a small device. */
const makingFactor = 12;
/** After a failure others are told the same for so long, milliseconds, before the device is tried again. */
const pause = 1_000;

interface Pending {
  /** Which is asked. */
  readonly process: ChildProcess;
  readonly resolve: (answer: DeviceAnswers[keyof DeviceAnswers]) => void;
  readonly reject: (error: DeviceError) => void;
  readonly timer: NodeJS.Timeout;
}

/** Why a device cannot be used now. */
export interface DeviceLoss {
  /** Label or slot of the token, and its module. */
  readonly device: string;
  readonly error: DeviceError;
}

/**
 * A token, in a process of its own that is started when it is needed and again after it ended. Nothing that happens there
 * reaches this one: a library that crashes fails the signatures that wait for it, one that hangs is killed.
 */
export class DeviceToken {
  readonly name: string;
  readonly #start: DeviceStart;
  readonly #patience: number;
  readonly #pending = new Map<number, Pending>();
  #process: ChildProcess | undefined;
  #next = 0;
  #loss: { readonly error: DeviceError; readonly until: number } | undefined;
  #probe: NodeJS.Timeout | undefined;

  /** @param patienceMs how long a signature may take */
  constructor(start: DeviceStart, patienceMs = patience) {
    this.#start = start;
    this.#patience = patienceMs;
    this.name = `${start.token ?? `slot ${start.slot}`} of ${start.module}`;
  }

  /** How many signatures it makes at once. */
  get sessions(): number {
    return this.#start.sessions;
  }

  hasPin(pin: string): boolean {
    return equalSecret(Buffer.from(this.#start.pin), Buffer.from(pin));
  }

  /** Of its process, while one runs. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Undefined while the device answers, as far as is known. */
  get loss(): DeviceLoss | undefined {
    return this.#loss && { device: this.name, error: this.#loss.error };
  }

  /** @throws DeviceError */
  async ask<Ask extends DeviceQuestion["ask"]>(
    question: Extract<DeviceQuestion, { ask: Ask }>,
  ): Promise<DeviceAnswers[Ask]> {
    const loss = this.#loss;
    if (loss !== undefined && (loss.error.fault === "pin" || monotonic() < loss.until)) throw loss.error;
    try {
      const answer = (await this.#send(question)) as DeviceAnswers[Ask];
      this.#loss = undefined;
      return answer;
    } catch (error) {
      if ((error as DeviceError).fault !== "question") this.#lose(error as DeviceError);
      throw error;
    }
  }

  /** Ends the process; the next question starts another, as if nothing had been lost. */
  close(): void {
    clearTimeout(this.#probe);
    this.#probe = this.#loss = undefined;
    this.#process?.kill("SIGKILL");
    this.#process = undefined;
  }

  /** Who would use the device asks it: it is tried again beside them, so that nobody has to fail to find it back. */
  #lose(error: DeviceError): void {
    this.#loss = { error, until: monotonic() + pause };
    if (error.fault === "pin" || this.#probe !== undefined) return;
    this.#probe = setTimeout(() => {
      this.#probe = undefined;
      this.ask({ ask: "open" }).catch(() => undefined);
    }, pause + 50);
    this.#probe.unref();
  }

  #send(question: DeviceQuestion): Promise<DeviceAnswers[keyof DeviceAnswers]> {
    const process = this.#running();
    const number = this.#next++;
    return new Promise((resolve, reject) => {
      const longest = this.#patience * (question.ask === "make" ? makingFactor : 1);
      const timer = setTimeout(() => process.kill("SIGKILL"), longest);
      this.#pending.set(number, { process, resolve, reject, timer });
      process.ref();
      process.channel?.ref();
      process.send({ number, question }, (error) => {
        if (error) this.#settle(number)?.reject(new DeviceError(error.message, "device"));
      });
    });
  }

  #running(): ChildProcess {
    if (this.#process !== undefined) return this.#process;
    const { NODE_OPTIONS: _, ...environment } = process.env;
    const child = fork(new URL("./device-process.ts", import.meta.url), {
      execArgv: [],
      serialization: "advanced",
      // Signatures run in the pool of threads of that process.
      env: { ...environment, UV_THREADPOOL_SIZE: String(this.#start.sessions) },
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    this.#process = child;
    child.on("message", (reply: DeviceReply) => this.#take(reply));
    const end = (why: string) => this.#end(child, why);
    child.once("exit", (code, signal) => end(`the device's process ended (${signal ?? code})`));
    child.once("error", (error) => end(error.message));
    child.send(this.#start);
    letGo(child);
    return child;
  }

  /** Fails what one process was asked: a later one may have been started already. */
  #end(child: ChildProcess, why: string): void {
    if (this.#process === child) this.#process = undefined;
    const error = new DeviceError(why, "device");
    for (const [number, { process }] of [...this.#pending])
      if (process === child) this.#settle(number)?.reject(error);
  }

  #take(reply: DeviceReply): void {
    const pending = this.#settle(reply.number);
    if ("answer" in reply) pending?.resolve(reply.answer);
    else pending?.reject(new DeviceError(reply.failure, reply.fault));
  }

  #settle(number: number): Pending | undefined {
    const pending = this.#pending.get(number);
    clearTimeout(pending?.timer);
    this.#pending.delete(number);
    const isIdle = [...this.#pending.values()].every(({ process }) => process !== pending?.process);
    if (isIdle) letGo(pending?.process);
    return pending;
  }
}

/** It keeps this process alive no longer: nobody waits for an answer. */
function letGo(child: ChildProcess | undefined): void {
  child?.unref();
  child?.channel?.unref();
}
