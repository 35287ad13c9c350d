import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { memberOf } from "../../../src/core/ids.ts";
import type { Identity } from "../../../src/dev/ca.ts";
import { writeIdentity } from "../../../src/dev/identity-files.ts";
import type { CountryServer } from "../country/server.ts";
import type { SmallCountry } from "../country.ts";

/** Gives the owner of a server another seal, in the registry and in its files, and starts both gateways on it. */
export async function replaceSeal(
  country: SmallCountry,
  server: CountryServer,
  seal: Identity,
): Promise<void> {
  const { parts } = server;
  const member = memberOf(parts.id);
  const before = parts.seals.get(member)!.certificate.der.toString("base64");
  const certificate = { der: seal.certificate.der.toString("base64") };
  const seals = country.registry.seals.map((entry) =>
    "der" in entry.certificate && entry.certificate.der === before ? { ...entry, certificate } : entry,
  );
  await country.authority.publish({ ...country.registry, seals });
  const name = `seal-${member.split("/").at(-1)}`;
  for (const kind of ["cert", "key"]) rmSync(join(parts.directory, `${name}.${kind}.pem`));
  const passphrase = readFileSync(join(country.directory, "passphrase"), "utf8").trim();
  await writeIdentity(parts.directory, name, seal, passphrase);
  await Promise.all([country.asking.restart(), country.answering.restart()]);
}
