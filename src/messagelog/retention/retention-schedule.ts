import type { Clock } from "../../core/clock.ts";
import type { After } from "../../pki/ocsp-stapler.ts";
import { dayLength } from "../key-purpose.ts";
import type { RetentionReports } from "./retention-orders.ts";

export interface ScheduleOptions {
  /** Destroys what is due. Resolves to undefined where another node of the cluster does it. */
  run(): Promise<RetentionReports["run"] | undefined>;
  /** `02:30`, UTC. */
  readonly runAt: string;
  readonly clock: Clock;
  readonly after: After;
  /** Told of each run, or why there was none. */
  done(report: RetentionReports["run"]): void;
  failed(error: unknown): void;
}

/**
 * After a start, and after a run that failed, or was another node's to do, which may have died; milliseconds. A day that
 * was missed is made up for.
 */
const firstRun = 60_000;
const nextTry = 60 * 60_000;

/** Has keys whose time has come destroyed once a day. */
export class RetentionSchedule {
  readonly #options: ScheduleOptions;
  #cancel = () => {};
  #running: Promise<void> = Promise.resolve();
  #closed = false;
  /** Since when runs have failed, milliseconds; undefined when the last one did not. */
  failingSince: number | undefined;

  constructor(options: ScheduleOptions) {
    this.#options = options;
    this.#schedule(firstRun);
  }

  /** When no run is under way. */
  idle(): Promise<void> {
    return this.#running;
  }

  /** No further run; one that is under way ends. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel();
    await this.#running;
  }

  #schedule(ms: number): void {
    if (this.#closed) return;
    this.#cancel = this.#options.after(ms, () => {
      this.#running = this.#run();
    });
  }

  async #run(): Promise<void> {
    const { run, clock, done, failed } = this.#options;
    try {
      const report = await run();
      this.failingSince = undefined;
      if (report !== undefined) done(report);
      this.#schedule(report === undefined ? nextTry : this.#untilNext());
    } catch (error) {
      this.failingSince ??= clock.now();
      failed(error);
      this.#schedule(nextTry);
    }
  }

  #untilNext(): number {
    const [hours, minutes] = this.#options.runAt.split(":").map(Number);
    const at = (hours! * 60 + minutes!) * 60_000;
    const now = this.#options.clock.now() % dayLength;
    return now < at ? at - now : at + dayLength - now;
  }
}
