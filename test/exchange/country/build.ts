import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { RegistryDocument } from "../../../src/authority/registry-document.ts";
import { sha256 } from "../../../src/core/bytes.ts";
import { type ClientId, type MemberId, memberOf, providerOf, type ServerId } from "../../../src/core/ids.ts";
import type { DevelopmentCa, Identity } from "../../../src/dev/ca.ts";
import { writeIdentity } from "../../../src/dev/identity-files.ts";
import { developmentPolicy } from "../../../src/dev/timestamp-authority.ts";
import { logKeyPath } from "../../../src/messagelog/checkpoint/log-key.ts";
import { publicKeyText } from "../../../src/messagelog/checkpoint/signed-note.ts";
import { writeKeyFile } from "../../../src/pki/key-file.ts";
import {
  agreementDocument,
  agreements,
  allServices,
  authentications,
  badge,
  clients,
  descriptionOf,
  isOnSide,
  type MorePlans,
  membersOf,
} from "./plan.ts";
import type { ServerParts } from "./server.ts";

/** A seal that tests sign with, as the registry lists it beside the good ones. */
export interface SealEntry {
  readonly identity: Identity;
  readonly member: MemberId;
  readonly servers: readonly ServerId[];
  readonly history?: RegistryDocument["seals"][number]["history"];
}

/** Where the trust services of the country are. */
export interface TrustAddresses {
  readonly ocsp: string;
  readonly tsa: string;
}

/** New keys for a server and its members. */
export function newServer(
  ca: DevelopmentCa,
  parts: Pick<ServerParts, "id" | "clients" | "directory" | "peerPort" | "logKey">,
): ServerParts {
  const members = membersOf(parts.clients);
  return {
    ...parts,
    tls: ca.issueTls(parts.id, memberOf(parts.id)),
    seals: new Map(members.map((member) => [member, ca.issueSeal(member, member)])),
  };
}

const der = ({ certificate }: Identity) => ({ der: certificate.der.toString("base64") });
const granted = [{ state: "granted", from: "2020-01-01T00:00:00Z" }] as const;

/** The registry of the country. @param servicesDirectory where `writeServices` wrote */
export function registryOf(
  ca: DevelopmentCa,
  servers: readonly ServerParts[],
  moreSeals: readonly SealEntry[],
  { ocsp, tsa }: TrustAddresses,
  servicesDirectory: string,
): RegistryDocument {
  const allClients = Object.values<ClientId>(clients);
  const seals = servers.flatMap(({ id, seals }) =>
    [...seals].map(([member, identity]): SealEntry => ({ member, identity, servers: [id] })),
  );
  return {
    ...{ v: 1, instance: "DEV", purpose: "demonstration", services: servicesDirectory },
    parameters: { ocspFreshnessSeconds: 8 * 3600, timestampMaxLagSeconds: 12 * 3600 },
    members: membersOf(allClients).map((id) => ({
      ...{ id, name: `Member ${id}` },
      subsystems: allClients.filter((one) => memberOf(one) === id).map((one) => ({ id: one, name: one })),
    })),
    servers: servers.map(({ id, clients, tls, seals, peerPort, logKey }) => ({
      ...{ id, owner: memberOf(id), clients: [...seals.keys(), ...clients], wireVersions: [1] },
      addresses: [{ host: "127.0.0.1", port: peerPort }],
      tlsCertificates: [der(tls)],
      ...(logKey && { logKeys: [publicKeyText(logKey)] }),
      contact: `operations@${id.split("/")[2]}.example`,
    })),
    seals: [...seals, ...moreSeals].map(({ member, identity, servers, history = granted }) => ({
      ...{ member, servers, history, certificate: der(identity) },
    })),
    certificationAuthorities: [
      { name: "Issuing CA", certificate: der(ca.issuing), ocspUrls: [ocsp], history: granted },
    ],
    timestampingAuthorities: [
      {
        name: "TSA",
        url: tsa,
        certificate: der(ca.issuing),
        policies: [developmentPolicy],
        history: granted,
      },
    ],
  };
}

/** Writes the service descriptions, one file each. */
export function writeServices(directory: string, more: MorePlans): void {
  for (const service of [...allServices, ...more.services])
    writeJson(join(directory, `${service.id}.json`), descriptionOf(service));
}

/** What a server's files say beside its keys. */
export interface ServerFiles {
  readonly anchorFile: string;
  readonly mirror: string;
  readonly passphraseFile: string;
  readonly passphrase: string;
  readonly registerPort: number;
  /** Nobody listens there. */
  readonly closedPort: number;
  /** The certificate of the information system of `certified`. */
  readonly clientCertificate: string;
  /** Spread over the configuration. */
  readonly changes: object;
  readonly more: MorePlans;
  readonly now: number;
}

/** Writes configuration, keys and agreements of a server. */
export async function writeServer(server: ServerParts, files: ServerFiles): Promise<void> {
  const { directory, tls, seals, logKey } = server;
  if (logKey !== undefined) {
    mkdirSync(join(directory, "state"), { recursive: true, mode: 0o700 });
    await writeKeyFile(logKeyPath(join(directory, "state")), logKey, files.passphrase);
  }
  await writeIdentity(directory, "tls", tls, files.passphrase);
  for (const [member, identity] of seals)
    await writeIdentity(directory, sealName(member), identity, files.passphrase);
  for (const side of ["provider", "consumer"] as const) {
    const all = [...agreements, ...files.more.agreements];
    for (const agreement of all.filter((one) => isOnSide(one, side, server.clients))) {
      const document = agreementDocument(agreement, side, files.now);
      writeJson(join(directory, "agreements", `${agreement.id}.json`), document);
    }
  }
  writeJson(join(directory, "server.json"), configurationOf(server, files));
}

function configurationOf({ id, clients: served, seals, peerPort }: ServerParts, files: ServerFiles): object {
  const targets = {
    register: `http://127.0.0.1:${files.registerPort}/base`,
    "closed-port": `http://127.0.0.1:${files.closedPort}/`,
    "not-allowed": "http://127.0.0.1:9/",
  };
  const all = [...allServices, ...files.more.services];
  const provided = all.filter((service) => served.includes(providerOf(service.id)));
  const tls = { certificate: "tls.cert.pem", key: "tls.key.pem" };
  return {
    ...{ server: id, stateDirectory: "state", anchor: files.anchorFile, mirrors: [files.mirror] },
    passphraseFile: files.passphraseFile,
    consumerInterface: { httpPort: 0, httpsPort: 0, ...tls },
    peerInterface: { port: peerPort, ...tls },
    healthInterface: { port: 0 },
    members: [...seals.keys()].map((member) => ({
      id: member,
      sealCertificate: `${sealName(member)}.cert.pem`,
      sealKey: `${sealName(member)}.key.pem`,
    })),
    clients: authentications
      .filter((client) => served.includes(client.id))
      .map((client) => ({
        ...client,
        ...(client.authentication === "certificate" && { certificates: [files.clientCertificate] }),
        ...(client.authentication === "token" && { tokenDigests: [sha256(badge).toString("hex")] }),
      })),
    services: provided.flatMap(({ id: service, target }) =>
      target === "nowhere" ? [] : [{ id: service, target: targets[target] }],
    ),
    serviceConnections: [...new Set(provided.map((service) => providerOf(service.id)))].map((subsystem) => ({
      subsystem,
      allowedHosts: [files.registerPort, files.closedPort].map((port) => `127.0.0.1:${port}`),
    })),
    agreementsDirectory: "agreements",
    ...files.changes,
  };
}

function sealName(member: MemberId): string {
  return `seal-${member.split("/").at(-1)}`;
}

function writeJson(path: string, document: object): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(path, JSON.stringify(document));
}
