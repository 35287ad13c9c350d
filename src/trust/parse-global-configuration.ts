import { startOfDay } from "../core/day.ts";
import { unsafeId } from "../core/ids.ts";
import { checkConfiguration } from "./check-configuration.ts";
import {
  type HistoryEntry,
  type PartName,
  type PartShapes,
  partNames,
  partPath,
  partReaders,
  type SuccessionEntry,
} from "./configuration-parts.ts";
import { digestOnce } from "./digest-once.ts";
import { DocumentError } from "./document-error.ts";
import type {
  ConfigurationContent,
  InstancePurpose,
  PublishedDocument,
  SecurityServer,
  StateSince,
} from "./global-configuration.ts";
import { readMaintenance } from "./maintenance.ts";
import { joinPieces, targetsByPart } from "./part-pieces.ts";
import type { Succession } from "./successors.ts";

/** What is parsed: verified bytes by their paths among the TUF targets. */
export interface ConfigurationFiles {
  /** Version of the targets metadata, and the SHA-256 (base64url) of its bytes. */
  readonly version: number;
  readonly sha256: string;
  /** Parts by path, and the documents that one of them binds. */
  readonly parts: ReadonlyMap<string, Buffer>;
}

/** Whose configuration it must be, by the anchor. */
export interface ConfigurationIdentity {
  readonly instance: string;
  readonly purpose: InstancePurpose;
}

/** Parsed parts and pieces of an earlier version by their paths, taken over where the bytes are the same object. */
export type ParsedParts = Map<string, { readonly bytes: Buffer; readonly part: PartShapes[PartName] }>;

/**
 * Parses and cross-checks a configuration. The bytes are signed by the authority, so this guards against its
 * mistakes: a version with one is refused as a whole.
 * @param parsed filled with what was parsed; given again, it spares the parts that did not change
 * @throws DocumentError with part and place
 */
export function parseGlobalConfiguration(
  files: ConfigurationFiles,
  identity: ConfigurationIdentity,
  parsed: ParsedParts = new Map(),
): ConfigurationContent {
  const parts = readParts(files.parts, parsed, identity.instance);
  checkPurpose(parts.parameters, identity.purpose);
  const { parameters, servers, members } = parts;
  const content: ConfigurationContent = {
    version: files.version,
    sha256: files.sha256,
    parameters: {
      instance: parameters.instance,
      purpose: parameters.purpose,
      ocspFreshness: parameters.ocspFreshnessSeconds * 1000,
      timestampMaxLag: parameters.timestampMaxLagSeconds * 1000,
      witnessKeys: parameters.witnessKeys ?? [],
      catalogueKeys: parameters.catalogueKeys ?? [],
      timeZone: parameters.timeZone ?? "UTC",
      orderingAuthorities: parameters.orderingAuthorities ?? [],
      supervisoryKey: parameters.supervisoryKey ?? null,
      leastSealClasses: parameters.leastSealClasses ?? [],
      restrictablePurposes: parameters.restrictablePurposes ?? [],
      ...(parameters.certificateNames && { certificateNames: parameters.certificateNames }),
    },
    members: members.members,
    ...(members.groups && { groups: members.groups }),
    successions: (members.successions ?? []).map(readSuccession),
    ...(members.agreementStops && {
      agreementStops: members.agreementStops.map((stop) => ({ ...stop, since: Date.parse(stop.since) })),
    }),
    servers: servers.servers.map(readServer),
    seals: parts.seals.seals.map((seal, i) => ({
      member: unsafeId(seal.member),
      certificate: Buffer.from(seal.certificate, "base64"),
      servers: seal.servers.map((id) => unsafeId(id)),
      history: readHistory(seal.history, "seals", `/seals/${i}`),
    })),
    ...readTrustServices(parts["trust-services"]),
    services: readDocuments(parts.services.services, files.parts),
    acts: readDocuments(parts.services.acts ?? [], files.parts),
    vocabularies: readDocuments(parts.services.vocabularies ?? [], files.parts),
  };
  checkConfiguration(content);
  return content;
}

function readParts(files: ReadonlyMap<string, Buffer>, parsed: ParsedParts, instance: string): PartShapes {
  const parts: Partial<Record<PartName, PartShapes[PartName]>> = {};
  const byPart = targetsByPart(files.keys());
  for (const name of partNames) {
    const paths = byPart.get(name);
    if (paths === undefined) throw new DocumentError(partPath(name), "", "missing");
    const pieces = paths.map((path) => readPiece(name, path, files.get(path)!, parsed));
    for (const [i, piece] of pieces.entries()) checkInstance(paths[i]!, piece, instance);
    parts[name] = joinPieces<PartName>(name, pieces);
  }
  for (const path of parsed.keys()) {
    if (!files.has(path)) parsed.delete(path);
  }
  return parts as unknown as PartShapes;
}

function readPiece(name: PartName, path: string, bytes: Buffer, parsed: ParsedParts): PartShapes[PartName] {
  const before = parsed.get(path);
  const part = before?.bytes === bytes ? before.part : partReaders[name](path, bytes);
  parsed.set(path, { bytes, part });
  return part;
}

function checkInstance(path: string, part: PartShapes[PartName], instance: string): void {
  if (part.instance === instance) return;
  throw new DocumentError(path, "/instance", `of instance ${part.instance}, not ${instance}`);
}

function checkPurpose(parameters: PartShapes["parameters"], purpose: InstancePurpose): void {
  if (parameters.purpose === purpose) return;
  const problem = `for ${parameters.purpose}, but the anchor is for ${purpose}`;
  throw new DocumentError(partPath("parameters"), "/purpose", problem);
}

function readSuccession(entry: SuccessionEntry, i: number): Succession {
  const date = startOfDay(entry.date);
  if (date === undefined) throw new DocumentError(partPath("members"), `/successions/${i}/date`, "is no day");
  return { ...entry, to: entry.to.map(({ member, share = null }) => ({ member, share })), date };
}

function readTrustServices(part: PartShapes["trust-services"]) {
  const read = <Service extends { certificate: string; history: readonly HistoryEntry[] }>(
    list: "certificationAuthorities" | "timestampingAuthorities",
    services: readonly Service[],
  ) =>
    services.map((service, i) => ({
      ...service,
      certificate: Buffer.from(service.certificate, "base64"),
      history: readHistory(service.history, "trust-services", `/${list}/${i}`),
    }));
  return {
    certificationAuthorities: read("certificationAuthorities", part.certificationAuthorities),
    timestampingAuthorities: read("timestampingAuthorities", part.timestampingAuthorities),
  };
}

/** Few servers have any. */
function readServer(entry: PartShapes["servers"]["servers"][number], i: number): SecurityServer {
  const { maintenance, ...server } = entry;
  if (maintenance === undefined) return server;
  return { ...server, maintenance: readMaintenance(maintenance, `/servers/${i}/maintenance`) };
}

function readHistory(entries: readonly HistoryEntry[], part: PartName, place: string): StateSince[] {
  const history = entries.map(({ state, from }) => ({ state, from: Date.parse(from) }));
  for (const [i, { from }] of history.entries()) {
    if (Number.isNaN(from) || (i > 0 && from <= history[i - 1]!.from)) {
      throw new DocumentError(partPath(part), `${place}/history/${i}/from`, "not later than the one before");
    }
  }
  return history;
}

/** An archived configuration may lack documents: those that are there must be the ones that were signed. */
function readDocuments(
  bound: PartShapes["services"]["services"],
  files: ReadonlyMap<string, Buffer>,
): PublishedDocument[] {
  const documents: PublishedDocument[] = [];
  for (const { path, sha256: digest } of bound) {
    const bytes = files.get(path);
    if (bytes === undefined) continue;
    if (digestOnce(bytes).base64Url !== digest)
      throw new DocumentError(path, "", "not the bytes that were signed");
    documents.push({ path, sha256: digest, bytes });
  }
  return documents;
}
