import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** The spool files of a directory that this process has open: they have no name, only a descriptor. */
export function openSpoolFiles(directory: string): string[] {
  return readdirSync("/proc/self/fd")
    .map((fd) => `/proc/self/fd/${fd}`)
    .filter((path) => linkOf(path).startsWith(`${directory}/spool-`));
}

/** What stands on the disk of an open spool file. */
export function bytesOnDisk(descriptor: string): Buffer {
  return readFileSync(descriptor);
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
