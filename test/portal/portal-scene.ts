import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { Writable } from "node:stream";
import { pino } from "pino";
import type { Clock } from "../../src/core/clock.ts";
import { unsafeId } from "../../src/core/ids.ts";
import { makeSigningKey } from "../../src/dev/identity-provider/id-token.ts";
import {
  type RunningProvider,
  startIdentityProvider,
} from "../../src/dev/identity-provider/identity-provider.ts";
import { castOf } from "../../src/dev/registers/cast.ts";
import { type Country, defaultSeed, generateCountry } from "../../src/dev/registers/country.ts";
import { startPortal } from "../../src/portal/portal.ts";
import type { PortalConfiguration } from "../../src/portal/portal-configuration.ts";
import { newDirectory } from "../new-directory.ts";
import type { Browser, Loaded } from "./browser.ts";
import { type StandInGateway, startStandInGateway } from "./stand-in-gateway.ts";

export const substantial = "http://eidas.europa.eu/LoA/substantial";
export const high = "http://eidas.europa.eu/LoA/high";
export const low = "http://eidas.europa.eu/LoA/low";
export const subsystems = [
  ["DEV/GOV/10000001/population", "Population Register"],
  ["DEV/GOV/10000002/tax", "Tax Board"],
] as const;

/** A clock that a test moves. */
export class MovedClock implements Clock {
  ahead = 0;
  now(): number {
    return Date.now() + this.ahead;
  }
}

export interface PortalScene {
  readonly url: string;
  readonly provider: RunningProvider;
  readonly gateway: StandInGateway;
  readonly clock: MovedClock;
  readonly country: Country;
  /** Personal codes. */
  readonly cast: ReturnType<typeof castOf>;
  /** Everything that the portal logged. */
  log(): string;
  /** Signs somebody in; the page that it ends at. */
  signIn(browser: Browser, code: string, acr?: string): Promise<Loaded>;
  /** Fills in the identity provider's page. */
  prove(browser: Browser, page: Loaded, code: string, acr?: string): Promise<Loaded>;
  close(): Promise<void>;
}

const clientId = "portal";
const clientSecret = "a secret & two spaces";

/** A portal, an identity provider and a security server that says what a test has it say, all with real sockets. */
export async function openPortalScene(): Promise<PortalScene> {
  const clock = new MovedClock();
  const country = generateCountry(defaultSeed);
  const gateway = await startStandInGateway(subsystems);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const provider = await startIdentityProvider({
    ...{ port: 0, key: await makeSigningKey(), country, clock },
    clients: [
      {
        ...{ id: clientId, secret: clientSecret },
        redirectUris: [`${url}/signed-in`],
        postLogoutRedirectUris: [`${url}/`],
      },
    ],
  });
  let logged = "";
  const sink = new Writable({
    write(chunk, _encoding, done) {
      logged += chunk;
      done();
    },
  });
  const log = pino({ level: "debug" }, sink);
  const configuration = portalConfiguration(url, port, gateway.url, provider.issuer);
  const portal = await startPortal({ configuration, clock, log });
  const prove = (browser: Browser, page: Loaded, code: string, acr = substantial) =>
    browser.submit(page, "/sign-in", { code, acr, choice: "sign-in" });
  return {
    ...{ url, provider, gateway, clock, country, cast: castOf(country, clock.now()), prove },
    log: () => logged,
    async signIn(browser, code, acr) {
      const page = await browser.load(`${url}/sign-in`);
      return page.url.startsWith(provider.issuer) ? prove(browser, page, code, acr) : page;
    },
    async close() {
      await portal.close();
      await provider.close();
      gateway.close();
    },
  };
}

export function portalConfiguration(
  publicUrl: string,
  port: number,
  gateway: string,
  issuer: string,
): PortalConfiguration {
  const clientSecretFile = join(newDirectory(), "secret");
  writeFileSync(clientSecretFile, `${clientSecret}\n`, { mode: 0o600 });
  return {
    publicUrl,
    listen: { host: "127.0.0.1", port },
    securityServer: { url: gateway, client: unsafeId("DEV/GOV/10000008/portal") },
    identityProvider: {
      ...{ issuer, clientId, clientSecretFile },
      ...{ acr: [substantial, high], identifierScheme: "urn:dev:personal-code" },
    },
    sessions: { idleMinutes: 15, absoluteMinutes: 120 },
    logLevel: "debug",
  };
}

/** The portal's address must be known before it listens: it stands in its configuration. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
