import { setTimeout as rest } from "node:timers/promises";
import type { ServiceDescription } from "../catalogue/service-description.ts";
import type { ProviderExchange } from "./provider-exchange.ts";

const looks = 40;
const pause = 50;

/**
 * The description that a request names by its digest. A consumer may know a new version before its provider does: then
 * the newer configuration is on its way here, and is waited for, two seconds at most.
 * @returns undefined when this server knows of none
 */
export async function awaitDescription(x: ProviderExchange): Promise<ServiceDescription | undefined> {
  const { service, configuration } = x.verified.document;
  const find = () => x.trust.catalogue.byDigest(service.sha256 ?? "");
  const isAhead = configuration.version > x.trust.configuration.version;
  if (find() !== undefined || !isAhead) return find();
  x.services.pollTrust();
  for (let i = 0; i < looks && find() === undefined; i++) {
    await rest(pause);
    x.trust = x.services.trust();
  }
  return find();
}
