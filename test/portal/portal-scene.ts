import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Writable } from "node:stream";
import type { JWK } from "jose";
import { pino } from "pino";
import type { Clock } from "../../src/core/clock.ts";
import { type ClientId, unsafeId } from "../../src/core/ids.ts";
import { freePort } from "../../src/dev/free-port.ts";
import type { RegisteredClient } from "../../src/dev/identity-provider/authorization-request.ts";
import { makeSigningKey } from "../../src/dev/identity-provider/id-token.ts";
import {
  type RunningProvider,
  startIdentityProvider,
} from "../../src/dev/identity-provider/identity-provider.ts";
import { type Cast, castOf } from "../../src/dev/registers/cast.ts";
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

const clientId = "portal";
const clientSecret = "a secret & two spaces";

/** An identity provider with the people of the demonstration, and the place of a portal that is registered there. */
export interface People {
  readonly provider: RunningProvider;
  /** The provider's key, with its private part. */
  readonly key: JWK;
  readonly clock: MovedClock;
  /** Who lives there. */
  readonly country: Country;
  /** Personal codes. */
  readonly cast: Cast;
  /** Where the portal will be. */
  readonly port: number;
  readonly url: string;
  /** Lets others than the portal have people signed in. */
  register(client: RegisteredClient): void;
}

/** A portal that runs. */
export interface Portal {
  readonly url: string;
  readonly provider: RunningProvider;
  readonly clock: MovedClock;
  readonly cast: Cast;
  /** Everything that the portal logged. */
  log(): string;
  /** Signs somebody in; the page that it ends at. */
  signIn(browser: Browser, code: string, acr?: string): Promise<Loaded>;
  /** Fills in the identity provider's page. */
  prove(browser: Browser, page: Loaded, code: string, acr?: string): Promise<Loaded>;
  close(): Promise<void>;
}

export async function openPeople(): Promise<People> {
  const clock = new MovedClock();
  const country = generateCountry(defaultSeed);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const key = await makeSigningKey();
  const client = { id: clientId, secret: clientSecret };
  const redirectUris = [`${url}/signed-in`];
  const clients: RegisteredClient[] = [
    { ...client, redirectUris, postLogoutRedirectUris: [`${url}/`], offers: "citizens" },
  ];
  const provider = await startIdentityProvider({ port: 0, key, country, clock, clients });
  const register = (other: RegisteredClient) => void clients.push(other);
  return { provider, key, clock, port, url, register, country, cast: castOf(country, clock.now()) };
}

/** Starts the portal, in front of a security server. */
export async function openPortal(
  { provider, clock, cast, port, url }: People,
  securityServer: PortalConfiguration["securityServer"],
): Promise<Portal> {
  let logged = "";
  const sink = new Writable({
    write(chunk, _encoding, done) {
      logged += chunk;
      done();
    },
  });
  const log = pino({ level: "debug" }, sink);
  const configuration = { ...portalConfiguration(url, port, provider.issuer), securityServer };
  const portal = await startPortal({ configuration, clock, log });
  const prove = (browser: Browser, page: Loaded, code: string, acr = substantial) =>
    browser.submit(page, "/sign-in", { code, acr, choice: "sign-in" });
  return {
    ...{ url, provider, clock, cast, prove },
    log: () => logged,
    async signIn(browser, code, acr) {
      const page = await browser.load(`${url}/sign-in`);
      return page.url.startsWith(provider.issuer) ? prove(browser, page, code, acr) : page;
    },
    async close() {
      await portal.close();
      await provider.close();
    },
  };
}

export interface PortalScene extends Portal {
  readonly gateway: StandInGateway;
}

/** A portal, an identity provider and a security server that says what a test has it say, all with real sockets. */
export async function openPortalScene(): Promise<PortalScene> {
  const gateway = await startStandInGateway(subsystems);
  const client = unsafeId<ClientId>("DEV/GOV/10000008/portal");
  const portal = await openPortal(await openPeople(), { url: gateway.url, client });
  const close = async () => {
    await portal.close();
    gateway.close();
  };
  return { ...portal, gateway, close };
}

function portalConfiguration(
  publicUrl: string,
  port: number,
  issuer: string,
): Omit<PortalConfiguration, "securityServer"> {
  const clientSecretFile = join(newDirectory(), "secret");
  writeFileSync(clientSecretFile, `${clientSecret}\n`, { mode: 0o600 });
  return {
    publicUrl,
    listen: { host: "127.0.0.1", port },
    identityProvider: {
      ...{ issuer, clientId, clientSecretFile },
      ...{ acr: [substantial, high], identifierScheme: "urn:dev:personal-code" },
    },
    representation: [
      {
        service: unsafeId("DEV/GOV/10000001/population/powers"),
        ...{ purpose: "representation", represented: "urn:dev:personal-code" },
      },
      { service: unsafeId("DEV/GOV/10000004/business/powers"), represented: "urn:dev:company-code" },
    ],
    sessions: { idleMinutes: 15, absoluteMinutes: 120 },
    logLevel: "debug",
  };
}
