import type { Schedule } from "../../src/trust/schedule.ts";

/** Timers that run when a test says so. */
export class ManualSchedule {
  readonly #waiting = new Set<{ readonly delay: number; readonly run: () => void }>();

  readonly schedule: Schedule = (delay, run) => {
    const entry = { delay, run };
    this.#waiting.add(entry);
    return () => this.#waiting.delete(entry);
  };

  /** The delays of what waits. */
  get delays(): number[] {
    return [...this.#waiting].map(({ delay }) => delay);
  }

  /** Runs what was planned with this delay. */
  run(delay: number): void {
    for (const entry of [...this.#waiting]) {
      if (entry.delay !== delay) continue;
      this.#waiting.delete(entry);
      entry.run();
    }
  }
}
