import { stat } from "node:fs/promises";

/** Changes when one of the files or directories changes, comes or goes; by what the file system says of them. */
export async function fingerprintSources(paths: readonly string[]): Promise<string> {
  const states = await Promise.all(paths.map(fingerprint));
  return states.join("\n");
}

async function fingerprint(path: string): Promise<string> {
  try {
    const { ino, size, mtimeMs, ctimeMs } = await stat(path);
    return `${path} ${ino} ${size} ${mtimeMs} ${ctimeMs}`;
  } catch {
    return `${path} missing`;
  }
}
