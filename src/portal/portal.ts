import { readFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import type { Logger } from "pino";
import { Agent } from "undici";
import type { Clock } from "../core/clock.ts";
import { ConfigurationError } from "../core/configuration-file.ts";
import { randomOctets } from "../core/random.ts";
import { readSecretFile } from "../web/secret-file.ts";
import { ProviderClient } from "../web/sign-in/provider-client.ts";
import type { ServerCertificate } from "../web/web-server.ts";
import { GatewayClient } from "./gateways/gateway-client.ts";
import type { PortalConfiguration } from "./portal-configuration.ts";
import { createPortalServer } from "./portal-server.ts";
import { type PortalServices, portalServices } from "./portal-services.ts";

/** A portal that listens. */
export interface RunningPortal {
  readonly port: number;
  close(): Promise<void>;
}

export interface PortalOptions {
  readonly configuration: PortalConfiguration;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Starts the citizens' portal. Neither identity provider nor security server has to be there yet: pages say what cannot be
 * done without them.
 * @throws ConfigurationError for a file that cannot be used; Error `EADDRINUSE`
 */
export async function startPortal({ configuration, clock, log }: PortalOptions): Promise<RunningPortal> {
  const { listen, securityServer, identityProvider } = configuration;
  const { issuer, clientId, clientSecretFile } = identityProvider;
  const secret = await readSecretFile(clientSecretFile, "identityProvider.clientSecretFile");
  const clientSecret = secret.toString("utf8").split("\n")[0]!.trimEnd();
  const agent = await agentFor(securityServer);
  const gateways = new GatewayClient({ url: securityServer.url, client: securityServer.client, agent });
  const provider = new ProviderClient({ issuer, clientId, clientSecret }, clock);
  const shared = await sharedSecret(configuration);
  const services = portalServices(configuration, shared, gateways, provider, clock, log);
  const app = await createPortalServer(services, await certificateOf(listen));
  await app.listen({ host: listen.host, port: listen.port });
  const stopAsking = await askUntilAnswered(services);
  const forgetting = setInterval(() => services.sessions.forgetEnded(), forgottenEvery);
  return {
    port: (app.server.address() as AddressInfo).port,
    async close() {
      stopAsking();
      clearInterval(forgetting);
      await app.close();
      await agent.destroy();
    },
  };
}

const askedAgainAfter = 2000;
const forgottenEvery = 60_000;
const leastSecret = 32;

/** That of all processes of the portal, or one of this process alone. */
async function sharedSecret({ secretFile }: PortalConfiguration): Promise<Buffer> {
  if (secretFile === undefined) return randomOctets(leastSecret);
  const secret = await readSecretFile(secretFile, "secretFile");
  if (secret.length >= leastSecret) return secret;
  const problem = `${secretFile} has less than ${leastSecret} bytes`;
  const remedy = "Write random bytes: openssl rand -out FILE 32.";
  throw new ConfigurationError("the portal's configuration", [{ place: "secretFile", problem, remedy }]);
}

/** Whether the instance is a demonstration stands on the first page already: that the security server must say. */
async function askUntilAnswered({ directory, log }: PortalServices): Promise<() => void> {
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const ask = async () => {
    try {
      await directory.subsystems();
    } catch {
      log.debug("the security server does not list the clients yet");
      if (!isOver) timer = setTimeout(ask, askedAgainAfter);
    }
  };
  await ask();
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}

async function certificateOf({
  certificate,
  key,
}: PortalConfiguration["listen"]): Promise<ServerCertificate> {
  if (certificate === undefined || key === undefined) return undefined;
  return { cert: await readFile(certificate), key: await readSecretFile(key, "listen.key") };
}

/** One connection pool to the one server that is called; it follows no redirections. */
async function agentFor(server: PortalConfiguration["securityServer"]): Promise<Agent> {
  const { trustedCertificates, clientCertificate, clientKey } = server;
  const connect = {
    ...(trustedCertificates !== undefined && { ca: await readFile(trustedCertificates) }),
    ...(clientCertificate !== undefined && { cert: await readFile(clientCertificate) }),
    ...(clientKey !== undefined && { key: await readSecretFile(clientKey, "securityServer.clientKey") }),
  };
  return new Agent({ connect, connections: 32, allowH2: false });
}
