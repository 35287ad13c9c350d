import { readRestrictions } from "../exchange/restriction-document.ts";
import { EvidenceReader } from "../messagelog/evidence-reader.ts";
import type { LogReader, StoredRecord } from "../messagelog/message-store.ts";
import { erasedKeys } from "../messagelog/retention/erasure-statement.ts";
import { findingByPlace } from "../messagelog/search/find-by-place.ts";
import { openReader } from "./log-store.ts";
import { searchDirectory } from "./open-search.ts";
import { openServerVault } from "./open-vault.ts";
import { withoutHidden } from "./restricted-rows.ts";
import type { ServerConfiguration } from "./server-configuration.ts";

/**
 * Opens a server's log for reading, with the keys of its heads, beside the running server or without it. An exchange that
 * a restriction covers now is not found by its id: the log is asked by officers who may not know of it.
 * @param shows which records whoever asks may know of, by its id; all unless told
 * @throws MasterKeyError; errors of the file system and the store when there is no log
 */
export async function openEvidence(
  configuration: ServerConfiguration,
  shows: (record: StoredRecord) => boolean = () => true,
): Promise<EvidenceReader> {
  const log = findingByPlace(openReader(configuration), searchDirectory(configuration.stateDirectory));
  const vault = await openServerVault(configuration, new Set((await erasedKeys(log)).keys()));
  const restrictions = await readRestrictions(log, vault);
  const find = async (id: string) => withoutHidden((await log.find(id)).filter(shows), restrictions);
  const shown: LogReader = { ...log, find };
  return new EvidenceReader(shown, vault, configuration.bodiesDirectory);
}
