import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
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

const registerNames = Object.keys(registerTable) as readonly RegisterName[];

/**
 * The ports of a country: `base` + 1 to 4 for authority, CA, OCSP and TSA, + 10, 20, … for each security server
 * (consumers, + 1 peers, + 2 health), + 60 on for the registers.
 * @param base 0 takes ports that are free now
 * @throws Error `EADDRINUSE` naming a port that somebody has; whoever takes one later makes the country's start fail
 */
export async function planPorts(base: number): Promise<CountryPorts> {
  const places = new Set<number>();
  arrange((place) => places.add(place).size);
  const wanted = [...places];
  const taken = await hold(wanted.map((place) => (base === 0 ? 0 : base + place)));
  const ports = new Map(wanted.map((place, i) => [place, taken[i]!]));
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

/** Listens at all ports at once, so that free ones differ, and gives them up again. */
async function hold(ports: readonly number[]): Promise<number[]> {
  const servers = ports.map(() => createServer());
  try {
    const listening = servers.map(async (server, i) => {
      server.listen(ports[i], "127.0.0.1");
      await once(server, "listening");
      return (server.address() as AddressInfo).port;
    });
    const outcomes = await Promise.allSettled(listening);
    const failed = outcomes.find((outcome) => outcome.status === "rejected");
    if (failed !== undefined) throw failed.reason;
    return outcomes.map((outcome) => (outcome as PromiseFulfilledResult<number>).value);
  } finally {
    const open = servers.filter((server) => server.listening);
    await Promise.all(open.map((server) => once(server.close(), "close")));
  }
}
