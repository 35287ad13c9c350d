import type { KeyObject } from "node:crypto";
import { open } from "node:fs/promises";
import { SealwayError } from "../core/errors.ts";
import { createMasterKey, loadMasterKeys } from "../messagelog/master-key.ts";

/**
 * The passphrase of the private key files: the first line of a file that its owner alone may read.
 * @throws SealwayError `signer_unavailable`
 */
export async function readPassphrase(path: string): Promise<string> {
  const file = await open(path, "r").catch((cause: NodeJS.ErrnoException) => {
    throw new SealwayError(
      "signer_unavailable",
      `the passphrase file ${path} cannot be read (${cause.code})`,
    );
  });
  try {
    if (((await file.stat()).mode & 0o077) !== 0) {
      throw new SealwayError("signer_unavailable", `${path} must be readable by its owner only (chmod 600)`);
    }
    const passphrase = (await file.readFile("utf8")).split("\n")[0]?.trimEnd() ?? "";
    if (passphrase === "") throw new SealwayError("signer_unavailable", `${path} is empty`);
    return passphrase;
  } finally {
    await file.close();
  }
}

/** The master keys of the vault (see `loadMasterKeys`); one is made at the first start. @throws MasterKeyError */
export async function loadOrCreateMasterKeys(path: string): Promise<readonly KeyObject[]> {
  try {
    return await loadMasterKeys(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  await createMasterKey(path);
  return loadMasterKeys(path);
}
