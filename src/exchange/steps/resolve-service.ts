import { findEndpoint } from "../../catalogue/service-description.ts";
import { versionsFor } from "../../catalogue/visibility.ts";
import { SealwayError } from "../../core/errors.ts";
import { providerOf } from "../../core/ids.ts";
import { builtInDescription, isReserved } from "../builtin/built-in-services.ts";
import { viewerOf } from "../catalogue-viewer.ts";
import { checkFreshness } from "../check-freshness.ts";
import { checkMaintenance } from "../check-maintenance.ts";
import { checkStanding } from "../check-standing.ts";
import type { ConsumerExchange } from "../consumer-exchange.ts";

/**
 * Step 3: finds the description, the endpoint and the one server that serves the provider. The errors name nothing that
 * is not registered: what a caller writes in a name's place may be a person's. A service that the caller may not see is
 * answered exactly as one that is not there.
 */
export function resolveService(x: ConsumerExchange): void {
  const { directory, catalogue } = x.trust;
  const provider = providerOf(x.target.service);
  const server = directory.serverOf(provider);
  if (server === undefined) {
    throw new SealwayError("unknown_member", "the first four parts of the service identifier name nobody");
  }
  const { securityServer } = x.headers;
  if (securityServer !== null && securityServer !== server.id) {
    throw new SealwayError("invalid_security_server", `${provider} is served by ${server.id}`);
  }
  const { service } = x.target;
  const description = isReserved(service)
    ? builtInDescription(service)
    : x.services.agreementsInForce.versionFor(
        x.client,
        versionsFor(catalogue, viewerOf(x.services, x.client), service),
      );
  if (description === undefined)
    throw new SealwayError("unknown_service", `${provider} has no service of this code`);
  x.to = server;
  x.description = description;
  checkStanding(catalogue, description);
  checkFreshness(x.services, description);
  const { endpoint, parameters } = findEndpoint(description, x.call.method, x.target.path);
  x.endpoint = endpoint;
  x.parameters = parameters;
  checkMaintenance(server, x.services.clock.now());
}
