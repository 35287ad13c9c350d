import { open } from "node:fs/promises";
import { SealwayError } from "../../core/errors.ts";

/**
 * The password of the database: the first line of a file that its owner alone may read. Read at each connection, so
 * that it can be changed under a running server.
 * @throws SealwayError `log_unavailable`
 */
export async function readPassword(path: string): Promise<string> {
  const file = await open(path, "r").catch((cause: NodeJS.ErrnoException) => {
    throw new SealwayError("log_unavailable", `the password file ${path} cannot be read (${cause.code})`);
  });
  try {
    if (((await file.stat()).mode & 0o077) !== 0) {
      throw new SealwayError("log_unavailable", `${path} must be readable by its owner only (chmod 600)`);
    }
    const password = (await file.readFile("utf8")).split("\n")[0]?.trimEnd() ?? "";
    if (password === "") throw new SealwayError("log_unavailable", `${path} is empty`);
    return password;
  } finally {
    await file.close();
  }
}
