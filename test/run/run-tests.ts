import { globSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, relative } from "node:path";
import { accountOf, type FileResult, totalsLine } from "./account.ts";
import { longFiles } from "./long-files.ts";
import { runFile } from "./run-file.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

/*
 * `npm test`: every test file in a process of its own, as `node FILE` would run it, a few at a time; or the files
 * that are named. Why not tap's own runner: it loads into each process, and into each process that a test starts, a
 * hook that takes every module's text for coverage, which costs half a second of computing each time and which
 * nobody here reads. What it prints is what that runner prints: TAP, with the totals last.
 */

const root = join(import.meta.dirname, "../..");

/** The files to run: those that are named, or all; those that take long are begun first, so that none is left alone at the end. */
function chosenFiles(named: readonly string[]): readonly string[] {
  if (named.length > 0) return named.map((file) => relative(root, file));
  const all = new Set(globSync("test/**/*.test.ts", { cwd: root }).sort());
  for (const file of longFiles) if (!all.has(file)) throw new Error(`${file} is not there to be run first`);
  return [...new Set([...longFiles, ...all])];
}

/** Runs the files, `lanes` at a time, and tells of each when it is through. */
async function runAll(files: readonly string[], lanes: number): Promise<readonly FileResult[]> {
  const waiting = files.values();
  const results: FileResult[] = [];
  const lane = async () => {
    for (const file of waiting) {
      const result = await runFile(root, file);
      results.push(result);
      process.stdout.write(accountOf(result, results.length));
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return results;
}

process.env.TMPDIR = temporaryDirectory();
const started = performance.now();
const files = chosenFiles(process.argv.slice(2));
process.stdout.write(`TAP version 14\n1..${files.length}\n`);
const results = await runAll(files, availableParallelism() + 1);
process.stdout.write(`${totalsLine(results)}\n# time=${Math.round(performance.now() - started)}ms\n`);
process.exitCode = results.length > 0 && results.every((result) => result.passed) ? 0 : 1;
