/** What a test registers for its end. */
interface Teardown {
  teardown(end: () => unknown): void;
}

type Run = () => void;

/** Whose timers run when a test says so, by the file that sets them; the others run by themselves. */
const files = { configuration: "/src/trust/schedule.ts", ocsp: "/src/pki/ocsp-stapler.ts" } as const;

/**
 * Holds back the timers by which gateways in this process poll the global configuration, refresh OCSP responses, seal
 * and try again: they last from seconds to hours. To be made before the gateways start.
 */
export class LongTimers {
  readonly #held = new Map<
    NodeJS.Timeout,
    { readonly run: Run; readonly file: string; readonly ms: number }
  >();

  constructor(t: Teardown) {
    const { setTimeout: set, clearTimeout: clear } = globalThis;
    const hold = (run: Run, ms = 0, ...rest: unknown[]): NodeJS.Timeout => {
      const stack = new Error().stack ?? "";
      const file = Object.values(files).find((name) => stack.includes(name));
      if (file === undefined) return set(run as (...args: unknown[]) => void, ms, ...rest);
      const timer = set(() => {}, 2 ** 31 - 1).unref();
      this.#held.set(timer, { run, file, ms });
      return timer;
    };
    const release = (timer: NodeJS.Timeout | undefined) => {
      if (timer !== undefined) this.#held.delete(timer);
      clear(timer);
    };
    Object.assign(globalThis, { setTimeout: Object.assign(hold, set), clearTimeout: release });
    t.teardown(() => Object.assign(globalThis, { setTimeout: set, clearTimeout: clear }));
  }

  /** Lets gateways poll: first the pause between two polls ends, then the next one is due. */
  poll(): void {
    this.#run(files.configuration, 10_000);
    this.#run(files.configuration, 30_000);
  }

  /** Ends the pause between two polls, so that one runs only if somebody wants it. */
  endPause(): void {
    this.#run(files.configuration, 10_000);
  }

  /** Has every timer of OCSP responses, sealing and second attempts run now. */
  refresh(): void {
    this.#run(files.ocsp);
  }

  #run(file: string, ms?: number): void {
    for (const [timer, held] of [...this.#held]) {
      if (held.file !== file || (ms !== undefined && held.ms !== ms)) continue;
      this.#held.delete(timer);
      clearTimeout(timer);
      held.run();
    }
  }
}
