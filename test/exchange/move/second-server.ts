import { generateKeyPairSync } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Authority } from "../../../src/authority/authority.ts";
import type { RegistryDocument } from "../../../src/authority/registry-document.ts";
import type { Clock } from "../../../src/core/clock.ts";
import { type ClientId, memberOf, type ServerId } from "../../../src/core/ids.ts";
import { freePort } from "../../../src/dev/free-port.ts";
import { publicKeyText } from "../../../src/messagelog/checkpoint/signed-note.ts";
import { until } from "../../until.ts";
import { newServer, type ServerFiles, writeServer } from "../country/build.ts";
import { CountryServer } from "../country/server.ts";
import type { SmallCountry } from "../country.ts";

type Registry = RegistryDocument;

/** A server of a member that has one already, registered with nothing to serve yet, and not started. */
export async function addServer(
  country: SmallCountry,
  id: ServerId,
  /** What its files are prepared for. */
  prepared: readonly ClientId[],
  clock: Clock,
  files: Pick<ServerFiles, "changes" | "more">,
): Promise<CountryServer> {
  const directory = join(country.directory, id.split("/").at(-1)!);
  const { privateKey: logKey } = generateKeyPairSync("ed25519");
  const place = { clients: prepared, directory, peerPort: await freePort(), logKey };
  const parts = newServer(country.ca, { id, ...place });
  const model = JSON.parse(readFileSync(country.answering.configurationFile, "utf8"));
  await writeServer(parts, {
    ...{ anchorFile: country.authority.anchorFile, mirror: country.authority.url },
    passphraseFile: model.passphraseFile,
    passphrase: readFileSync(model.passphraseFile, "utf8").trim(),
    ...{ registerPort: country.register.port, closedPort: 9, clientCertificate: "" },
    ...{ ...files, now: country.clock.now() },
  });
  const der = (certificate: Buffer) => ({ der: certificate.toString("base64") });
  const history = [{ state: "granted", from: "2020-01-01T00:00:00Z" }] as const;
  country.registry = {
    ...country.registry,
    servers: [
      ...country.registry.servers,
      {
        ...{ id, owner: memberOf(id), clients: [], wireVersions: [1], contact: "operations@two.example" },
        addresses: [{ host: "127.0.0.1", port: place.peerPort }],
        tlsCertificates: [der(parts.tls.certificate.der)],
        logKeys: [publicKeyText(logKey)],
      },
    ],
    seals: [
      ...country.registry.seals,
      ...[...parts.seals].map(([member, { certificate }]) => {
        return { member, servers: [id], history, certificate: der(certificate.der) };
      }),
    ],
  };
  return new CountryServer(parts, clock);
}

/** The registry with a client at another server. */
export function moved(registry: Registry, client: ClientId, to: ServerId): Registry {
  const servers = registry.servers.map(({ clients, ...server }) => {
    const others = clients.filter((one) => one !== client);
    return { ...server, clients: server.id === to ? [...others, client] : others };
  });
  return { ...registry, servers };
}

/** The registry with a server in maintenance. */
export function inMaintenance(
  registry: Registry,
  id: ServerId,
  maintenance: Registry["servers"][number]["maintenance"],
): Registry {
  const servers = registry.servers.map((server) =>
    server.id === id && maintenance !== undefined ? { ...server, maintenance } : server,
  );
  return { ...registry, servers };
}

/** Publishes a registry and waits until the servers use it. */
export async function publish(
  authority: Authority,
  registry: Registry,
  servers: readonly CountryServer[],
): Promise<void> {
  const before = servers.map(versionAt);
  await authority.publish(registry);
  await until("all use the new version", () =>
    servers.every((server, i) => versionAt(server) > (before[i] as number)),
  );
}

export function versionAt({ gateway }: CountryServer): number {
  return gateway.health().configurationVersion as number;
}

/** Has a server that does not run take its configuration from another place. */
export function useMirror({ configurationFile }: CountryServer, url: string): void {
  const configuration = JSON.parse(readFileSync(configurationFile, "utf8"));
  writeFileSync(configurationFile, JSON.stringify({ ...configuration, mirrors: [url] }));
}
