import { lookup } from "node:dns";
import { readFile } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import type { Clock } from "../core/clock.ts";
import { PooledServiceClient, type ServiceConnection } from "../exchange/pooled-service-client.ts";
import { loadTls } from "./load-parts.ts";
import type { ServerConfiguration } from "./server-configuration.ts";

/** The client of information systems, each subsystem with its own hosts, certificates and connections. */
export async function loadServiceClient(
  { serviceConnections }: ServerConfiguration,
  passphrase: string,
  clock: Clock,
): Promise<PooledServiceClient> {
  const connections = await Promise.all(
    serviceConnections.map((settings) => loadConnection(settings, passphrase)),
  );
  const ownAddresses = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return new PooledServiceClient({
    connections,
    ownAddresses: ownAddresses.map(({ address }) => address),
    lookup,
    clock,
  });
}

async function loadConnection(
  {
    subsystem,
    allowedHosts,
    trustedCertificates,
    clientCertificate,
    clientKey,
  }: ServerConfiguration["serviceConnections"][number],
  passphrase: string,
): Promise<ServiceConnection> {
  const trusted = trustedCertificates === undefined ? undefined : await readFile(trustedCertificates);
  const identity =
    clientCertificate === undefined || clientKey === undefined
      ? undefined
      : await loadTls({ certificate: clientCertificate, key: clientKey }, passphrase);
  return {
    subsystem,
    allowedHosts,
    ...(trusted && { trustedCertificates: trusted }),
    ...(identity && { clientIdentity: { key: identity.key, certificate: identity.cert } }),
  };
}
