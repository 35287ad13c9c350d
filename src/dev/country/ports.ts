import { once } from "node:events";
import { createServer } from "node:net";
import { freePorts, keepPort } from "../free-port.ts";
import { type RegisterName, registerTable } from "../registers/register-table.ts";
import { serverPlans } from "./members.ts";

/** Every TCP port of the country, all on loopback. */
export interface CountryPorts {
  readonly authority: number;
  readonly trust: { readonly ca: number; readonly ocsp: number; readonly tsa: number };
  /** Where people sign in, and the citizens' portal. */
  readonly citizens: { readonly identityProvider: number; readonly portal: number };
  readonly registers: Readonly<Record<RegisterName, number>>;
  /** In the order of `serverPlans`. */
  readonly servers: readonly ServerPorts[];
  /** Of a server that joins later. */
  readonly newcomer: ServerPorts;
}

export interface ServerPorts {
  readonly consumer: number;
  readonly peer: number;
  readonly health: number;
  /** Of the management server, where there is one. */
  readonly management: number;
}

const registerNames = Object.keys(registerTable) as readonly RegisterName[];

/**
 * The ports of a country: `base` + 1 to 4 for authority, CA, OCSP and TSA, + 5 and 6 for identity provider and portal,
 * + 10, 20, … for each security server and one that joins later (consumers, + 1 peers, + 2 health, + 3 management),
 * + 60 on for the registers.
 * @param base 0 takes a block that is free now
 * @throws Error `EADDRINUSE` naming a port that somebody has; whoever takes one later makes the country's start fail
 */
export async function planPorts(base: number): Promise<CountryPorts> {
  const places = new Set<number>();
  arrange((place) => places.add(place).size);
  if (base === 0) return planFreePorts([...places]);
  await check([...places].map((place) => base + place));
  return arrange((place) => base + place);
}

const mostAttempts = 50;

/** A block in which all are free, and stay so: nobody is given one of them for a connection or a country meanwhile. */
async function planFreePorts(places: readonly number[]): Promise<CountryPorts> {
  const { from, size, count } = freePorts.blocks;
  for (let attempt = 1; ; attempt++) {
    const base = from + size * Math.floor(Math.random() * count);
    try {
      if (!(await keepPort(base))) throw new Error(`the ports from ${base} on are another country's`);
      await check(places.map((place) => base + place));
      return arrange((place) => base + place);
    } catch (error) {
      if (attempt === mostAttempts) throw error;
    }
  }
}

function arrange(portAt: (place: number) => number): CountryPorts {
  const serverAt = (first: number): ServerPorts => {
    return {
      ...{ consumer: portAt(first), peer: portAt(first + 1) },
      ...{ health: portAt(first + 2), management: portAt(first + 3) },
    };
  };
  return {
    authority: portAt(1),
    trust: { ca: portAt(2), ocsp: portAt(3), tsa: portAt(4) },
    citizens: { identityProvider: portAt(5), portal: portAt(6) },
    servers: serverPlans.map((_, i) => serverAt(10 * (i + 1))),
    newcomer: serverAt(10 * (serverPlans.length + 1)),
    registers: Object.fromEntries(registerNames.map((name, i) => [name, portAt(60 + i)])) as Record<
      RegisterName,
      number
    >,
  };
}

/** Listens at all ports at once and gives them up again. @throws Error `EADDRINUSE` */
async function check(ports: readonly number[]): Promise<void> {
  const servers = ports.map(() => createServer());
  try {
    const listening = servers.map((server, i) => once(server.listen(ports[i], "127.0.0.1"), "listening"));
    const outcomes = await Promise.allSettled(listening);
    const failed = outcomes.find((outcome) => outcome.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  } finally {
    const open = servers.filter((server) => server.listening);
    await Promise.all(open.map((server) => once(server.close(), "close")));
  }
}
