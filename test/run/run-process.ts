import { spawn } from "node:child_process";
import { type FileResult, totalsOf } from "./account.ts";

/** Seconds after which tap, in the process, ends a test that does not end; and after which its process is killed. */
const patience = { test: 300, process: 330 };

/**
 * One test file run as a process of its own. It passed if the process ended with 0 after telling its totals: one that
 * dies, hangs, or ends before it has tested anything did not.
 */
export async function runFile(root: string, file: string): Promise<FileResult> {
  const started = performance.now();
  const child = spawn(process.execPath, [file], {
    cwd: root,
    env: { ...process.env, TAP_TIMEOUT: String(patience.test) },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: patience.process * 1000,
    killSignal: "SIGKILL",
  });
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
  const exit = await new Promise<string>((resolve) => {
    child.on("error", (error) => resolve(error.message));
    child.on("close", (code, signal) => resolve(signal ?? String(code)));
  });
  const output = Buffer.concat(chunks).toString();
  const totals = totalsOf(output);
  const passed = exit === "0" && totals.total > 0 && totals.fail === 0;
  return { file, passed, exit, output, totals, milliseconds: performance.now() - started };
}
