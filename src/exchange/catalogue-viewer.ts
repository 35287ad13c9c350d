import type { Viewer } from "../catalogue/visibility.ts";
import type { ClientId } from "../core/ids.ts";
import type { GatewayServices } from "./gateway-services.ts";

/**
 * An authenticated client as it looks at the catalogue, with the agreements that this gateway holds: a provider's
 * gateway holds all of its services', a consumer's those that its members have.
 */
export function viewerOf(
  { agreements, clock }: Pick<GatewayServices, "agreements" | "clock">,
  client: ClientId,
): Viewer {
  const now = clock.now();
  return {
    kind: "client",
    client,
    isParty: (service) => agreements.between(client, service).some(({ validity }) => now < validity.to),
  };
}
