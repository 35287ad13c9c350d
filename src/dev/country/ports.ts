import { once } from "node:events";
import { createServer } from "node:net";
import { type RegisterName, registerTable } from "../registers/register-table.ts";
import { serverPlans } from "./members.ts";

/** Every TCP port of the country, all on loopback. */
export interface CountryPorts {
  readonly authority: number;
  readonly trust: { readonly ca: number; readonly ocsp: number; readonly tsa: number };
  readonly registers: Readonly<Record<RegisterName, number>>;
  /** In the order of `serverPlans`. */
  readonly servers: readonly { readonly consumer: number; readonly peer: number; readonly health: number }[];
}

/** Ports from here on, unless told: 18010 is the first consumer interface. */
export const defaultBasePort = 18_000;
/** How many ports behind the base are used. */
export const portSpan = 70;

const registerNames = Object.keys(registerTable) as readonly RegisterName[];

/**
 * The ports of a country: `base` + 1 to 4 for authority, CA, OCSP and TSA, + 10, 20, … for each security server
 * (consumers, + 1 peers, + 2 health), + 60 on for the registers.
 * @param base 0 takes ports that are free now
 */
export async function planPorts(base: number): Promise<CountryPorts> {
  if (base !== 0) return arrange((place) => base + place);
  const places = new Set<number>();
  arrange((place) => places.add(place).size);
  const free = await freePorts(places.size);
  const ports = new Map([...places].map((place, i) => [place, free[i]!]));
  return arrange((place) => ports.get(place)!);
}

function arrange(portAt: (place: number) => number): CountryPorts {
  return {
    authority: portAt(1),
    trust: { ca: portAt(2), ocsp: portAt(3), tsa: portAt(4) },
    servers: serverPlans.map((_, i) => {
      const first = 10 * (i + 1);
      return { consumer: portAt(first), peer: portAt(first + 1), health: portAt(first + 2) };
    }),
    registers: Object.fromEntries(registerNames.map((name, i) => [name, portAt(60 + i)])) as Record<
      RegisterName,
      number
    >,
  };
}

/** All are held at once, so that they differ; whoever takes one before the country does makes its start fail. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, "127.0.0.1");
      await once(server, "listening");
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return ports;
}
