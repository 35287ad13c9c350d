import type { ConfigurationIndex } from "../../trust/configuration-index.ts";
import type { AuthorityOptions } from "../authority-options.ts";
import type { CatalogueKeys } from "../services/catalogue-keys.ts";
import { type DeskHost, RegistrationDesk } from "./registration-desk.ts";
import { registrationRulesOf } from "./registration-rules.ts";

/** The authority as the desk sees it. */
export interface RegistrationHost extends Omit<DeskHost, "index" | "rules"> {
  readonly instance: string;
  /** Undefined before the first publication. */
  index(): ConfigurationIndex | undefined;
}

/**
 * Opens the registry's log and the desk, when an authority is to have them.
 * @throws SealwayError for a log that cannot be read or was altered
 */
export async function openRegistration(
  { clock, registryLog }: Pick<AuthorityOptions, "clock" | "registryLog">,
  host: RegistrationHost,
  keys: CatalogueKeys,
): Promise<RegistrationDesk | undefined> {
  if (registryLog === undefined) return undefined;
  const log = await registryLog(() => host.index());
  const place = { log, keys, clock, instance: host.instance };
  try {
    // Requests come when there is something in force by which they are judged.
    const index = () => host.index()!;
    return await RegistrationDesk.open(place, {
      ...host,
      index,
      rules: () => registrationRulesOf(host.file()),
    });
  } catch (error) {
    await log.close();
    throw error;
  }
}
