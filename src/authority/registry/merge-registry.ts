import { memberOf } from "../../core/ids.ts";
import type { RegisteredContent, RegisteredServer } from "../../message/registration/registered.ts";
import { type Certificate, parseCertificate } from "../../pki/certificate.ts";
import { DocumentError } from "../../trust/document-error.ts";
import type { Registry } from "../registry.ts";
import type { RegistryDocument } from "../registry-document.ts";
import { publishedStops } from "./agreement-changes.ts";
import type { RegistryState } from "./registry-state.ts";

/** Parsing costs, and of thousands of certificates few are new. */
export class ParsedCertificates {
  #known = new Map<string, Certificate>();
  #next = new Map<string, Certificate>();

  /** @param der base64 @throws DocumentError */
  of(der: string): Certificate {
    const certificate = this.#next.get(der) ?? this.#known.get(der) ?? parse(der);
    this.#next.set(der, certificate);
    return certificate;
  }

  /** Forgets what was not asked for since the last time. */
  turn(): void {
    this.#known = this.#next;
    this.#next = new Map();
  }
}

function parse(der: string): Certificate {
  try {
    return parseCertificate(Buffer.from(der, "base64"));
  } catch (cause) {
    throw new DocumentError("registry", "", "a certificate cannot be read", { cause });
  }
}

/** What the registry file says of members, certificates read. */
export function contentOf({
  document,
  seals,
  tlsCertificates,
  officers,
  registrars,
}: Registry): RegisteredContent {
  const der = (certificate: Certificate) => certificate.der.toString("base64");
  return {
    members: document.members as RegisteredContent["members"],
    servers: document.servers.map((server, i) => ({
      ...server,
      tlsCertificates: tlsCertificates[i]!.map(der),
      ...(server.officers && { officers: officers[i]!.map(der) }),
    })) as unknown as RegisteredContent["servers"],
    seals: document.seals.map((seal, i) => ({
      ...seal,
      certificate: der(seals[i]!),
    })) as unknown as RegisteredContent["seals"],
    officers: registrars.map((officer) => ({ certificate: der(officer) })),
  };
}

/**
 * The registry as it is published: what the file sets, and the members, servers and seals that are registered. What is
 * suspended is not served; its seals say in their history that they do not count.
 */
export function mergeRegistry(
  file: Registry,
  state: RegistryState,
  certificates: ParsedCertificates,
): Registry {
  const servers = [...state.servers.values()].filter(({ id }) => state.stateOf("server", id) === "approved");
  const known = new Set(servers.map(({ id }) => id));
  const seals = [...state.seals.values()].map((seal) => ({
    ...seal,
    servers: seal.servers.filter((id) => known.has(id)),
  }));
  const reference = (der: string) => ({ der });
  const document: RegistryDocument = {
    ...file.document,
    members: [...state.members.values()],
    successions: [...(file.document.successions ?? []), ...state.successions.values()],
    servers: servers.map((server) => ({
      ...server,
      clients: servedBy(state, server),
      tlsCertificates: server.tlsCertificates.map(reference),
      ...(server.officers && { officers: server.officers.map(reference) }),
    })) as RegistryDocument["servers"],
    seals: seals.map((seal) => ({ ...seal, certificate: reference(seal.certificate) })),
  };
  const parsed = (ders: readonly string[]) => ders.map((der) => certificates.of(der));
  return {
    ...file,
    document,
    groups: [...state.groups.values()],
    agreementStops: publishedStops(state),
    tlsCertificates: servers.map(({ tlsCertificates }) => parsed(tlsCertificates)),
    officers: servers.map(({ officers = [] }) => parsed(officers)),
    seals: parsed(seals.map(({ certificate }) => certificate)),
  };
}

/** Nobody serves a suspended member. */
function servedBy(state: RegistryState, { clients }: RegisteredServer): RegisteredServer["clients"] {
  return clients.filter((client) => state.stateOf("member", memberOf(client)) === "approved");
}
