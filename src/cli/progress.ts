import { monotonic } from "../core/clock.ts";

/** Where progress is shown; the process's own standard error outside tests. */
export interface ProgressScreen {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

export interface Progress {
  /** Says what is being done; most of what is said is not shown. */
  readonly tell: (what: string) => void;
  /** Takes it off a terminal. */
  readonly end: () => void;
}

/** Between two things that are shown, milliseconds: on a terminal, and in a log. */
const onTerminal = 100;
const inLog = 5_000;

/** One line that changes, on a terminal; elsewhere a line now and then, so that short work says nothing. */
export function progressOn(screen: ProgressScreen = process.stderr): Progress {
  const isTerminal = screen.isTTY === true;
  const every = isTerminal ? onTerminal : inLog;
  let last = isTerminal ? Number.NEGATIVE_INFINITY : monotonic();
  const tell = (what: string) => {
    if (monotonic() - last < every) return;
    last = monotonic();
    screen.write(isTerminal ? `\r\u001b[K${what.slice(0, (screen.columns ?? 80) - 1)}` : `${what}\n`);
  };
  return { tell, end: () => void (isTerminal && screen.write("\r\u001b[K")) };
}
