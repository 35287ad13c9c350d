import { join, relative } from "node:path";
import type { CertificateReference, RegistryDocument } from "../../authority/registry-document.ts";
import { developmentPolicy } from "../timestamp-authority.ts";
import { type Country, sealName } from "./country.ts";
import { instance, members, membersOn } from "./members.ts";
import type { RestrictionParameters } from "./restrictions.ts";

const hours = 3600;

/**
 * The registry file of the governing authority, for demonstration.
 * @param now milliseconds since the epoch
 * @param logKeys public keys by the names of the servers
 * @param restrictions who may order which, and who can read them
 */
export function registryOf(
  { directory, ports, servers, trustDirectory }: Country,
  now: number,
  logKeys: ReadonlyMap<string, string>,
  restrictions: RestrictionParameters,
): RegistryDocument {
  const pem = (folder: string, name: string): CertificateReference => ({
    pem: relative(directory, join(folder, `${name}.cert.pem`)),
  });
  const from = `${new Date(now).getUTCFullYear()}-01-01T00:00:00Z`;
  const history = [{ state: "granted", from }] as const;
  const issuing = pem(trustDirectory, "issuing-ca");
  const localhost = (port: number) => `http://127.0.0.1:${port}/`;
  return {
    v: 1,
    instance,
    purpose: "demonstration",
    catalogue: { vocabularies: ["vocabulary.json"] },
    parameters: {
      ...{ ocspFreshnessSeconds: 8 * hours, timestampMaxLagSeconds: 12 * hours },
      ...restrictions,
    },
    members: members.map(({ id, name, subsystems }) => ({
      id,
      name,
      subsystems: subsystems.map((code) => ({ id: `${id}/${code}`, name: `${name}: ${code}` })),
    })),
    servers: servers.map((server) => ({
      id: server.id,
      owner: server.plan.owner,
      clients: server.clients,
      wireVersions: [1],
      addresses: [{ host: "127.0.0.1", port: server.ports.peer }],
      tlsCertificates: [pem(server.directory, "tls")],
      logKeys: [logKeys.get(server.name)!],
      contact: `operations@${server.name}.example`,
    })),
    seals: servers.flatMap((server) =>
      membersOn(server.plan).map(({ id }) => ({
        member: id,
        servers: [server.id],
        history,
        certificate: pem(server.directory, sealName(id)),
      })),
    ),
    certificationAuthorities: [
      { name: "Issuing CA", certificate: issuing, ocspUrls: [localhost(ports.trust.ocsp)], history },
    ],
    timestampingAuthorities: [
      {
        name: "Time-stamping authority",
        url: localhost(ports.trust.tsa),
        certificate: issuing,
        policies: [developmentPolicy],
        history,
      },
    ],
  };
}
