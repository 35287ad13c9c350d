import { loadMasterKeys } from "../messagelog/master-key.ts";
import { type KeyVault, openVault } from "../messagelog/vault.ts";
import type { ServerConfiguration } from "./server-configuration.ts";

/** Where a server's keys are. */
export type VaultPlace = Pick<ServerConfiguration, "vaultDirectory" | "masterKeyFile">;

/**
 * Opens a server's key vault, beside the running server or without it.
 * @param erased keys (UUIDs) that the log says are destroyed
 * @throws MasterKeyError; errors of the file system
 */
export async function openServerVault(
  { vaultDirectory, masterKeyFile }: VaultPlace,
  erased?: ReadonlySet<string>,
): Promise<KeyVault> {
  return openVault(vaultDirectory, await loadMasterKeys(masterKeyFile), erased);
}
