import type { Anchor } from "../../trust/anchor.ts";
import type { ConfigurationIndex } from "../../trust/configuration-index.ts";
import { verifyArchivedConfiguration } from "../../trust/verify-archived-configuration.ts";
import { documentKinds, documentPath } from "../evidence/package-layout.ts";
import { Remembered } from "../evidence/remembered.ts";
import { Trust } from "../evidence/verify-trust.ts";
import type { ConfigurationFiles, ContextDocument } from "../message-record.ts";
import type { StoredCertificate, StoredOcsp } from "../message-store.ts";
import type { ArchiveFindings } from "./archive-findings.ts";
import { FaultyFile, readSegmentFile } from "./archive-folder.ts";
import {
  type ArchivedBatch,
  batchLine,
  certificateLine,
  documentLine,
  type LineForm,
  MalformedLine,
  ocspLine,
  readLine,
  splitLines,
} from "./archive-lines.ts";
import { fileName, type SegmentFile, type SegmentManifest } from "./segment-manifest.ts";

/** A segment whose manifest can be read. */
export interface OpenSegment {
  readonly path: string;
  /** Of its folder. */
  readonly name: string;
  readonly manifest: SegmentManifest;
}

/** What the records of a segment refer to, and what is trusted. */
export interface SegmentContext {
  readonly batches: ReadonlyMap<number, ArchivedBatch>;
  readonly certificates: ReadonlyMap<string, StoredCertificate>;
  readonly responses: ReadonlyMap<string, StoredOcsp>;
  readonly documents: ReadonlyMap<string, ContextDocument>;
  /** Documents in force, by their paths in a package. */
  readonly inForce: ReadonlyMap<string, Buffer>;
  readonly trust: Trust;
}

/** Reads all of a segment but its records and bodies. What cannot be read is told and left out. */
export async function loadContext(
  segment: OpenSegment,
  anchor: Anchor | undefined,
  newest: ConfigurationIndex | undefined,
  findings: ArchiveFindings,
): Promise<SegmentContext> {
  const read = <Value>(kind: SegmentFile["kind"], form: LineForm<Value>) =>
    readValues(segment, (file) => file.kind === kind, form, findings);
  const batches = await read("batches", batchLine);
  const certificates = await read("certificates", certificateLine);
  const responses = await read("ocsp", ocspLine);
  const documents = new Map((await read("documents", documentLine)).map((one) => [one.sha256, one]));
  const configurations = anchor === undefined ? [] : readConfigurations(segment, documents, anchor, findings);
  if (newest !== undefined && !configurations.some(({ content }) => isSame(content, newest.content)))
    configurations.push(newest);
  return {
    batches: new Map(batches.map((batch) => [batch.number, batch])),
    certificates: new Map(certificates.map((one) => [one.sha256, one])),
    responses: new Map(responses.map((one) => [one.sha256, one])),
    documents,
    inForce: inForce(documents),
    trust: new Trust(configurations),
  };
}

function isSame(one: ConfigurationIndex["content"], other: ConfigurationIndex["content"]): boolean {
  return one.sha256 === other.sha256;
}

/** The values in the lines of some files. Broken files and lines are told. */
export async function readValues<Value>(
  segment: OpenSegment,
  wanted: (file: SegmentFile) => boolean,
  form: LineForm<Value>,
  findings: ArchiveFindings,
): Promise<Value[]> {
  const values: Value[] = [];
  for (const file of segment.manifest.files) {
    if (!wanted(file)) continue;
    const place = `${segment.name}/${fileName(file)}`;
    const bytes = await readOrTell(segment, file, findings);
    if (bytes === undefined) continue;
    try {
      const before = values.length;
      for (const line of splitLines(bytes)) values.push(readLine(form, line));
      if (values.length - before !== file.lines)
        findings.add("line-malformed", place, `${values.length - before} lines`);
    } catch (error) {
      if (!(error instanceof MalformedLine)) throw error;
      findings.add("line-malformed", place, error.message);
    }
  }
  return values;
}

/** The bytes that the manifest lists, or a finding. */
export async function readOrTell(
  segment: OpenSegment,
  file: SegmentFile,
  findings: ArchiveFindings,
): Promise<Buffer | undefined> {
  try {
    return await readSegmentFile(segment.path, file);
  } catch (error) {
    if (!(error instanceof FaultyFile)) throw error;
    findings.add(error.problem, `${segment.name}/${fileName(file)}`);
    return undefined;
  }
}

function inForce(documents: ReadonlyMap<string, ContextDocument>): ReadonlyMap<string, Buffer> {
  const paths = new Map<string, Buffer>();
  for (const { kind, sha256, bytes } of documents.values()) {
    const known = documentKinds.find((one) => one === kind);
    if (known !== undefined) paths.set(documentPath(known, sha256), bytes);
  }
  return paths;
}

/** By anchor and digest of the list; a national configuration takes some megabytes. */
const indexes = new Remembered<{ readonly index: ConfigurationIndex | undefined; readonly detail: string }>(
  8,
);

function readConfigurations(
  { name }: OpenSegment,
  documents: ReadonlyMap<string, ContextDocument>,
  anchor: Anchor,
  findings: ArchiveFindings,
): ConfigurationIndex[] {
  const found = new Map<string, ConfigurationIndex>();
  for (const { kind, sha256, bytes } of documents.values()) {
    if (kind !== "configuration-files") continue;
    const list = readList(bytes);
    const { index, detail } = indexes.get(`${anchor.root.toString("latin1")} ${sha256}`, () => {
      const files = Object.entries(list?.files ?? {}).flatMap(([path, digest]) => {
        const document = documents.get(digest);
        return document === undefined ? [] : [[path, document.bytes] as const];
      });
      const { configuration, findings } = verifyArchivedConfiguration(new Map(files), anchor);
      const invalid = findings.find(({ result }) => result === "invalid");
      return { index: configuration, detail: `${invalid?.subject}: ${invalid?.detail}` };
    });
    if (index === undefined) findings.add("configuration-invalid", name, detail);
    else if (!found.has(index.content.sha256)) {
      found.set(index.content.sha256, index);
      findings.add("configuration-signed", name, `version ${index.content.version}`);
    }
  }
  return [...found.values()];
}

/** @param bytes of a document that anybody may have put in */
function readList(bytes: Buffer): ConfigurationFiles | undefined {
  try {
    const list = JSON.parse(bytes.toString("utf8")) as Partial<ConfigurationFiles> | null;
    const isList = typeof list?.files === "object" && typeof list.configuration === "string";
    return isList ? (list as ConfigurationFiles) : undefined;
  } catch {
    return undefined;
  }
}
