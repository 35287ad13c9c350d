import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { writeCertificatesPem } from "../../pki/certificate.ts";
import type { Identity } from "../ca.ts";
import { enoughAssurance, issuerOf } from "./citizens.ts";
import type { Country, CountryServer } from "./country.ts";

/*
 * Where people work at security servers: the management servers, at which they sign in at the country's identity
 * provider.
 */

/** The consoles' name at the identity provider. */
export const consoleClient = "console";

/**
 * Servers that have one, and by which name of this machine: cookies of one name are shared whatever the port, so that
 * nobody could be signed in at two.
 */
const hosts: Readonly<Record<string, string>> = { population: "127.0.0.1", benefits: "localhost" };

export function hasConsole({ name }: CountryServer): boolean {
  return hosts[name] !== undefined;
}

/** Where browsers reach the console of a server that has one. */
export function consoleUrl({ name, ports }: CountryServer): string {
  return `https://${hosts[name]}:${ports.management}`;
}

export function consoleUrls(country: Country): readonly string[] {
  return country.servers.filter(hasConsole).map(consoleUrl);
}

/** The secret that the consoles share with the identity provider. */
export function consoleSecretPath({ identityProviderDirectory }: Country): string {
  return join(identityProviderDirectory, "console-secret");
}

const certificateFile = "management.cert.pem";
const keyFile = "management.key";

/** What a server's configuration says of its console. */
export function managementOf(country: Country, server: CountryServer): object {
  if (!hasConsole(server)) return {};
  return {
    management: {
      ...{ publicUrl: consoleUrl(server), port: server.ports.management },
      ...{ certificate: certificateFile, key: keyFile },
      identityProvider: {
        ...{ issuer: issuerOf(country), clientId: consoleClient, acr: enoughAssurance },
        clientSecretFile: relative(server.directory, consoleSecretPath(country)),
      },
    },
  };
}

/** Writes the secret that the identity provider and the consoles share. */
export async function writeConsoleSecret(country: Country): Promise<void> {
  const secret = randomBytes(24).toString("base64url");
  await mkdir(country.identityProviderDirectory, { recursive: true, mode: 0o700 });
  await writeFile(consoleSecretPath(country), `${secret}\n`, { mode: 0o600, flag: "wx" });
}

/** Writes what the console of a server shows browsers; its key is not encrypted, since it knows no passphrase. */
export async function writeConsole(
  { directory }: CountryServer,
  { certificate, chain, privateKey }: Identity,
): Promise<void> {
  const key = privateKey.export({ type: "pkcs8", format: "pem" });
  await writeFile(
    join(directory, certificateFile),
    writeCertificatesPem([certificate, ...chain.slice(0, -1)]),
  );
  await writeFile(join(directory, keyFile), key, { mode: 0o600 });
}
