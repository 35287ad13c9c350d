import type { ClientId, ServerId } from "../../core/ids.ts";
import type { RegisteredServer } from "../../message/registration/registered.ts";
import type { RegistryState, Taken } from "./registry-state.ts";

/** Puts something else in the place of what a server has. @throws SealwayError `transition_refused` for a removed one */
export function changeServer(state: RegistryState, id: ServerId, to: Partial<RegisteredServer>): void {
  state.checkRegistered("server", id);
  state.servers.set(id, { ...state.server(id), ...to });
}

/** By which the relation of a client and its server stands in the registry. */
export function clientAt(client: ClientId, server: ServerId): string {
  return `${client} at ${server}`;
}

/** The server that serves a client, or else the one that did last; undefined for a client that was at none. */
export function lastServerOf(state: RegistryState, client: ClientId): string | undefined {
  let last: { readonly server: string; readonly until: number } | undefined;
  for (const [server, standing] of state.standings("client", clientAt(client, "" as ServerId))) {
    if (standing.state === "approved") return server;
    const until = (standing.removed ?? standing).since;
    if (standing.state !== "removed" && standing.removed === undefined) continue;
    if (last === undefined || until > last.until) last = { server, until };
  }
  return last?.server;
}

/** Ends that a client is served by any server. */
export function leaveServer(state: RegistryState, client: ClientId, taken: Taken): void {
  for (const { id, clients } of state.servers.values()) {
    if (!clients.includes(client)) continue;
    state.move("client", clientAt(client, id), "remove", taken);
    changeServer(state, id, { clients: clients.filter((one) => one !== client) });
  }
}
