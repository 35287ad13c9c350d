import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { spoolFilePrefix } from "../exchange/spool-file.ts";

/** A kill between the birth of a spool file and the loss of its name leaves it behind; nothing reads it any more. */
export async function clearSpool(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const names = (await readdir(directory)).filter((name) => name.startsWith(spoolFilePrefix));
  await Promise.all(names.map((name) => rm(join(directory, name), { force: true })));
}
