import { equalSecret, sha256 } from "../core/bytes.ts";
import { SealwayError } from "../core/errors.ts";
import { type ClientId, memberOf } from "../core/ids.ts";
import type { CallerConnection } from "./consumer-exchange.ts";
import type {
  ClientAuthentication,
  ClientSettings,
  GatewayServices,
  MemberSeal,
  TrustSnapshot,
} from "./gateway-services.ts";

/** An information system (possibly hostile) that says which client it is, and what it proves that by. */
export interface Caller {
  readonly client: ClientId;
  readonly connection: CallerConnection;
  readonly bearerToken: string | null;
}

/**
 * Checks that an information system belongs to the client that it names, and that the client is served here. The
 * gateway itself speaks for every client that it serves.
 * @returns the seal of the client's member
 * @throws SealwayError `client_not_served`, `client_authentication_required`, `client_authentication_failed`
 */
export function checkClient(services: GatewayServices, trust: TrustSnapshot, caller: Caller): MemberSeal {
  const { client, connection } = caller;
  const seal = services.seals.get(memberOf(client));
  const settings = services.clients.get(client);
  const isServed = trust.directory.serverOf(client)?.id === services.self;
  if (seal === undefined || !isServed || (settings === undefined && connection.kind !== "gateway")) {
    throw new SealwayError("client_not_served", `Client '${client}' not found`);
  }
  if (connection.kind !== "gateway") checks[settings!.authentication](settings!, caller, connection);
  return seal;
}

type Check = (
  settings: ClientSettings,
  caller: Caller,
  connection: Exclude<CallerConnection, { kind: "gateway" }>,
) => void;

const checks: Readonly<Record<ClientAuthentication, Check>> = {
  http: (settings, _, connection) => {
    if (!settings.sourceAddresses.has(connection.address)) {
      throw failed("the client has no credential of its own, and is not taken from this address");
    }
  },
  https: (_, __, connection) => {
    if (connection.kind !== "https") throw required("the client is registered for HTTPS");
  },
  certificate: (settings, _, connection) => {
    if (connection.kind !== "https" || connection.certificate === null) {
      throw required(`Client (${settings.id}) specifies HTTPS but did not supply TLS certificate`);
    }
    if (!settings.certificates.has(connection.certificate))
      throw failed("the TLS certificate is not this client's");
  },
  token: (settings, { bearerToken }) => {
    if (bearerToken === null)
      throw required("the client is registered for a bearer token in Proxy-Authorization");
    const digest = sha256(bearerToken);
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
