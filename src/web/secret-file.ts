import { open } from "node:fs/promises";
import { ConfigurationError } from "../core/configuration-file.ts";

/**
 * Reads a file that its owner alone may read.
 * @param key of the configuration that names it
 * @throws ConfigurationError
 */
export async function readSecretFile(path: string, key: string): Promise<Buffer> {
  const refuse = (problem: string, remedy: string) => {
    return new ConfigurationError("the configuration", [{ place: key, problem, remedy }]);
  };
  const file = await open(path, "r").catch((cause: NodeJS.ErrnoException) => {
    throw refuse(`${path} cannot be read (${cause.code})`, "Check path and permissions.");
  });
  try {
    if (((await file.stat()).mode & 0o077) !== 0)
      throw refuse(`${path} can be read by others`, "Let its owner alone read it (chmod 600).");
    const bytes = await file.readFile();
    if (bytes.length === 0) throw refuse(`${path} is empty`, "Write it.");
    return bytes;
  } finally {
    await file.close();
  }
}
