/**
 * Runs something once, later; injected so that tests need not wait.
 * @param delay milliseconds
 * @returns what cancels it
 */
export type Schedule = (delay: number, run: () => void) => () => void;

/** By the machine's timers, which alone keep no process alive. */
export const timerSchedule: Schedule = (delay, run) => {
  const timer = setTimeout(run, delay);
  timer.unref();
  return () => clearTimeout(timer);
};
