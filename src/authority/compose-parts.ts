import { sha256, toBase64Url } from "../core/bytes.ts";
import { canonicalJson, type Json } from "../core/canonical-json.ts";
import { ConfigurationIndex } from "../trust/configuration-index.ts";
import { type PartName, partNames, partPath } from "../trust/configuration-parts.ts";
import { DocumentError } from "../trust/document-error.ts";
import { parseGlobalConfiguration } from "../trust/parse-global-configuration.ts";
import { checkRegistryCertificates } from "./check-registry-certificates.ts";
import type { Registry } from "./registry.ts";

/** What is published: the parts, which are TUF targets, and the documents that one of them binds. */
export interface ComposedParts {
  readonly targets: ReadonlyMap<string, Buffer>;
  readonly services: ReadonlyMap<string, Buffer>;
}

/**
 * Makes the parts of the configuration from a registry and reads them back as every server will, so that
 * nothing is published that servers refuse.
 * @param witnessKeys with which the authority cosigns checkpoints of logs
 * @throws DocumentError that names the place in the registry
 */
export function composeParts(registry: Registry, witnessKeys: readonly string[] = []): ComposedParts {
  checkRegistryCertificates(registry);
  const targets = new Map<string, Buffer>();
  const contents = partContents(registry, witnessKeys);
  for (const name of partNames) {
    const part = { v: 1, instance: registry.document.instance, ...contents[name] };
    targets.set(partPath(name), Buffer.from(canonicalJson(part)));
  }
  checkAsServersDo(registry, new Map([...targets, ...registry.services]));
  return { targets, services: registry.services };
}

function partContents(
  registry: Registry,
  witnessKeys: readonly string[],
): Record<PartName, { readonly [name: string]: Json }> {
  const { document } = registry;
  const certified = <Entry extends { certificate: unknown }>(
    entries: readonly Entry[],
    certificates: Registry["seals"],
  ) => entries.map((entry, i) => ({ ...entry, certificate: certificates[i]!.der.toString("base64") }));
  const parts = {
    parameters: {
      purpose: document.purpose,
      ...document.parameters,
      ...(witnessKeys.length > 0 && { witnessKeys }),
    },
    members: { members: document.members },
    servers: {
      servers: document.servers.map((server, i) => ({
        ...server,
        tlsCertificates: registry.tlsCertificates[i]!.map(({ fingerprint }) => fingerprint),
        ...(server.officers && { officers: registry.officers[i]!.map(({ fingerprint }) => fingerprint) }),
      })),
    },
    seals: { seals: certified(document.seals, registry.seals) },
    "trust-services": {
      certificationAuthorities: certified(
        document.certificationAuthorities,
        registry.certificationAuthorities,
      ),
      timestampingAuthorities: certified(document.timestampingAuthorities, registry.timestampingAuthorities),
    },
    services: {
      services: [...registry.services].map(([path, bytes]) => ({
        path,
        sha256: toBase64Url(sha256(bytes)),
        length: bytes.length,
      })),
    },
  };
  return parts as unknown as Record<PartName, { readonly [name: string]: Json }>;
}

/** The lists of the parts stand at the same places in the registry file. */
function checkAsServersDo(registry: Registry, parts: ReadonlyMap<string, Buffer>): void {
  try {
    const content = parseGlobalConfiguration({ version: 1, sha256: "", parts }, registry.document);
    new ConfigurationIndex(content);
  } catch (error) {
    if (!(error instanceof DocumentError) || error.document === partPath("services")) throw error;
    const place = error.document === partPath("parameters") ? `/parameters${error.place}` : error.place;
    throw new DocumentError(registry.name, place, error.problem, { cause: error });
  }
}
