import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { DocumentError } from "../trust/document-error.ts";

/**
 * A key of the authority that outlives those that a root names; it is made when there is none. Of a demonstration it may
 * stand in clear, as the other keys of an authority.
 * @throws DocumentError when it cannot be used
 */
export async function loadOrCreateEd25519Key(
  path: string,
  passphrase: string | undefined,
): Promise<KeyObject> {
  const pem = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (pem === undefined) {
    const { privateKey } = generateKeyPairSync("ed25519");
    const encryption = passphrase === undefined ? {} : { cipher: "aes-256-cbc", passphrase };
    const made = privateKey.export({ type: "pkcs8", format: "pem", ...encryption });
    await writeFile(path, made, { mode: 0o600, flag: "wx" });
    return privateKey;
  }
  try {
    return createPrivateKey(passphrase === undefined ? pem : { key: pem, passphrase });
  } catch (cause) {
    throw new DocumentError(path, "", `not a key that can be used: ${(cause as Error).message}`, { cause });
  }
}
