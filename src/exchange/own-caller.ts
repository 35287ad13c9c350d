import { type ClientId, parseClientId } from "../core/ids.ts";
import { bearerTokenOf, headerLines, requiredClient, uniqueHeaders } from "./call-headers.ts";
import { checkClient } from "./check-client.ts";
import type { InformationSystemCall } from "./consumer-exchange.ts";
import type { GatewayServices, MemberSeal } from "./gateway-services.ts";

/** Who calls what the gateway answers itself, and has proved it. */
export interface OwnCaller {
  readonly client: ClientId;
  readonly seal: MemberSeal;
  /** Those that concern the gateway, by lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
}

/**
 * Authenticates an information system as for any call.
 * @throws SealwayError as `uniqueHeaders`, `requiredClient`, `parseClientId` and `checkClient`
 */
export function authenticateCaller(services: GatewayServices, call: InformationSystemCall): OwnCaller {
  const headers = uniqueHeaders(headerLines(call.rawHeaders));
  const client = parseClientId(requiredClient(headers));
  const caller = { client, bearerToken: bearerTokenOf(headers), connection: call.connection };
  return { client, seal: checkClient(services, services.trust(), caller), headers };
}
