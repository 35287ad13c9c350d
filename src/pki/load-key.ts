import type { KeyObject } from "node:crypto";
import { namesDevice, openDeviceKey } from "./device/device-key-file.ts";
import { openKeyText, readPrivateFile } from "./key-file.ts";
import { keyOperation } from "./private-key.ts";
import type { KeyOperation } from "./signer.ts";

/**
 * The driver of a signing key, by its key file: encrypted PKCS#8, or the name of a key on a device.
 * @param passphrase of the first kind
 * @param expected the public key, where it is known: a device that is away now is waited for when it is to sign
 * @throws SealwayError `signer_unavailable`, `certificate_unfit`; ConfigurationError for a file of the second kind
 */
export async function loadKeyOperation(
  path: string,
  passphrase: string,
  expected?: KeyObject,
): Promise<KeyOperation> {
  const text = await readPrivateFile(path);
  return namesDevice(text)
    ? openDeviceKey(path, text, expected)
    : keyOperation(openKeyText(path, text, passphrase));
}
