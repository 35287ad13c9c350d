import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const made: string[] = [];
process.on("exit", () => {
  for (const directory of made) rmSync(directory, { recursive: true, force: true });
});

/** A new directory for the files of a test, gone when its process ends. */
export function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "sealway-test-"));
  made.push(directory);
  return directory;
}
