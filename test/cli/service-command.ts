import type { Test } from "tap";
import { runCommandLine } from "../../src/cli/command-line.ts";

/** Runs a command line; what it prints is kept from the screen. @returns exit code, standard output, standard error */
export async function command(t: Test, ...args: string[]) {
  const out = t.capture(process.stdout, "write", () => true);
  const err = t.capture(process.stderr, "write", () => true);
  const words: string[] = [];
  try {
    const code = await runCommandLine(args, {
      out: process.stdout,
      err: { write: (text) => words.push(text) },
    });
    const text = (calls: ReturnType<typeof out>) => calls.map(({ args: [line] }) => String(line)).join("");
    return { code, out: text(out()), err: text(err()) + words.join("") };
  } finally {
    out.restore();
    err.restore();
  }
}
