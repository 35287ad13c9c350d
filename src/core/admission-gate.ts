import { SealwayError } from "./errors.ts";

/**
 * Bounds the work in progress, in all and for each caller, before anything is parsed: a flood costs a 503 and nobody
 * uses up another's share.
 */
export class AdmissionGate {
  readonly #most: number;
  readonly #mostPerCaller: number;
  readonly #perCaller = new Map<string, number>();
  #running = 0;
  #drained: (() => void) | undefined;
  #draining = false;

  /** @param most calls in progress at once; one caller gets half of them */
  constructor(most: number) {
    this.#most = most;
    this.#mostPerCaller = Math.ceil(most / 2);
  }

  /** @throws SealwayError `draining`, `overloaded` */
  enter(caller: string): void {
    if (this.#draining) throw new SealwayError("draining", "no new exchange is begun");
    const own = this.#perCaller.get(caller) ?? 0;
    if (this.#running >= this.#most || own >= this.#mostPerCaller) {
      throw new SealwayError("overloaded", `${this.#running} calls are in progress`);
    }
    this.#running++;
    this.#perCaller.set(caller, own + 1);
  }

  leave(caller: string): void {
    this.#running--;
    const own = (this.#perCaller.get(caller) ?? 1) - 1;
    if (own > 0) this.#perCaller.set(caller, own);
    else this.#perCaller.delete(caller);
    if (this.#running === 0) this.#drained?.();
  }

  get running(): number {
    return this.#running;
  }

  get most(): number {
    return this.#most;
  }

  /** Whether new work is refused because the gate is to be closed. */
  get isDraining(): boolean {
    return this.#draining;
  }

  /** Refuses new work and resolves when what was begun has ended. */
  drain(): Promise<void> {
    this.#draining = true;
    if (this.#running === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#drained = resolve;
    });
  }
}
