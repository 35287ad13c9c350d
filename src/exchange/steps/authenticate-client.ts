import { equalSecret, sha256 } from "../../core/bytes.ts";
import { SealwayError } from "../../core/errors.ts";
import { memberOf } from "../../core/ids.ts";
import { checkSeal } from "../check-seal.ts";
import type { ConsumerExchange } from "../consumer-exchange.ts";
import type { ClientAuthentication, ClientSettings } from "../gateway-services.ts";

/** Step 2: the information system proves that it belongs to the client that it names. */
export function authenticateClient(x: ConsumerExchange): void {
  const settings = x.services.clients.get(x.client);
  const seal = x.services.seals.get(memberOf(x.client));
  if (
    settings === undefined ||
    seal === undefined ||
    x.trust.directory.serverOf(x.client)?.id !== x.services.self
  ) {
    throw new SealwayError("client_not_served", `Client '${x.client}' not found`);
  }
  checks[settings.authentication](settings, x);
  x.seal = seal;
  checkSeal(x.services, x.trust, seal);
}

type Check = (settings: ClientSettings, x: ConsumerExchange) => void;

const checks: Readonly<Record<ClientAuthentication, Check>> = {
  http: (settings, { call }) => {
    if (!settings.sourceAddresses.has(call.connection.address)) {
      throw failed("the client has no credential of its own, and is not taken from this address");
    }
  },
  https: (_, { call }) => {
    if (call.connection.kind !== "https") throw required("the client is registered for HTTPS");
  },
  certificate: (settings, { call }) => {
    if (call.connection.kind !== "https" || call.connection.certificate === null) {
      throw required(`Client (${settings.id}) specifies HTTPS but did not supply TLS certificate`);
    }
    if (!settings.certificates.has(call.connection.certificate))
      throw failed("the TLS certificate is not this client's");
  },
  token: (settings, { headers }) => {
    if (headers.bearerToken === null)
      throw required("the client is registered for a bearer token in Proxy-Authorization");
    const digest = sha256(headers.bearerToken);
    if (!settings.tokens.some((token) => equalSecret(token, digest)))
      throw failed("the bearer token is not this client's");
  },
};

function required(detail: string): SealwayError {
  return new SealwayError("client_authentication_required", detail);
}

function failed(detail: string): SealwayError {
  return new SealwayError("client_authentication_failed", detail);
}
