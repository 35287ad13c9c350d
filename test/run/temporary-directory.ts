import { chmodSync, mkdtempSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const inMemory = "/dev/shm";
const enough = 4 * 1024 ** 3;

/**
 * A directory for the files of all tests, gone with this process: in memory where there is room. Logs and databases wait
 * for the disk at each commit, and no test takes the power away: what a killed process wrote is there on either.
 */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(hasRoom() ? inMemory : tmpdir(), "sealway-tests-"));
  // PostgreSQL, started by root, runs as another user, who must get to its own directory in this one.
  chmodSync(directory, 0o711);
  process.on("exit", () => rmSync(directory, { recursive: true, force: true }));
  for (const [signal, code] of [
    ["SIGHUP", 129],
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)
    process.on(signal, () => process.exit(code));
  return directory;
}

function hasRoom(): boolean {
  try {
    const { bavail, bsize } = statfsSync(inMemory);
    return bavail * bsize > enough;
  } catch {
    return false;
  }
}
