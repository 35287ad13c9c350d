import type { Catalogue } from "../../catalogue/catalogue.ts";
import type { Clock } from "../../core/clock.ts";
import { SealwayError } from "../../core/errors.ts";
import { type ClientId, memberOf, type ServiceId } from "../../core/ids.ts";
import type { Agreement } from "../../policy/agreement.ts";
import { agreementsInLog } from "../agreements-in-log.ts";
import { CatalogueHeads } from "../catalogue-heads.ts";
import { loadAgreements } from "../load-parts.ts";
import { openReader } from "../log-store.ts";
import { type OpenedSearch, openSearch } from "../open-search.ts";
import { PublishedCatalogue } from "../published-catalogue.ts";
import { readTrust } from "../read-trust.ts";
import type { ServerConfiguration } from "../server-configuration.ts";
import { beginningOf, type CountedUses, countUses, type UsePeriod } from "./count-uses.ts";
import {
  readCollections,
  type StillCollected,
  stillCollected,
  type ToldCollections,
} from "./still-collected.ts";

/** What an agreement of this server's members is used for. What is not known is null. */
export interface AgreementUse extends Omit<CountedUses, "exchanges" | "answered"> {
  readonly agreement: string;
  readonly consumer: ClientId;
  readonly service: ServiceId;
  /** This server's side. */
  readonly role: "consumer" | "provider";
  /** Milliseconds: since when what follows is known. null: the log says nothing of the period. */
  readonly knownSince: number | null;
  readonly exchanges: number | null;
  readonly answered: number | null;
  /** Whether it was never used since it is in force; null when the log does not reach so far back. */
  readonly neverUsed: boolean | null;
  /** Of the consumer, where it is served here; null when it told nothing, or the service is not in the catalogue. */
  readonly stillCollected: StillCollected | null;
}

export interface UseReport extends UsePeriod {
  readonly server: string;
  /** Milliseconds; null for a log without records. */
  readonly logBegins: number | null;
  /** Whether the published catalogue could be read. */
  readonly catalogueKnown: boolean;
  readonly agreements: readonly AgreementUse[];
}

/** What the report is made of. */
interface Sources {
  readonly search: OpenedSearch["search"];
  readonly log: ReturnType<typeof openReader>;
  readonly logBegins: number | undefined;
  readonly catalogue: Catalogue | undefined;
  readonly told: ToldCollections;
  readonly period: UsePeriod;
}

/**
 * Makes the report beside the running server or without it. Its caller records the read before it shows anything.
 * @param period `since` may be the beginning of all time
 * @throws MasterKeyError; SealwayError `bad_request` for a faulty agreement; errors of the file system and the store
 */
export async function makeUseReport(
  configuration: ServerConfiguration,
  period: UsePeriod,
  clock: Clock,
  progress: Parameters<typeof openSearch>[1],
): Promise<UseReport> {
  const files = [...(await loadAgreements(configuration.agreementsDirectory)).all()];
  const catalogue = await readCatalogue(configuration, clock);
  const opened = await openSearch(configuration, progress);
  const log = openReader(configuration);
  try {
    const logBegins = await beginningOf(opened.search);
    const told = await readCollections(log);
    const agreements = [...files, ...(await agreementsInLog(log, configuration))];
    const sources: Sources = { search: opened.search, log, logBegins, catalogue, told, period };
    const uses: AgreementUse[] = [];
    for (const agreement of agreements.sort((a, b) => (a.id < b.id ? -1 : 1))) {
      const role = roleIn(configuration, agreement);
      if (role !== undefined) uses.push(await useOf(agreement, role, sources));
    }
    return {
      server: configuration.server,
      ...period,
      logBegins: logBegins ?? null,
      catalogueKnown: catalogue !== undefined,
      agreements: uses,
    };
  } finally {
    log.close();
    opened.close();
  }
}

async function useOf(
  { id, consumer, service, validity }: Agreement,
  role: AgreementUse["role"],
  { search, log, logBegins, catalogue, told, period }: Sources,
): Promise<AgreementUse> {
  const description = catalogue?.service(service)?.document;
  const from = Math.max(period.since, validity.from);
  const knownSince = logBegins === undefined ? null : Math.max(from, logBegins);
  const isKnown = knownSince !== null && knownSince < period.until;
  const query = { agreement: id, role, since: period.since, until: period.until };
  const counted = isKnown
    ? await countUses({ search, log }, query, description?.freshness?.maxAgeSeconds)
    : { exchanges: null, answered: null, lastUse: null, repeated: null };
  const reachesBack =
    isKnown && logBegins !== undefined && logBegins <= validity.from && period.since <= validity.from;
  return {
    ...{ agreement: id, consumer, service, role },
    knownSince: isKnown ? knownSince : null,
    ...counted,
    neverUsed: (counted.exchanges ?? 0) > 0 ? false : reachesBack ? true : null,
    stillCollected:
      role === "provider" || description === undefined
        ? null
        : stillCollected(told, memberOf(consumer), description, period),
  };
}

/** The consumer's side where both are served here: it is the one that asks people. */
function roleIn(
  { members }: ServerConfiguration,
  { consumer, service }: Agreement,
): AgreementUse["role"] | undefined {
  const isServed = (id: ClientId | ServiceId) => members.some((member) => member.id === memberOf(id));
  return isServed(consumer) ? "consumer" : isServed(service) ? "provider" : undefined;
}

/** The catalogue in force; undefined when there is none, and then much is not known. */
async function readCatalogue(
  configuration: ServerConfiguration,
  clock: Clock,
): Promise<Catalogue | undefined> {
  try {
    const index = await readTrust(configuration, clock);
    return new PublishedCatalogue(await CatalogueHeads.open(configuration.stateDirectory)).renew(index);
  } catch (error) {
    if (error instanceof SealwayError && error.code === "configuration_expired") return undefined;
    throw error;
  }
}
