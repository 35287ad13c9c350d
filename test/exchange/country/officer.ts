import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { OfficerFiles } from "../../../src/assembly/load-officer.ts";
import { memberOf } from "../../../src/core/ids.ts";
import { writeIdentity } from "../../../src/dev/identity-files.ts";
import type { SmallCountry } from "../country.ts";
import type { CountryServer } from "./server.ts";

export interface Officer {
  readonly files: OfficerFiles;
  /** Of the certificate, base64: by which the authority lists the officer. */
  readonly der: string;
}

const words = "the officer's own words";

/**
 * Somebody with a certificate of a server's owner, whom the authority does not list yet.
 * @param named in the certificate
 */
export async function makeOfficer(
  country: SmallCountry,
  server: CountryServer,
  name: string,
  named = name,
): Promise<Officer> {
  const identity = country.ca.issueSeal(memberOf(server.parts.id), named);
  const folder = join(country.directory, "officers");
  await writeIdentity(folder, name, identity, words);
  const passphraseFile = join(folder, "passphrase");
  await writeFile(passphraseFile, `${words}\n`, { mode: 0o600 });
  const file = (kind: string) => join(folder, `${name}.${kind}.pem`);
  const files = { certificate: file("cert"), key: file("key"), passphraseFile };
  return { files, der: identity.certificate.der.toString("base64") };
}

/** Has the authority list the officers of a server. */
export async function listOfficers(
  { authority, registry }: SmallCountry,
  { parts }: CountryServer,
  officers: readonly Officer[],
): Promise<void> {
  const servers = registry.servers.map((server) =>
    server.id === parts.id ? { ...server, officers: officers.map(({ der }) => ({ der })) } : server,
  );
  await authority.publish({ ...registry, servers });
}
