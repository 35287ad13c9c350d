import type { Clock } from "../../core/clock.ts";
import type { After } from "../../pki/ocsp-stapler.ts";
import { reasonOf } from "../side-tokens.ts";
import { type RenewalDesk, type RenewalOutcome, renew } from "./renew.ts";
import type { RenewalOrder, RenewalStep } from "./renewal-steps.ts";
import type { RenewalRules } from "./token-ages.ts";

export interface RenewalScheduleOptions {
  /** Builds what is ordered, beside the traffic. */
  readonly steps: (order: RenewalOrder) => AsyncIterable<RenewalStep>;
  readonly desk: Omit<RenewalDesk, "reason" | "progress">;
  readonly rules: RenewalRules;
  /** What an operator ordered and is not done; asked for at each look. */
  readonly orders: { waiting(): Promise<RenewalOrder | undefined>; done(): Promise<void> };
  /** Whether this node is the one that seals. */
  readonly holdsSealing: () => Promise<boolean>;
  readonly clock: Clock;
  readonly after: After;
}

/** Times are milliseconds since the epoch. */
export interface RenewalHealth {
  readonly state: "idle" | "running";
  /** Leaves of how many are done, while it runs. */
  readonly progress: { readonly done: number; readonly of: number } | undefined;
  /** When it was last looked for tokens that age. */
  readonly lookedAt: number | undefined;
  /** When something was renewed last, and how many tokens or records. */
  readonly last: { readonly at: number; readonly leaves: number } | undefined;
  readonly failure: { readonly since: number; readonly reason: string } | undefined;
}

/** How often it is looked for orders, and for tokens that age; a renewal that failed is tried again at the next look. */
const lookEvery = 60_000;
const checkEvery = 6 * 3_600_000;
const retryAfter = 15 * 60_000;

/** Renews what ages, and what is ordered, one after the other. */
export class RenewalSchedule {
  readonly #options: RenewalScheduleOptions;
  #cancel: (() => void) | undefined;
  #running: Promise<void> | undefined;
  #closed = false;
  #progress: RenewalHealth["progress"];
  #lookedAt: number | undefined;
  #nextCheck = 0;
  #last: RenewalHealth["last"];
  #failure: RenewalHealth["failure"];

  constructor(options: RenewalScheduleOptions) {
    this.#options = options;
  }

  start(): void {
    this.#schedule();
  }

  health(): RenewalHealth {
    return {
      state: this.#running === undefined ? "idle" : "running",
      progress: this.#progress,
      lookedAt: this.#lookedAt,
      last: this.#last,
      failure: this.#failure,
    };
  }

  /** Does what is due and what is ordered; resolves when that is done or failed. */
  look(): Promise<void> {
    this.#running ??= this.#work().finally(() => {
      this.#running = undefined;
      this.#progress = undefined;
      this.#schedule();
    });
    return this.#running;
  }

  /** A renewal that runs is broken off after its step: the next run completes it. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel?.();
    await this.#running;
  }

  #schedule(): void {
    this.#cancel?.();
    if (!this.#closed) this.#cancel = this.#options.after(lookEvery, () => void this.look());
  }

  async #work(): Promise<void> {
    const { clock, rules, orders, holdsSealing } = this.#options;
    const now = clock.now();
    try {
      if (!(await holdsSealing())) return;
      // The clock may have been set back. What failed is not tried again at each look.
      const isDue = now >= this.#nextCheck || this.#nextCheck - now > checkEvery;
      const ordered = await orders.waiting();
      if (!isDue && (ordered === undefined || this.#failure !== undefined)) return;
      if (ordered !== undefined) {
        await this.#renew(ordered, "command");
        await orders.done();
      }
      if (isDue) {
        await this.#renew({ method: "time-stamp", rules }, "expiry");
        this.#lookedAt = now;
        this.#nextCheck = now + checkEvery;
      }
      this.#failure = undefined;
    } catch (error) {
      this.#failure = { since: this.#failure?.since ?? now, reason: reasonOf(error) };
      this.#nextCheck = now + retryAfter;
    }
  }

  async #renew(order: RenewalOrder, reason: RenewalDesk["reason"]): Promise<RenewalOutcome> {
    const progress = (done: number, of: number) => {
      this.#progress = { done, of };
    };
    const steps = this.#whileOpen(this.#options.steps(order));
    const outcome = await renew(steps, { ...this.#options.desk, reason, progress });
    if (outcome.leaves > 0) this.#last = { at: this.#options.clock.now(), leaves: outcome.leaves };
    return outcome;
  }

  async *#whileOpen(steps: AsyncIterable<RenewalStep>): AsyncGenerator<RenewalStep> {
    for await (const step of steps) {
      if (this.#closed) throw new Error("the server is stopping");
      yield step;
    }
  }
}
