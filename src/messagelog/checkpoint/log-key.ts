import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { access } from "node:fs/promises";
import { join } from "node:path";
import { SealwayError } from "../../core/errors.ts";
import { loadKeyFile, writeKeyFile } from "../../pki/key-file.ts";

/** Where a server has it. */
export function logKeyPath(stateDirectory: string): string {
  return join(stateDirectory, "log-key.pem");
}

/**
 * The Ed25519 key with which a server signs checkpoints of its log and cosigns those of others; made when there is
 * none, encrypted like other keys.
 * @throws SealwayError `signer_unavailable` when the file is not such a key, or the passphrase not its
 */
export async function loadOrCreateLogKey(path: string, passphrase: string): Promise<KeyObject> {
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  if (!isThere) await writeKeyFile(path, generateKeyPairSync("ed25519").privateKey, passphrase);
  const key = await loadKeyFile(path, passphrase);
  if (key.asymmetricKeyType !== "ed25519") {
    throw new SealwayError("signer_unavailable", `${path} does not hold an Ed25519 key`);
  }
  return key;
}
