import { EvidenceReader } from "../messagelog/evidence-reader.ts";
import { erasedKeys } from "../messagelog/retention/erasure-statement.ts";
import { findingByPlace } from "../messagelog/search/find-by-place.ts";
import { openReader } from "./log-store.ts";
import { searchDirectory } from "./open-search.ts";
import { openServerVault } from "./open-vault.ts";
import type { ServerConfiguration } from "./server-configuration.ts";

/**
 * Opens a server's log for reading, with the keys of its heads, beside the running server or without it.
 * @throws MasterKeyError; errors of the file system and the store when there is no log
 */
export async function openEvidence(configuration: ServerConfiguration): Promise<EvidenceReader> {
  const log = findingByPlace(openReader(configuration), searchDirectory(configuration.stateDirectory));
  const vault = await openServerVault(configuration, new Set((await erasedKeys(log)).keys()));
  return new EvidenceReader(log, vault, configuration.bodiesDirectory);
}
