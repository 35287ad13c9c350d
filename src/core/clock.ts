/** The only source of time in Sealway, injected everywhere so that tests can move it. */
export interface Clock {
  /** Milliseconds since the epoch (wall clock). */
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };

/** Milliseconds on a clock that never steps; for durations and time-outs only. */
export function monotonic(): number {
  return performance.now();
}
