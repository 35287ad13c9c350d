import type { Run } from "./plan-runs.ts";

const counters = ["total", "pass", "fail", "skip"] as const;

/** How many tests of each kind, as tap counts them. */
export type Totals = Readonly<Record<(typeof counters)[number], number>>;

/** What came of the test files of one process. */
export interface RunResult {
  readonly run: Run;
  readonly passed: boolean;
  /** The exit code, the signal that ended it, or why it could not be started. */
  readonly exit: string;
  /** What it wrote to its two streams: TAP, among other lines. */
  readonly output: string;
  readonly totals: Totals;
  readonly milliseconds: number;
}

/** The totals that a process told last, in `# { total: 7, pass: 6, fail: 1 }`; nothing counted when it told none. */
export function totalsOf(output: string): Totals {
  const line = output.match(/^# \{ total: .*\}$/gm)?.at(-1) ?? "";
  const count = (counter: string) => Number(line.match(new RegExp(`\\b${counter}: (\\d+)`))?.[1] ?? 0);
  return Object.fromEntries(counters.map((counter) => [counter, count(counter)])) as Totals;
}

/** All totals in one line of the same form. A process that failed without a failed test counts as one. */
export function totalsLine(results: readonly RunResult[]): string {
  const broken = results.filter((result) => !result.passed && result.totals.fail === 0).length;
  const sum = (counter: keyof Totals) =>
    results.reduce(
      (before, { totals }) => before + totals[counter],
      /^(?:total|fail)$/.test(counter) ? broken : 0,
    );
  return `# { ${counters.map((counter) => `${counter}: ${sum(counter)}`).join(", ")} }`;
}

/** What is printed of a process: one line, after what it left out; all that it wrote when it failed. */
export function accountOf(result: RunResult, number: number): string {
  const { run, passed, exit, output, milliseconds } = result;
  const files = run.join(" ");
  const lines = output.split("\n").filter((line) => line !== "" && (!passed || / # SKIP\b/.test(line)));
  const body = lines.map((line) => `    ${line}\n`).join("");
  const heading = lines.length > 0 ? `# Subtest: ${files}\n` : "";
  const verdict = passed ? "ok" : "not ok";
  const ended = passed ? "" : ` (ended with ${exit})`;
  return `${heading}${body}${verdict} ${number} - ${files}${ended} # time=${Math.round(milliseconds)}ms\n`;
}
