import { type Vocabulary, VocabularyInUse } from "../catalogue/vocabulary.ts";
import { canonicalJson, type Json } from "../core/canonical-json.ts";
import { memberOf } from "../core/ids.ts";
import { ConfigurationIndex } from "../trust/configuration-index.ts";
import { type PartName, partNames, partPath } from "../trust/configuration-parts.ts";
import { digestOnce } from "../trust/digest-once.ts";
import { DocumentError } from "../trust/document-error.ts";
import { parseGlobalConfiguration } from "../trust/parse-global-configuration.ts";
import { cutPart } from "../trust/part-pieces.ts";
import { checkRegistryCertificates } from "./check-registry-certificates.ts";
import type { Registry } from "./registry.ts";
import type { CatalogueDocuments } from "./services/act-archive.ts";

/** What is published: the parts, which are TUF targets, and the documents that one of them binds. */
export interface ComposedParts {
  readonly targets: ReadonlyMap<string, Buffer>;
  readonly documents: ReadonlyMap<string, Buffer>;
  /** What servers will look up in them, and the vocabulary that they will use. */
  readonly index: ConfigurationIndex;
  readonly vocabulary: Vocabulary;
}

/** What is published beside the registry. */
export interface PublishedBeside {
  /** With which the authority cosigns checkpoints of logs, and countersigns acts on services. */
  readonly witnessKeys: readonly string[];
  readonly catalogueKeys: readonly string[];
  readonly catalogue: CatalogueDocuments;
}

const nothingBeside: PublishedBeside = {
  witnessKeys: [],
  catalogueKeys: [],
  catalogue: { services: new Map(), acts: new Map(), seals: new Map() },
};

/**
 * Makes the parts of the configuration from a registry and reads them back as every server will, so that
 * nothing is published that servers refuse.
 * @throws DocumentError that names the place in the registry
 */
export function composeParts(registry: Registry, beside: PublishedBeside = nothingBeside): ComposedParts {
  checkRegistryCertificates(registry);
  checkUnsigned(registry);
  const targets = new Map<string, Buffer>();
  // The places in what is read back are those in the registry, which the pieces would mix.
  const uncut = new Map<string, Buffer>();
  const contents = partContents(registry, beside);
  const head = { v: 1, instance: registry.document.instance };
  for (const name of partNames) {
    uncut.set(partPath(name), Buffer.from(JSON.stringify({ ...head, ...contents[name] })));
    for (const [path, content] of cutPart(name, contents[name]))
      targets.set(path, Buffer.from(canonicalJson({ ...head, ...(content as { [name: string]: Json }) })));
  }
  const { acts, services: published } = beside.catalogue;
  const documents = new Map([...registry.services, ...published, ...acts, ...registry.vocabularies]);
  const index = readAsServersDo(registry, new Map([...uncut, ...documents]));
  checkSealsOfActs(registry, index, beside.catalogue);
  return { targets, documents, index, vocabulary: vocabularyOf(registry, index) };
}

/** Nearly every version has the same. */
const words = new VocabularyInUse();

function vocabularyOf({ name }: Registry, { content: { vocabularies } }: ConfigurationIndex): Vocabulary {
  try {
    return words.renew(vocabularies);
  } catch (cause) {
    throw new DocumentError(name, "/catalogue/vocabularies", (cause as Error).message, { cause });
  }
}

/** Without the seal that signed for them, gateways would take services for unsigned. */
function checkSealsOfActs(
  { name }: Registry,
  index: ConfigurationIndex,
  { seals }: CatalogueDocuments,
): void {
  for (const [fingerprint, service] of seals) {
    const member = memberOf(service);
    const isNeeded = index.member(member) !== undefined;
    if (!isNeeded || index.sealOfAnyState(fingerprint)?.member === member) continue;
    const problem = `${member} lacks the seal ${fingerprint}, which signed for ${service}: list it, withdrawn if it is not used any more`;
    throw new DocumentError(name, "/seals", problem);
  }
}

/** What no provider signed proves nothing: it is for demonstrations and tests. */
function checkUnsigned({ document, name }: Registry): void {
  if (document.purpose === "demonstration" || document.services === undefined) return;
  const remedy = "leave it out; providers publish with `sealway services publish`";
  throw new DocumentError(
    name,
    "/services",
    `descriptions that no provider signed are for demonstration: ${remedy}`,
  );
}

function partContents(
  registry: Registry,
  { witnessKeys, catalogueKeys, catalogue }: PublishedBeside,
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
      ...(catalogueKeys.length > 0 && { catalogueKeys }),
    },
    members: {
      members: document.members,
      ...(registry.groups && registry.groups.length > 0 && { groups: registry.groups }),
      ...(registry.agreementStops?.length && { agreementStops: registry.agreementStops }),
      ...(document.successions?.length && { successions: document.successions }),
    },
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
      services: bound([...registry.services, ...catalogue.services]),
      ...(catalogue.acts.size > 0 && { acts: bound([...catalogue.acts]) }),
      ...(registry.vocabularies.size > 0 && { vocabularies: bound([...registry.vocabularies]) }),
    },
  };
  return parts as unknown as Record<PartName, { readonly [name: string]: Json }>;
}

function bound(documents: readonly (readonly [path: string, bytes: Buffer])[]) {
  return documents.map(([path, bytes]) => ({
    path,
    sha256: digestOnce(bytes).base64Url,
    length: bytes.length,
  }));
}

/** The lists of the parts stand at the same places in the registry file. */
function readAsServersDo(registry: Registry, parts: ReadonlyMap<string, Buffer>): ConfigurationIndex {
  try {
    const content = parseGlobalConfiguration({ version: 1, sha256: "", parts }, registry.document);
    return new ConfigurationIndex(content);
  } catch (error) {
    if (!(error instanceof DocumentError) || error.document === partPath("services")) throw error;
    const place = error.document === partPath("parameters") ? `/parameters${error.place}` : error.place;
    throw new DocumentError(registry.name, place, error.problem, { cause: error });
  }
}
