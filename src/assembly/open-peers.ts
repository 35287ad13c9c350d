import type { Clock } from "../core/clock.ts";
import { PooledPeerClient } from "../exchange/pooled-peer-client.ts";
import type { ConfigurationClient } from "../trust/configuration-client.ts";
import { loadTls } from "./load-parts.ts";
import type { ServerConfiguration } from "./server-configuration.ts";

/** The client of other gateways, which knows their addresses of the configuration in force. */
export async function openPeers(
  { peerInterface }: ServerConfiguration,
  passphrase: string,
  clock: Clock,
  client: ConfigurationClient,
): Promise<PooledPeerClient> {
  const { key, cert } = await loadTls(peerInterface, passphrase);
  const peers = new PooledPeerClient({ identity: { key, certificate: cert }, clock, random: Math.random });
  peers.update(client.current().content.servers);
  client.subscribe((event) => {
    if (event.kind === "version") peers.update(event.configuration.servers);
  });
  return peers;
}
