import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { levels } from "../identity-provider/authorization-request.ts";
import { makeSigningKey, publicPart } from "../identity-provider/id-token.ts";
import type { ProcessPlan } from "./child-process.ts";
import { type Country, serverOf } from "./country.ts";
import { subsystem } from "./members.ts";
import { service } from "./services.ts";

/*
 * Where people sign in and see what is done with their data: the identity provider and the portal of a country.
 */

/** The portal's name at the identity provider. */
export const portalClient = "portal";
/** By which people are named at the portal. */
export const personScheme = "urn:dev:personal-code";
/** Who knows for whom people may act: of natural persons, and of companies. */
export const powerSources = [
  { service: "population/powers", kinds: ["guardian", "heir"], represented: personScheme },
  { service: "business/powers", kinds: ["employee"], represented: "urn:dev:company-code" },
] as const;
/** Levels of assurance that are enough for the portal: `substantial` and better. */
export const enoughAssurance = levels.filter((level) => !level.endsWith("/low"));

/** The identity provider's identifier, which is its address. */
export function issuerOf({ ports }: Country): string {
  return `http://127.0.0.1:${ports.citizens.identityProvider}`;
}

const secretFile = "client-secret";
const configurationFile = "portal.json";

/** The provider's keys, with their private parts. */
export function privateKeysFile({ identityProviderDirectory }: Country): string {
  return join(identityProviderDirectory, "key.jwk");
}

/** The secret that the portal shares with the provider. */
export function portalSecretFile({ portalDirectory }: Country): string {
  return join(portalDirectory, secretFile);
}

/** What gateways pin: the public part of the provider's keys. */
export function publicKeysFile({ identityProviderDirectory }: Country): string {
  return join(identityProviderDirectory, "keys.jwks");
}

/** Writes the identity provider's key, the secret that it shares with the portal, and the portal's configuration. */
export async function writeCitizens(country: Country): Promise<void> {
  const { identityProviderDirectory, portalDirectory } = country;
  const secret = randomBytes(24).toString("base64url");
  const key = await makeSigningKey();
  await Promise.all(
    [identityProviderDirectory, portalDirectory].map((path) => mkdir(path, { recursive: true, mode: 0o700 })),
  );
  const secretly = { mode: 0o600, flag: "wx" } as const;
  await Promise.all([
    writeFile(privateKeysFile(country), json(key), secretly),
    writeFile(publicKeysFile(country), json({ keys: [publicPart(key)] })),
    writeFile(portalSecretFile(country), `${secret}\n`, secretly),
    writeFile(join(portalDirectory, configurationFile), json(portalConfiguration(country))),
  ]);
}

/** The configuration file of the portal (`schemas/portal/v1.schema.json`). */
function portalConfiguration(country: Country): object {
  const client = subsystem("portal");
  return {
    publicUrl: country.portalUrl,
    listen: { port: country.ports.citizens.portal },
    securityServer: { url: `http://127.0.0.1:${serverOf(country, client).ports.consumer}`, client },
    identityProvider: {
      issuer: issuerOf(country),
      clientId: portalClient,
      clientSecretFile: secretFile,
      acr: enoughAssurance,
      identifierScheme: personScheme,
    },
    representation: powerSources.map(({ represented, service: name }) => ({
      ...{ service: service(name), purpose: "representation", represented },
    })),
  };
}

export function portalPlan({ portalDirectory }: Country): ProcessPlan {
  return {
    name: "portal",
    script: "sealway.mjs",
    args: ["portal", "--config", join(portalDirectory, configurationFile)],
    isReady: ({ msg }) => msg === "ready",
  };
}

function json(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
