import type { ServiceDescription } from "../catalogue/service-description.ts";
import { awaitConfiguration, shortPatience } from "./await-configuration.ts";
import type { TrustSnapshot } from "./gateway-services.ts";
import type { ProviderExchange } from "./provider-exchange.ts";

/**
 * The description that a request names by its digest. A consumer may know a new version before its provider does: then
 * the newer configuration is on its way here, and is waited for, for a moment.
 * @returns undefined when this server knows of none
 */
export async function awaitDescription(x: ProviderExchange): Promise<ServiceDescription | undefined> {
  const { service, configuration } = x.verified.document;
  const find = ({ catalogue }: TrustSnapshot) => catalogue.byDigest(service.sha256 ?? "");
  const awaited = { before: x.trust, named: configuration.version, patience: shortPatience };
  x.trust = await awaitConfiguration(x.services, awaited, (trust) => find(trust) !== undefined);
  return find(x.trust);
}
