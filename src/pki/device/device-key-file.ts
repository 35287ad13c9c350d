import type { KeyObject } from "node:crypto";
import { dirname, resolve } from "node:path";
import schema from "../../../schemas/device-key/v1.schema.json" with { type: "json" };
import { parseConfiguration } from "../../core/configuration-file.ts";
import { SealwayError } from "../../core/errors.ts";
import { ownSchema } from "../../core/own-schema.ts";
import type { SigningAlgorithm } from "../algorithms.ts";
import { readPrivateFile } from "../key-file.ts";
import type { KeyOperation } from "../signer.ts";
import { type DeviceKey, deviceKeyOperation, deviceToken, keyObjectOf } from "./device-key.ts";

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
 * @param expected as for `deviceKeyOperation`
 * @throws ConfigurationError naming each fault of the file; SealwayError as `readPin` and `deviceKeyOperation`
 */
export async function openDeviceKey(path: string, text: string, expected?: KeyObject): Promise<KeyOperation> {
  const { pinFile, ...key } = parseConfiguration(path, text, validate).pkcs11;
  return deviceKeyOperation(key, await readPin(resolve(dirname(path), pinFile)), expected);
}

/** Where the PIN lies that the text of a key file names. @throws ConfigurationError naming each fault of the file */
export function pinFileIn(path: string, text: string): string {
  return resolve(dirname(path), parseConfiguration(path, text, validate).pkcs11.pinFile);
}

/** The first line of a file that its owner alone may read. @throws SealwayError `signer_unavailable` */
export async function readPin(path: string): Promise<string> {
  const pin = (await readPrivateFile(path)).split("\n")[0]!.trimEnd();
  if (pin === "") throw new SealwayError("signer_unavailable", `${path} has no PIN in its first line`);
  return pin;
}

/** A key that was made on a device, and the text of a key file that names it. */
export interface DeviceKeyMade {
  readonly publicKey: KeyObject;
  readonly text: string;
}

/**
 * Makes a key on a device.
 * @param path of a key file that says where, and under which label
 * @throws SealwayError `signer_unavailable` also when there is a key of this label; ConfigurationError for a faulty file
 */
export async function makeDeviceKey(path: string, jws: SigningAlgorithm["jws"]): Promise<DeviceKeyMade> {
  const { pinFile: file, ...key } = parseConfiguration(path, await readPrivateFile(path), validate).pkcs11;
  const { label, id } = key;
  if (label === undefined || id !== undefined)
    throw new SealwayError("signer_unavailable", `${path} must give the new key a label, and no id`);
  const pinFile = resolve(dirname(path), file);
  const token = deviceToken(key, await readPin(pinFile));
  const kind = jws === "ES256" ? "ec" : "rsa";
  const made = await token.ask({ ask: "make", label, kind }).catch((cause: Error) => {
    throw new SealwayError("signer_unavailable", `the device ${token.name}: ${cause.message}`, { cause });
  });
  return {
    publicKey: keyObjectOf(made.publicKey),
    text: writeDeviceKeyFile({ ...key, id: made.id, pinFile }),
  };
}

/** The text of a key file for a key of a device. */
export function writeDeviceKeyFile(key: DeviceKeyFile["pkcs11"]): string {
  return `${JSON.stringify({ pkcs11: key }, undefined, 2)}\n`;
}
