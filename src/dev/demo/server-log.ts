import { openEvidence } from "../../assembly/open-evidence.ts";
import { loadServerConfiguration } from "../../assembly/server-configuration.ts";
import type { EvidenceReader } from "../../messagelog/evidence-reader.ts";
import type { CountryServer } from "../country/country.ts";

/** Opens the log of a server, beside it, for as long as something is read from it. */
export async function withLogOf<Result>(
  { configurationFile }: CountryServer,
  read: (log: EvidenceReader) => Promise<Result>,
): Promise<Result> {
  const log = await openEvidence(await loadServerConfiguration(configurationFile));
  try {
    return await read(log);
  } finally {
    log.close();
  }
}
