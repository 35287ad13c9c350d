import { sha256 } from "../../core/bytes.ts";
import type { SecurityServer } from "../../trust/global-configuration.ts";

/** Peers that witness a server's log, beside the governing authority. */
const peers = 2;

/**
 * The peers that witness a server's log: the same for everybody who has the configuration, spread over all servers,
 * those of other owners first. Fewer where there are fewer.
 */
export function chooseWitnesses(servers: readonly SecurityServer[], self: string): readonly SecurityServer[] {
  const owner = servers.find(({ id }) => id === self)?.owner;
  const able = servers.filter(({ id, logKeys = [] }) => id !== self && logKeys.length > 0);
  const ranked = able.map((server) => {
    const isOwn = server.owner === owner;
    return { server, rank: `${isOwn ? 1 : 0}${sha256(`${self}\0${server.id}`).toString("hex")}` };
  });
  ranked.sort((a, b) => (a.rank < b.rank ? -1 : 1));
  return ranked.slice(0, peers).map(({ server }) => server);
}
