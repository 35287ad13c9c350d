import { join } from "node:path";
import type { Clock } from "../core/clock.ts";
import { BodyFiles } from "../messagelog/body-files.ts";
import { checkLog, type LogCheckResult } from "../messagelog/check/check-log.ts";
import { openVault } from "../messagelog/vault.ts";
import type { ConfigurationIndex } from "../trust/configuration-index.ts";
import { type LogConfiguration, openReader } from "./log-store.ts";
import { loadOrCreateMasterKeys } from "./secrets.ts";

/**
 * Computes the log of an authority's registry anew, beside the authority or without it.
 * @param place where the log is
 * @param index by whose time-stamping authorities its batches are judged
 * @throws Error of the store when there is none
 */
export async function checkRegistryLog(
  place: LogConfiguration,
  { timestampingAuthorities: authorities }: Pick<ConfigurationIndex, "timestampingAuthorities">,
  clock: Clock,
): Promise<LogCheckResult> {
  const below = (name: string) => join(place.stateDirectory, name);
  const log = openReader(place);
  try {
    const vault = await openVault(below("vault"), await loadOrCreateMasterKeys(below("master-key")));
    const bodies = new BodyFiles(below("bodies"));
    const rules = { vault, bodies, authorities, at: clock.now(), held: [], logKeys: [], witnessKeys: [] };
    return await checkLog(log, rules);
  } finally {
    log.close();
  }
}
