import type { Clock } from "../core/clock.ts";
import { PooledPeerClient } from "../exchange/pooled-peer-client.ts";
import type { ConfigurationClient } from "../trust/configuration-client.ts";
import type { KeyRing } from "./keys/key-ring.ts";

/** The client of other gateways, which knows their addresses of the configuration in force. */
export function openPeers(
  keys: Pick<KeyRing, "tls" | "onTls">,
  clock: Clock,
  client: ConfigurationClient,
): PooledPeerClient {
  const { key, cert } = keys.tls;
  const peers = new PooledPeerClient({ identity: { key, certificate: cert }, clock, random: Math.random });
  keys.onTls((tls) => peers.show({ key: tls.key, certificate: tls.cert }));
  peers.update(client.current().content.servers);
  client.subscribe((event) => {
    if (event.kind === "version") peers.update(event.configuration.servers);
  });
  return peers;
}
