import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Test } from "tap";

/** A directory of its own for one test, removed with it. */
export function logDirectory(t: Test): string {
  const directory = mkdtempSync(join(tmpdir(), "sealway-log-"));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
