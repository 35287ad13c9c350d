import { routeOf } from "../route-of.ts";
import type { Visit } from "../visit.ts";

const listClients = routeOf("GET /clients");

/** The visitor's members' subsystems that ask through this server. */
export interface Clients {
  readonly clients: readonly { readonly id: string; readonly authentication: string }[];
  /** Where they ask, or null. */
  readonly address: string | null;
}

export async function clientsOf(visit: Visit): Promise<Clients> {
  return (await visit.ask<Clients>(listClients)).body;
}

/** For a field of a form. */
export function clientOptions({ clients }: Clients): readonly (readonly [string, string])[] {
  return clients.map(({ id }) => [id, id]);
}
