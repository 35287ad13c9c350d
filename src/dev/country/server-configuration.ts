import { basename, relative } from "node:path";
import { providerOf } from "../../core/ids.ts";
import {
  enoughAssurance,
  issuerOf,
  personScheme,
  portalClient,
  powerSources,
  publicKeysFile,
} from "./citizens.ts";
import { managementOf } from "./consoles.ts";
import { type Country, type CountryServer, sealName } from "./country.ts";
import { membersOn, subsystem } from "./members.ts";
import { service, services } from "./services.ts";

/** The configuration file of one security server (`schemas/server/v1.schema.json`). */
export function serverConfiguration(country: Country, server: CountryServer): object {
  const { directory, ports } = server;
  const path = (to: string) => relative(directory, to);
  const identity = (name: string) => [`${name}.cert.pem`, `${name}.key.pem`] as const;
  const [certificate, key] = identity("tls");
  const provided = services.filter(({ id }) => server.clients.includes(providerOf(id)));
  const hostOf = (register: keyof typeof country.ports.registers) =>
    `127.0.0.1:${country.ports.registers[register]}`;
  const providers = [...new Set(provided.map(({ id }) => providerOf(id)))];
  return {
    server: server.id,
    stateDirectory: basename(server.stateDirectory),
    anchor: path(country.anchorFile),
    mirrors: [`http://127.0.0.1:${country.ports.authority}/`],
    passphraseFile: path(country.passphraseFile),
    consumerInterface: { httpPort: ports.consumer },
    peerInterface: { port: ports.peer, certificate, key },
    healthInterface: { port: ports.health },
    ...managementOf(country, server),
    members: membersOn(server.plan).map(({ id }) => {
      const [sealCertificate, sealKey] = identity(sealName(id));
      return { id, sealCertificate, sealKey };
    }),
    clients: server.clients.map((id) => ({ id, authentication: "http" })),
    services: provided.map(({ id, register, base }) => ({ id, target: `http://${hostOf(register)}${base}` })),
    serviceConnections: providers.map((subsystem) => ({
      subsystem,
      allowedHosts: [
        ...new Set(
          provided.filter(({ id }) => providerOf(id) === subsystem).map(({ register }) => hostOf(register)),
        ),
      ],
    })),
    agreementsDirectory: "agreements",
    inquiries: { supervisoryAuthority: subsystem("audit") },
    portals: [{ id: subsystem("portal"), scheme: personScheme }],
    representation: {
      sources: powerSources.map(({ kinds, represented, service: name }) => ({
        ...{ service: service(name), purpose: "representation", kinds },
        ...{ representative: personScheme, represented },
      })),
    },
    permissions: {
      portalUrl: `${country.portalUrl}/permissions/{id}`,
      identityProviders: [
        {
          issuer: issuerOf(country),
          audience: portalClient,
          acr: enoughAssurance,
          scheme: personScheme,
          keysFile: path(publicKeysFile(country)),
        },
      ],
    },
  };
}
