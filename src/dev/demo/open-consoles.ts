import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pino } from "pino";
import { Client } from "undici";
import { openConsole } from "../../assembly/open-console.ts";
import { loadServerConfiguration } from "../../assembly/server-configuration.ts";
import type { Clock } from "../../core/clock.ts";
import { consoleUrl, hasConsole } from "../country/consoles.ts";
import type { Country, CountryServer } from "../country/country.ts";
import { defaultSeed, generateCountry } from "../registers/country.ts";
import { type Officer, officersOf } from "../registers/officers.ts";

/** Consoles that run in this process, each beside a security server of the country. */
export interface OpenedConsoles {
  readonly urls: readonly string[];
  close(): Promise<void>;
}

/**
 * Opens the consoles of a country that runs, and makes those its users who have a role: the administrator by the
 * one-time code, and all others by the administrator, as at any server.
 * @throws Error of the network, or with the answer of a console that refuses
 */
export async function openConsoles(country: Country, clock: Clock): Promise<OpenedConsoles> {
  const officers = officersOf(generateCountry(defaultSeed), clock.now());
  const servers = country.servers.filter(hasConsole);
  const opened = await Promise.all(servers.map((server) => openOne(country, server, clock)));
  const ca = await readFile(join(country.trustDirectory, "root-ca.cert.pem"));
  await Promise.all(servers.map((server, i) => makeUsers({ server, ca }, opened[i]!.firstCode!, officers)));
  return {
    urls: servers.map(consoleUrl),
    close: async () => void (await Promise.all(opened.map((one) => one.close()))),
  };
}

async function openOne({ logDirectory }: Country, server: CountryServer, clock: Clock) {
  const name = `console-${server.name}`;
  const log = pino.destination({ dest: join(logDirectory, `${name}.log`), sync: false });
  const configuration = await loadServerConfiguration(server.configurationFile);
  return openConsole({ configuration, clock, logger: pino({ name }, log) });
}

/** A server, and the CA at the root of its certificate. */
interface Place {
  readonly server: CountryServer;
  readonly ca: Buffer;
}

async function makeUsers({ server, ca }: Place, code: string, officers: readonly Officer[]): Promise<void> {
  const client = new Client(consoleUrl(server), { connect: { ca } });
  const ask = async (path: string, body: object, more: Readonly<Record<string, string>> = {}) => {
    const headers = { "content-type": "application/json", ...more };
    const answer = await client.request({
      ...{ method: "POST", path: `/api/v1${path}`, headers, body: JSON.stringify(body) },
    });
    if (answer.statusCode >= 300)
      throw new Error(`${server.name}: ${answer.statusCode} ${await answer.body.text()}`);
    return (await answer.body.json()) as Readonly<Record<string, string>>;
  };
  const signsIn = ({ person: { code: subject, given, family } }: Officer) => {
    return { name: `${given} ${family}`, subject };
  };
  const [administrator, ...others] = officers;
  const first = await ask("/first-administrator", { code, ...signsIn(administrator!) });
  const authorization = `Bearer ${first.secret}`;
  for (const officer of others) {
    const { id } = await ask("/users", { place: "*", ...signsIn(officer) }, { authorization });
    const given = { role: officer.role, place: "*", reason: "The demonstration" };
    await ask(`/users/${id}/roles`, given, { authorization, "if-match": '"1"' });
  }
  await client.close();
}
