import { join } from "node:path";
import { EvidenceReader } from "../messagelog/evidence-reader.ts";
import { loadMasterKey } from "../messagelog/master-key.ts";
import { openVault } from "../messagelog/vault.ts";
import { openLogReader } from "../store/sqlite/log-reader.ts";
import type { ServerConfiguration } from "./server-configuration.ts";

/**
 * Opens a server's log for reading, with the keys of its heads, beside the running server or without it.
 * @throws MasterKeyError; errors of the file system and the store when there is no log
 */
export async function openEvidence({ stateDirectory }: ServerConfiguration): Promise<EvidenceReader> {
  const masterKey = await loadMasterKey(join(stateDirectory, "master.key"));
  const vault = await openVault(join(stateDirectory, "vault"), masterKey);
  const log = openLogReader(join(stateDirectory, "log"));
  return new EvidenceReader(log, vault, join(stateDirectory, "bodies"));
}
