import { globSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, relative } from "node:path";
import { accountOf, type RunResult, totalsLine } from "./account.ts";
import { longFiles } from "./long-files.ts";
import { planRuns, type Run } from "./plan-runs.ts";
import { runProcess } from "./run-process.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

/*
 * `npm test`: every test file, or those that are named, as `node FILE` would run it, a few processes at a time. Why not
 * tap's own runner: it loads into each process, and into each process that a test starts, a hook that takes every
 * module's text for coverage, which costs half a second of computing each time and which nobody here reads; and it
 * gives each file a process of its own, which loads and warms up the same again. What it prints is what that runner
 * prints: TAP, with the totals last.
 */

const root = join(import.meta.dirname, "../..");

/** What is to be run: the files that are named, each for itself, or all. */
function chosenRuns(named: readonly string[]): readonly Run[] {
  if (named.length > 0) return named.map((file) => [relative(root, file)]);
  const files = globSync("test/**/*.test.ts", { cwd: root }).sort();
  const runs = planRuns(files);
  const runOf = (file: string) => {
    const found = runs.find((run) => run.includes(file));
    if (found === undefined) throw new Error(`${file} is not there to be run first`);
    return found;
  };
  return [...new Set([...longFiles.map(runOf), ...runs])];
}

/** Runs all, `lanes` at a time, and tells of each when it is through. */
async function runAll(runs: readonly Run[], lanes: number): Promise<readonly RunResult[]> {
  const waiting = runs.values();
  const results: RunResult[] = [];
  const lane = async () => {
    for (const run of waiting) {
      const result = await runProcess(root, run);
      results.push(result);
      process.stdout.write(accountOf(result, results.length));
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return results;
}

process.env.TMPDIR = temporaryDirectory();
const started = performance.now();
const runs = chosenRuns(process.argv.slice(2));
process.stdout.write(`TAP version 14\n1..${runs.length}\n`);
const results = await runAll(runs, availableParallelism() + 1);
process.stdout.write(`${totalsLine(results)}\n# time=${Math.round(performance.now() - started)}ms\n`);
process.exitCode = results.length > 0 && results.every((result) => result.passed) ? 0 : 1;
