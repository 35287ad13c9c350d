import { readdir, readFile, stat } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { isReserved } from "../catalogue/reserved-codes.ts";
import { fromBase64 } from "../core/bytes.ts";
import { unsafeId } from "../core/ids.ts";
import type { RegisteredGroup, RegisteredStop } from "../message/registration/registered.ts";
import { type Certificate, parseCertificate, parseCertificatesPem } from "../pki/certificate.ts";
import type { Anchor } from "../trust/anchor.ts";
import { serviceMaxLength } from "../trust/configuration-parts.ts";
import { DocumentError } from "../trust/document-error.ts";
import { vocabularyPath } from "../trust/service-paths.ts";
import {
  type CertificateReference,
  type RegistryDocument,
  readRegistryDocument,
} from "./registry-document.ts";

/** A registry with everything that it refers to read. */
export interface Registry {
  /** The file's name, for messages. */
  readonly name: string;
  readonly document: RegistryDocument;
  /** In the order of the document. */
  readonly tlsCertificates: readonly (readonly Certificate[])[];
  /** Of the officers of each server. */
  readonly officers: readonly (readonly Certificate[])[];
  /** Officers of the authority, who decide on registration requests. */
  readonly registrars: readonly Certificate[];
  /** Of subsystems; requests alone make them. */
  readonly groups?: readonly RegisteredGroup[];
  readonly agreementStops?: readonly RegisteredStop[];
  readonly seals: readonly Certificate[];
  readonly certificationAuthorities: readonly Certificate[];
  readonly timestampingAuthorities: readonly Certificate[];
  /** Service descriptions by their paths below `services/`, in order. */
  readonly services: ReadonlyMap<string, Buffer>;
  /** What the instance adds to the shared vocabulary, by the paths under which it is published. */
  readonly vocabularies: ReadonlyMap<string, Buffer>;
  /** The files and directories that were read: a change of one means a new registry. */
  readonly sources: readonly string[];
}

/** A file, or a document whose relative paths start where the process was started. @throws DocumentError */
export async function readRegistry(registry: string | RegistryDocument): Promise<Registry> {
  if (typeof registry === "string") return loadRegistry(registry);
  const checked = readRegistryDocument("registry", Buffer.from(JSON.stringify(registry)));
  return resolveRegistry(checked, process.cwd());
}

/** Reads a registry file and all that it refers to. @throws DocumentError with the place of the first fault */
export async function loadRegistry(path: string): Promise<Registry> {
  const document = readRegistryDocument(path, await read(path, path, ""));
  return resolveRegistry(document, dirname(path), path);
}

/**
 * Reads what a registry document refers to.
 * @param directory from which its relative paths start
 * @throws DocumentError with the place of the first fault
 */
export async function resolveRegistry(
  document: RegistryDocument,
  directory: string,
  name = "registry",
): Promise<Registry> {
  const sources = new Set<string>(name === "registry" ? [] : [name]);
  const certificate = (reference: CertificateReference, place: string) =>
    readCertificate({ reference, place, directory, name, sources });
  const all = <Entry, Result>(entries: readonly Entry[], one: (entry: Entry, i: number) => Promise<Result>) =>
    Promise.all(entries.map(one));
  const listed = (list: "seals" | "certificationAuthorities" | "timestampingAuthorities") =>
    all<{ certificate: CertificateReference }, Certificate>(document[list], (entry, i) =>
      certificate(entry.certificate, `/${list}/${i}/certificate`),
    );
  return {
    name,
    document,
    tlsCertificates: await all(document.servers, (server, i) =>
      all(server.tlsCertificates, (reference, j) =>
        certificate(reference, `/servers/${i}/tlsCertificates/${j}`),
      ),
    ),
    officers: await all(document.servers, (server, i) =>
      all(server.officers ?? [], (reference, j) => certificate(reference, `/servers/${i}/officers/${j}`)),
    ),
    registrars: await all(document.registration?.officers ?? [], (reference, i) =>
      certificate(reference, `/registration/officers/${i}`),
    ),
    seals: await listed("seals"),
    certificationAuthorities: await listed("certificationAuthorities"),
    timestampingAuthorities: await listed("timestampingAuthorities"),
    services: await readServices(document.services && resolve(directory, document.services), name, sources),
    vocabularies: await readVocabularies(document, directory, name, sources),
    sources: [...sources],
  };
}

interface CertificateToRead {
  readonly reference: CertificateReference;
  readonly place: string;
  readonly directory: string;
  readonly name: string;
  readonly sources: Set<string>;
}

async function readCertificate(wanted: CertificateToRead): Promise<Certificate> {
  const { reference, place, directory, name, sources } = wanted;
  try {
    if ("der" in reference) {
      const der = fromBase64(reference.der);
      if (der === undefined) throw new Error("malformed base64");
      return parseCertificate(der);
    }
    const path = resolve(directory, reference.pem);
    sources.add(path);
    return parseCertificatesPem(await readFile(path, "utf8"))[0]!;
  } catch (cause) {
    throw new DocumentError(name, place, (cause as Error).message, { cause });
  }
}

const descriptionForm = "{instance}/{class}/{member}/{subsystem}/{service}.json";
/** Characters, ASCII: a published file is named after its digest as well, in at most 255 bytes. */
const longestCode = 180;
const descriptionPath = /^(?:[^/\s]+\/){4}[^/\s]+\.json$/;

async function readServices(
  directory: string | undefined,
  name: string,
  sources: Set<string>,
): Promise<Map<string, Buffer>> {
  const services = new Map<string, Buffer>();
  if (directory === undefined) return services;
  for (const path of (await listFiles(directory, name, sources)).sort()) {
    const below = relative(directory, path);
    if (!descriptionPath.test(below))
      throw new DocumentError(path, "", `not named ${directory}/${descriptionForm}`);
    if (below.length - below.lastIndexOf("/") - "/.json".length > longestCode)
      throw new DocumentError(path, "", `its code has more than ${longestCode} characters`);
    // What every gateway answers itself: a published description would be ignored.
    if (isReserved(unsafeId(below.slice(0, -".json".length))))
      throw new DocumentError(path, "", "its code is reserved for built-in services");
    const bytes = await read(path, name, "/services");
    if (bytes.length > serviceMaxLength)
      throw new DocumentError(path, "", `longer than ${serviceMaxLength} bytes`);
    try {
      JSON.parse(bytes.toString("utf8"));
    } catch (cause) {
      throw new DocumentError(path, "", `not JSON: ${(cause as Error).message}`, { cause });
    }
    services.set(`services/${below}`, bytes);
  }
  return services;
}

/** Every file below, hidden ones aside, which editors leave. */
async function listFiles(directory: string, name: string, sources: Set<string>): Promise<string[]> {
  sources.add(directory);
  const files: string[] = [];
  try {
    for (const entry of await readdir(directory)) {
      if (entry.startsWith(".")) continue;
      const path = join(directory, entry);
      if ((await stat(path)).isDirectory()) files.push(...(await listFiles(path, name, sources)));
      else files.push(path);
    }
  } catch (cause) {
    throw new DocumentError(name, "/services", (cause as Error).message, { cause });
  }
  for (const path of files) sources.add(path);
  return files;
}

async function readVocabularies(
  { catalogue: { vocabularies = [] } = {} }: RegistryDocument,
  directory: string,
  name: string,
  sources: Set<string>,
): Promise<Map<string, Buffer>> {
  const files = vocabularies.map((path) => resolve(directory, path));
  for (const path of files) sources.add(path);
  const documents = files.map(async (path, i): Promise<[string, Buffer]> => {
    const bytes = await read(path, name, `/catalogue/vocabularies/${i}`);
    if (bytes.length > serviceMaxLength)
      throw new DocumentError(path, "", `longer than ${serviceMaxLength} bytes`);
    return [vocabularyPath(i + 1), bytes];
  });
  return new Map(await Promise.all(documents));
}

async function read(path: string, name: string, place: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new DocumentError(name, place, (cause as Error).message, { cause });
  }
}

/** One set of keys speaks for one instance: servers would refuse another. */
export function checkIdentity({ document, name }: Registry, anchor: Anchor): void {
  for (const member of ["instance", "purpose"] as const) {
    if (document[member] === anchor[member]) continue;
    throw new DocumentError(
      name,
      `/${member}`,
      `${document[member]}, but the keys are for ${anchor[member]}`,
    );
  }
}
