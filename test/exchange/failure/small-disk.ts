import { execFileSync } from "node:child_process";
import { mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Puts a disk in memory on a directory.
 * @param size as tmpfs takes it, `64k`
 * @returns what takes it away again
 */
export function mountSmallDisk(directory: string, size: string): () => void {
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "sealway-test", directory], { stdio: "pipe" });
  return () => void execFileSync("umount", ["-l", directory], { stdio: "pipe" });
}

/** Why tests that fill a disk are skipped on this machine; false when it lets this user mount one. */
export function whyNoSmallDisk(): string | false {
  const directory = mkdtempSync(join(tmpdir(), "sealway-disk-"));
  try {
    mountSmallDisk(directory, "64k")();
    return false;
  } catch {
    return "a full disk needs the right to mount a small one";
  } finally {
    rmdirSync(directory);
  }
}
