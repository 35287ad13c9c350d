import { loadServerTls } from "../keys/keys-in-use.ts";
import { reachPeer } from "../witness-calls.ts";
import { type ExaminedInForce, type Finding, warning, wordsOf } from "./finding.ts";

/** So many peers are called, and so many at once: an instance may have thousands. */
const mostPeers = 50;
const atOnce = 10;

/** Whether peers can be reached by TLS in which both show their registered certificates; this server's own address, too, when it runs. */
export async function examinePeers({
  configuration,
  index,
  running,
  takesOrders,
}: ExaminedInForce): Promise<Finding[]> {
  const { server: self } = configuration;
  const { key, cert: certificate } = await loadServerTls(configuration);
  const isUp = running !== undefined || takesOrders;
  const servers = index.content.servers.filter(({ id }) => id !== self || isUp);
  const own = servers.filter(({ id }) => id === self);
  const waiting = [...own, ...servers.filter(({ id }) => id !== self).slice(0, mostPeers)];
  const findings: Finding[] = [];
  const work = async () => {
    for (let server = waiting.shift(); server !== undefined; server = waiting.shift()) {
      for (const address of server.addresses) {
        try {
          await reachPeer(server, address, { key, certificate });
        } catch (error) {
          const what = `${server.id} at ${address.host}:${address.port} cannot be reached: ${wordsOf(error)}`;
          findings.push(server.id === self ? warning(what, ...ownAddress) : warning(what, ...peerAddress));
        }
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return findings;
}

const peerAddress = [
  "Exchanges with its members fail.",
  "Look at firewalls on both sides, and ask its contact; when it says that it does not know us, look at our TLS certificate.",
] as const;

const ownAddress = [
  "Peers call this server at the address that is registered.",
  "Look at `peerInterface`, the firewall and the load balancer; some networks do not let a machine call itself that way.",
] as const;
