import type { ServiceDescription } from "../catalogue/service-description.ts";
import { SealwayError } from "../core/errors.ts";
import { isFreshForSensitive } from "../trust/configuration-status.ts";
import type { GatewayServices } from "./gateway-services.ts";

/**
 * A sensitive service is not used on what nobody vouched for lately: a certificate or an agreement may have been taken back
 * since. The other services go on until the configuration expires.
 * @throws SealwayError `configuration_stale`
 */
export function checkFreshness(
  { clock, configurationFreshAt }: Pick<GatewayServices, "clock" | "configurationFreshAt">,
  { document, id }: ServiceDescription,
): void {
  if (document.sensitivity !== "sensitive" || isFreshForSensitive(configurationFreshAt(), clock.now()))
    return;
  throw new SealwayError(
    "configuration_stale",
    `${id} is sensitive, and stops four hours after the newest timestamp`,
  );
}
