import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Test } from "tap";
import { freePort } from "../../../src/dev/free-port.ts";
import { CountryServer } from "../../exchange/country/server.ts";
import type { SmallCountry } from "../../exchange/country.ts";

/** Another node of a server, on a machine of its own as it were, started; stopped with the test. */
export async function secondNode(
  t: Test,
  country: SmallCountry,
  first: CountryServer,
): Promise<CountryServer> {
  const directory = join(country.directory, "second");
  cpSync(first.parts.directory, directory, { recursive: true, filter: (path) => !path.includes("/state") });
  const file = join(directory, "server.json");
  const configuration = JSON.parse(readFileSync(file, "utf8"));
  const shared = (name: string) => join(first.stateDirectory, name);
  const places = { bodiesDirectory: shared("bodies"), vaultDirectory: shared("vault") };
  mkdirSync(join(directory, "state"), { mode: 0o700 });
  for (const name of ["master.key", "log-key.pem"]) cpSync(shared(name), join(directory, "state", name));
  const peerPort = await freePort();
  const peerInterface = { ...configuration.peerInterface, port: peerPort };
  writeFileSync(file, JSON.stringify({ ...configuration, ...places, peerInterface }));
  const node = new CountryServer({ ...first.parts, directory, peerPort }, country.clock);
  t.teardown(() => node.stop());
  await node.start();
  return node;
}
