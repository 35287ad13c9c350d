import { readFile } from "node:fs/promises";
import { namesDevice, pinFileIn } from "../../pki/device/device-key-file.ts";
import { consoleSecretPath } from "../console/console-secret.ts";
import { privateKeyFiles } from "../keys/private-key-files.ts";
import type { ServerConfiguration } from "../server-configuration.ts";

/** A secret that is not in the backup of a server, wherever an operator has put its file. */
export interface KeptApart {
  readonly what: string;
  readonly path: string;
}

/**
 * Secrets that are in clear, or open what is in a backup: whoever takes that must not have them. That of the console
 * goes with the vault, which has as much to be guarded.
 */
export async function keptApart(configuration: ServerConfiguration): Promise<KeptApart[]> {
  const { acme, management, masterKeyFile, passphraseFile, postgresql, stateDirectory } = configuration;
  const officers = management?.officers.map(({ key }) => key) ?? [];
  const keys = [...(await privateKeyFiles(configuration)), ...officers];
  const pins = await Promise.all(keys.map(pinFileOf));
  const secrets: readonly (readonly [what: string, path: string | undefined])[] = [
    ["the master key of the vault", masterKeyFile],
    ["the passphrase of the keys", passphraseFile],
    ["the password of PostgreSQL", postgresql?.passwordFile],
    ["the secret of the console", management && consoleSecretPath(stateDirectory)],
    ["the key of the management server", management?.key],
    ["the secret at the identity provider", management?.identityProvider?.clientSecretFile],
    ["the key of the account at the CA", acme?.externalAccount?.keyFile],
    ...[...new Set(pins)].map((path) => ["the PIN of a device", path] as const),
  ];
  return secrets.flatMap(([what, path]) => (path === undefined ? [] : [{ what, path }]));
}

/** @returns undefined for a key that is no device's, or is not there */
async function pinFileOf(path: string): Promise<string | undefined> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  return namesDevice(text) ? pinFileIn(path, text) : undefined;
}
