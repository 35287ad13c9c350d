import { createPrivateKey, type KeyObject, randomBytes } from "node:crypto";
import { link, open, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { SealwayError } from "../core/errors.ts";

/** Bytes; an RSA key of 8,192 bits has 6,500. */
const maxLength = 16_384;
const encryptedPem = /^-----BEGIN ENCRYPTED PRIVATE KEY-----\r?\n/;

/**
 * Writes a private key as encrypted PKCS#8 (PBES2, AES-256-CBC, PBKDF2 with node's few iterations: the
 * passphrase must be a random one). The file appears whole, readable by its owner only, or not at all.
 * @throws SealwayError `signer_unavailable` when there is such a file (a key is never overwritten) or the
 * passphrase is empty; errors of the file system as they are
 */
export async function writeKeyFile(path: string, privateKey: KeyObject, passphrase: string): Promise<void> {
  if (passphrase === "") throw new SealwayError("signer_unavailable", "a key file needs a passphrase");
  const pem = privateKey.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase });
  const unfinished = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  const file = await open(unfinished, "wx", 0o600);
  try {
    await file.writeFile(pem);
    await file.sync();
    await link(unfinished, path);
    await syncDirectory(dirname(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    throw new SealwayError("signer_unavailable", `there is a key file at ${path} already`, { cause: error });
  } finally {
    await file.close();
    await unlink(unfinished);
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** A key file is one, and the passphrase is not its own. */
export class WrongPassphrase extends SealwayError {}

/**
 * Reads a key file that `writeKeyFile` or `openssl pkcs8 -topk8` made.
 * @throws SealwayError `signer_unavailable` for a file that is missing, readable by group or others, or not
 * encrypted; WrongPassphrase, which is one, when it is not opened by the passphrase
 */
export async function loadKeyFile(path: string, passphrase: string): Promise<KeyObject> {
  return openKeyText(path, await readPrivateFile(path), passphrase);
}

/** The key in the text of a key file. @throws SealwayError `signer_unavailable`, naming the file; WrongPassphrase */
export function openKeyText(path: string, pem: string, passphrase: string): KeyObject {
  if (!encryptedPem.test(pem)) throw unusable(path, "is not an encrypted PKCS#8 file");
  try {
    return createPrivateKey({ key: pem, format: "pem", passphrase });
  } catch (cause) {
    const detail = `the file ${path} is not opened by the passphrase`;
    throw new WrongPassphrase("signer_unavailable", detail, { cause });
  }
}

/**
 * The text of a file that its owner alone may use; mode and content are of the same open file.
 * @throws SealwayError `signer_unavailable`
 */
export async function readPrivateFile(path: string): Promise<string> {
  const file = await open(path, "r").catch((cause: unknown) => {
    throw unusable(path, "cannot be opened", cause);
  });
  try {
    const { mode, size } = await file.stat();
    if ((mode & 0o077) !== 0)
      throw unusable(path, "may be used by others than its owner: set its mode to 0600");
    if (size > maxLength) throw unusable(path, "is too long for a key");
    return await file.readFile("latin1");
  } finally {
    await file.close();
  }
}

function unusable(path: string, problem: string, cause?: unknown): SealwayError {
  return new SealwayError("signer_unavailable", `the file ${path} ${problem}`, { cause });
}
