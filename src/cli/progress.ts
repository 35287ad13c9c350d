import { monotonic } from "../core/clock.ts";

/** Where progress is shown; the process's own standard error outside tests. */
export interface ProgressScreen {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

export interface Progress {
  /** Shows what is being done, at most ten times a second. */
  readonly tell: (what: string) => void;
  /** Takes it off the screen. */
  readonly end: () => void;
}

const every = 100;

/** One line that changes, on a terminal; nothing at all anywhere else. */
export function progressOn(screen: ProgressScreen = process.stderr): Progress {
  if (screen.isTTY !== true) return { tell: () => {}, end: () => {} };
  let last = Number.NEGATIVE_INFINITY;
  const tell = (what: string) => {
    if (monotonic() - last < every) return;
    last = monotonic();
    screen.write(`\r\u001b[K${what.slice(0, (screen.columns ?? 80) - 1)}`);
  };
  return { tell, end: () => void screen.write("\r\u001b[K") };
}
