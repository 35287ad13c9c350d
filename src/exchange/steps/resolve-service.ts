import { findEndpoint } from "../../catalogue/service-description.ts";
import { SealwayError } from "../../core/errors.ts";
import { providerOf } from "../../core/ids.ts";
import type { ConsumerExchange } from "../consumer-exchange.ts";

/** Step 3: finds the description, the endpoint and the one server that serves the provider. */
export function resolveService(x: ConsumerExchange): void {
  const { directory, catalogue } = x.trust;
  const provider = providerOf(x.target.service);
  const server = directory.serverOf(provider);
  if (server === undefined) throw new SealwayError("unknown_member", `${provider} is not registered`);
  const { securityServer } = x.headers;
  if (securityServer !== null && securityServer !== server.id) {
    throw new SealwayError("invalid_security_server", `${securityServer} does not serve ${provider}`);
  }
  const description = catalogue.service(x.target.service);
  if (description === undefined)
    throw new SealwayError("unknown_service", `Unknown service: ${x.target.service}`);
  const { endpoint, parameters } = findEndpoint(description, x.call.method, x.target.path);
  x.to = server;
  x.description = description;
  x.endpoint = endpoint;
  x.parameters = parameters;
}
