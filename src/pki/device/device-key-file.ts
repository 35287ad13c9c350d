import { dirname, resolve } from "node:path";
import schema from "../../../schemas/device-key/v1.schema.json" with { type: "json" };
import { parseConfiguration } from "../../core/configuration-file.ts";
import { SealwayError } from "../../core/errors.ts";
import { ownSchema } from "../../core/own-schema.ts";
import { readPrivateFile } from "../key-file.ts";
import type { KeyOperation } from "../signer.ts";
import { type DeviceKey, deviceKeyOperation } from "./device-key.ts";

/** A key file that names a key on a device (`schemas/device-key/v1.schema.json`). */
interface DeviceKeyFile {
  readonly pkcs11: DeviceKey & { readonly pinFile: string };
}

const validate = ownSchema<DeviceKeyFile>(schema, { allErrors: true, verbose: true, useDefaults: true });

/** Whether the text of a key file is of this kind. */
export function namesDevice(text: string): boolean {
  return /^\s*\{/.test(text);
}

/**
 * Opens the key on a device that a key file names.
 * @param path of the file, for messages and relative paths in it
 * @throws ConfigurationError naming each fault of the file; SealwayError as `readPin` and `deviceKeyOperation`
 */
export async function openDeviceKey(path: string, text: string): Promise<KeyOperation> {
  const { pinFile, ...key } = parseConfiguration(path, text, validate).pkcs11;
  return deviceKeyOperation(key, await readPin(resolve(dirname(path), pinFile)));
}

/** The first line of a file that its owner alone may read. @throws SealwayError `signer_unavailable` */
export async function readPin(path: string): Promise<string> {
  const pin = (await readPrivateFile(path)).split("\n")[0]!.trimEnd();
  if (pin === "") throw new SealwayError("signer_unavailable", `${path} has no PIN in its first line`);
  return pin;
}

/** The text of a key file for a key of a device. */
export function writeDeviceKeyFile(key: DeviceKeyFile["pkcs11"]): string {
  return `${JSON.stringify({ pkcs11: key }, undefined, 2)}\n`;
}
