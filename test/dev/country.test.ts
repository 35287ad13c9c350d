import { readdirSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import t from "tap";
import { CatalogueHeads } from "../../src/assembly/catalogue-heads.ts";
import { loadAgreements } from "../../src/assembly/load-parts.ts";
import { openRegistryLog } from "../../src/assembly/open-registry-log.ts";
import { PublishedCatalogue } from "../../src/assembly/published-catalogue.ts";
import { loadServerConfiguration } from "../../src/assembly/server-configuration.ts";
import { Authority } from "../../src/authority/authority.ts";
import { loadRegistry } from "../../src/authority/registry.ts";
import { systemClock } from "../../src/core/clock.ts";
import { memberOf, providerOf } from "../../src/core/ids.ts";
import { agreements } from "../../src/dev/country/agreements.ts";
import { buildCountry } from "../../src/dev/country/build-country.ts";
import { serverOf } from "../../src/dev/country/country.ts";
import { members, subsystem } from "../../src/dev/country/members.ts";
import { planPorts } from "../../src/dev/country/ports.ts";
import { services } from "../../src/dev/country/services.ts";
import { freePort, keepPort } from "../../src/dev/free-port.ts";
import { loadTrustIdentities } from "../../src/dev/trust-services.ts";
import { loadKeyFile } from "../../src/pki/key-file.ts";
import { loadPortalConfiguration } from "../../src/portal/portal-configuration.ts";
import { loadAnchor } from "../../src/trust/anchor.ts";
import { ConfigurationClient } from "../../src/trust/configuration-client.ts";
import { readSecretFile } from "../../src/web/secret-file.ts";
import { newDirectory } from "../new-directory.ts";

const ports = await planPorts(0);
const directory = t.testdir();
const built = systemClock.now();
/** Countries that are compared are built on one day. */
const clock = { now: () => built };
const country = await buildCountry(join(directory, "one"), { ports, clock });

t.test("servers can be started from what is written", async (t) => {
  for (const server of country.servers) {
    const configuration = await loadServerConfiguration(server.configurationFile);
    const seals = configuration.members.map(({ id }) => id);
    t.equal(configuration.server, server.id);
    t.equal(seals[0], memberOf(server.id), "the owner's seal comes first");
    const passphrase = readFileSync(configuration.passphraseFile, "utf8").trimEnd();
    for (const { sealKey } of configuration.members) await loadKeyFile(sealKey!, passphrase);
    await loadKeyFile(configuration.peerInterface.key!, passphrase);
    t.equal((await loadAnchor(configuration.anchor)).purpose, "demonstration");
    const allowed = new Map(
      configuration.serviceConnections.map(({ subsystem, allowedHosts }) => [subsystem, allowedHosts]),
    );
    for (const { id, target } of configuration.services) {
      t.ok(allowed.get(providerOf(id))?.includes(new URL(target).host), `${id} may be where it is`);
    }
  }
  await loadTrustIdentities(country.trustDirectory, readFileSync(country.passphraseFile, "utf8").trimEnd());
});

t.test(
  "the portal can be started from what is written, and servers pin the key by which people sign in",
  async (t) => {
    const file = join(country.portalDirectory, "portal.json");
    const { identityProvider, publicUrl, securityServer } = await loadPortalConfiguration(file);
    t.equal(publicUrl, `http://127.0.0.1:${ports.citizens.portal}`);
    t.equal(securityServer.client, subsystem("portal"));
    await readSecretFile(identityProvider.clientSecretFile, "clientSecretFile");
    for (const { configurationFile } of country.servers) {
      const { permissions, portals } = await loadServerConfiguration(configurationFile);
      t.strictSame(portals, [{ id: subsystem("portal"), scheme: identityProvider.identifierScheme }]);
      t.match(permissions.identityProviders, [
        { issuer: identityProvider.issuer, audience: identityProvider.clientId },
      ]);
      const { keys } = JSON.parse(readFileSync(permissions.identityProviders[0]!.keysFile, "utf8"));
      t.match(keys, [{ kty: "EC", kid: /^[\w-]{43}$/ }]);
      t.notOk("d" in keys[0], "the private part stays with the provider");
    }
    const secret = join(country.identityProviderDirectory, "key.jwk");
    t.equal(statSync(secret).mode & 0o077, 0);
  },
);

t.test("the authority publishes who registered, and what they published", async (t) => {
  const { registryFile, authorityDirectory: stateDir, passphraseFile } = country;
  const { document } = await loadRegistry(registryFile);
  t.strictSame([document.members, document.servers, document.seals], [[], [], []], "the file names nobody");
  const passphrase = readFileSync(passphraseFile, "utf8").trimEnd();
  const clock = systemClock;
  const authority = await Authority.start({
    ...{ registry: registryFile, stateDir, passphrase, clock, host: "127.0.0.1", port: 0 },
    registryLog: (index) => openRegistryLog({ stateDirectory: join(stateDir, "registry") }, clock, index),
  });
  t.teardown(() => authority.close());
  const { anchor, url } = authority;
  const place = { anchor, mirrors: [url], directory: newDirectory(), clock };
  const client = await ConfigurationClient.start(place);
  t.teardown(() => client.close());
  const { content } = client.current();
  t.equal(content.acts.length, services.length, "each service by an act of its provider");
  const seen = new PublishedCatalogue(await CatalogueHeads.open(newDirectory()));
  const catalogue = seen.renew(client.current());
  t.strictSame(seen.faults, []);
  for (const { id } of services) t.ok(catalogue.service(id), id);
  t.equal(content.members.length, members.length);
  t.equal(content.seals.length, members.length);
  t.ok(content.servers.length >= 3, "at least three security servers");
  for (const { id, clients } of country.servers)
    t.strictSame([...client.current().server(id)!.clients].sort(), [...clients].sort());
  const owners = country.servers.map(({ clients }) => new Set(clients.map(memberOf)).size);
  t.ok(Math.max(...owners) >= 2, "one serves members of different owners");
});

t.test("both sides of an agreement hold the same document", async (t) => {
  const held = new Map(
    await Promise.all(
      country.servers.map(
        async (server) => [server, await loadAgreements(join(server.directory, "agreements"))] as const,
      ),
    ),
  );
  for (const { id, consumer, service } of agreements) {
    const sides = [serverOf(country, consumer), serverOf(country, providerOf(service))];
    const documents = sides.map((server) => held.get(server)!.between(consumer, service)[0]?.sha256);
    t.ok(documents[0], id);
    t.equal(documents[0], documents[1], id);
  }
  const bank = subsystem("onboarding");
  t.strictSame(
    agreements
      .filter(({ consumer, purpose }) => consumer === bank && purpose !== "representation")
      .map(({ service, purpose }) => [purpose, permissionFor(service, purpose)]),
    [
      ["know-your-customer", "consent"],
      ["company-account", "mandate"],
      ["employment", "consent"],
    ],
    "the bank has those alone for which somebody must give a permission",
  );
});

t.test(
  "keys and passphrase are readable by their owner only, and keys are encrypted but those of consoles",
  async (t) => {
    const files = filesBelow(country.directory);
    const keys = files.filter((path) => path.endsWith(".key.pem"));
    t.ok(keys.length > 10);
    const ofConsoles = files.filter((path) => path.endsWith("management.key"));
    t.equal(ofConsoles.length, 2);
    for (const path of [...keys, ...ofConsoles, "passphrase"]) {
      t.equal(statSync(join(country.directory, path)).mode & 0o077, 0, path);
    }
    for (const path of files.filter((path) => path.endsWith(".pem"))) {
      const text = readFileSync(join(country.directory, path), "utf8");
      t.notMatch(text, /BEGIN (?:EC )?PRIVATE KEY/, path);
    }
  },
);

t.test("another country at the same ports differs in its keys only", async (t) => {
  const other = await buildCountry(join(directory, "two"), { ports, clock });
  const isDeterministic = (path: string) => path.endsWith(".json") && !path.startsWith("authority/");
  const documents = filesBelow(country.directory).filter(isDeterministic);
  t.ok(documents.length > 20);
  const read = (directory: string, path: string) =>
    readFileSync(join(directory, path), "utf8").replaceAll(
      /"(?:encryptionKey|supervisoryKey)": "[\w-]+"/g,
      "",
    );
  for (const path of documents) t.equal(read(other.directory, path), read(country.directory, path), path);
});

t.test("a directory with a country is not built in again", async (t) => {
  const before = readFileSync(country.passphraseFile, "utf8");
  await t.rejects(buildCountry(country.directory, { ports, clock }), { code: "EEXIST" });
  t.equal(readFileSync(country.passphraseFile, "utf8"), before);
});

t.test("ports are all different, and a taken one is named", async (t) => {
  const flat = (value: unknown): number[] =>
    typeof value === "number" ? [value] : Object.values(value as object).flatMap(flat);
  t.equal(new Set(flat(ports)).size, flat(ports).length);
  const squatter = createServer().listen(0, "127.0.0.1");
  t.teardown(() => squatter.close());
  await new Promise((resolve) => squatter.once("listening", resolve));
  const { port } = squatter.address() as { port: number };
  await t.rejects(planPorts(port - 1), { code: "EADDRINUSE", port });
});

function filesBelow(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((path) => statSync(join(root, path)).isFile())
    .sort();
}

function permissionFor(id: string, purpose: string | undefined): string | undefined {
  const { purposes = [] } = services.find((one) => one.id === id)!.description;
  return purposes.find((one) => one.id === purpose)?.permission;
}

t.test("a port that was given is given to nobody else, though nobody listens there yet", async (t) => {
  const [one, other] = [await freePort(), await planPorts(0)];
  t.strictSame([await keepPort(one), await keepPort(other.authority - 1)], [false, false]);
});
