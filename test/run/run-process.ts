import { spawn } from "node:child_process";
import { type RunResult, totalsOf } from "./account.ts";
import type { Run } from "./plan-runs.ts";

/** Seconds after which tap, in the process, ends a test that does not end; and after which its process is killed. */
const patience = { test: 300, process: 330 };

/** Room for what is young: a process that tests makes much that lives shortly, and spends a fifteenth less with this. */
const heap = "--max-semi-space-size=32";
const together = new URL("./load-together.ts", import.meta.url).href;

/**
 * Test files run in a process of their own. They passed if it ended with 0 after telling its totals: a process that
 * dies, hangs, or ends before it has tested anything did not. What it started ends with it, for it may hold open the
 * streams that are read here, and all ends with this process.
 */
export async function runProcess(root: string, run: Run): Promise<RunResult> {
  const started = performance.now();
  const [file, ...others] = run;
  const shared = others.length > 0;
  const child = spawn(process.execPath, [heap, ...(shared ? [`--import=${together}`] : []), file!], {
    cwd: root,
    env: {
      ...process.env,
      ...(shared && { TESTS_BESIDE: others.join(" ") }),
      TAP_TIMEOUT: String(patience.test),
    },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
    timeout: patience.process * 1000,
    killSignal: "SIGKILL",
  });
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
  const end = () => {
    try {
      process.kill(-child.pid!, "SIGKILL");
    } catch {
      // Nothing is left of it.
    }
  };
  process.prependListener("exit", end);
  child.on("exit", end);
  const exit = await new Promise<string>((resolve) => {
    child.on("error", (error) => resolve(error.message));
    child.on("close", (code, signal) => resolve(signal ?? String(code)));
  });
  process.off("exit", end);
  const output = Buffer.concat(chunks).toString();
  const totals = totalsOf(output);
  const passed = exit === "0" && totals.total > 0 && totals.fail === 0;
  return { run, passed, exit, output, totals, milliseconds: performance.now() - started };
}
