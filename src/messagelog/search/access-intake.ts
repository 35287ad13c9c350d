import type { Clock } from "../../core/clock.ts";
import type { After } from "../../pki/ocsp-stapler.ts";
import type { Signer } from "../../pki/signer.ts";
import { keepAccess, type LogAccess } from "../access-record.ts";
import type { MessageLog } from "../message-record.ts";
import type { AccessEntry, AccessSpool } from "./access-spool.ts";

export interface AccessIntakeOptions {
  readonly spool: AccessSpool;
  readonly log: Pick<MessageLog, "keep">;
  /** The server owner's. */
  readonly signer: Signer;
  readonly instance: string;
  readonly clock: Clock;
  readonly after: After;
  /** Told when reads wait that cannot be taken up. */
  readonly failed: (error: unknown) => void;
}

/** Milliseconds from one look into the folder to the next. */
const pause = 5_000;

/** Takes the reads that commands recorded into the log, each as a signed statement. */
export class AccessIntake {
  readonly #options: AccessIntakeOptions;
  #cancel: (() => void) | undefined;
  #running: Promise<void> = Promise.resolve();
  #closed = false;

  /** Begins at once: what waited while the server was down comes first. */
  constructor(options: AccessIntakeOptions) {
    this.#options = options;
    this.#running = this.#round();
  }

  /** Takes up what waits now. */
  async takeUp(): Promise<void> {
    await this.#running;
    this.#cancel?.();
    this.#running = this.#round();
    await this.#running;
  }

  async close(): Promise<void> {
    await this.takeUp();
    this.#closed = true;
    this.#cancel?.();
  }

  async #round(): Promise<void> {
    const { spool, after, failed } = this.#options;
    try {
      await spool.drain((entry) => this.#keep(entry));
    } catch (error) {
      failed(error);
    }
    if (!this.#closed) this.#cancel = after(pause, () => (this.#running = this.#round()));
  }

  #keep(entry: AccessEntry): Promise<void> {
    const { log, signer, instance, clock } = this.#options;
    const access: LogAccess = { ...entry, instance, taken: clock.now() };
    return keepAccess(log, signer, access);
  }
}
