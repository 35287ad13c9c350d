import { basename, dirname } from "node:path";
import { sha256 } from "../../core/bytes.ts";
import { type Anchor, parseAnchor } from "../../trust/anchor.ts";
import type { ConfigurationIndex } from "../../trust/configuration-index.ts";
import { DocumentError } from "../../trust/document-error.ts";
import { type ArchiveFinding, ArchiveFindings } from "./archive-findings.ts";
import { FaultyFile, readArchiveFolder, readManifest, type SegmentFolder } from "./archive-folder.ts";
import { type Extent, SegmentSequence } from "./judge-sequence.ts";
import { RenewedEvidence } from "./renewed-evidence.ts";
import { loadContext, type OpenSegment, readOrTell } from "./segment-context.ts";
import {
  readSegmentName,
  type SegmentManifest,
  serializeManifest,
  UnreadableManifest,
} from "./segment-manifest.ts";
import { type SegmentOptions, startSegment } from "./verify-segment.ts";

export interface VerifyArchiveOptions {
  /** The bytes of the authority's anchor file, got by another way than the archive; else the archive's own. */
  readonly anchor: Buffer | undefined;
  /** Milliseconds: the present of the verification. */
  readonly at: number;
  /** Makes what judges records, once trust is known. */
  readonly judges: (trust: TrustGiven) => {
    readonly judge: SegmentOptions["judge"];
    /** How many segments may be under way. */
    readonly width: number;
  };
  /** Told of every segment that is done. */
  readonly progress: (done: { readonly segments: number; readonly records: number }) => void;
}

/** What a thread needs to trust the same. */
export interface TrustGiven {
  readonly anchor: Buffer | undefined;
  /** The last segment: its newest configuration is the archive's. */
  readonly last: OpenSegment | undefined;
}

export interface ArchiveVerdict {
  /** `unusable`: there is no archive, or the anchor cannot be read; nothing was judged. */
  readonly verdict: "valid" | "invalid" | "unusable";
  /** By the word of the manifests. */
  readonly archive:
    | {
        readonly instance: string;
        readonly server: string;
        readonly segments: number;
        readonly records: number;
        readonly period: { readonly from: number; readonly to: number };
      }
    | undefined;
  /** How often each finding was made. */
  readonly counts: { readonly [code: string]: number };
  /** The first twenty of each code that are not good. */
  readonly findings: readonly ArchiveFinding[];
}

/**
 * Verifies an archive, or one segment of it (all of it attacker-controlled), offline and without the log: every file,
 * manifest, record, batch and time-stamp. Certificates, authorities and registrations are judged at the time that
 * the batch of each record proves. Memory does not grow with the archive.
 * @throws Error of the file system when the directory itself cannot be read
 */
export async function verifyArchive(
  path: string,
  extent: Extent,
  options: VerifyArchiveOptions,
): Promise<ArchiveVerdict> {
  const findings = new ArchiveFindings();
  const folders = extent === "segment" ? [ownFolder(path)] : await listSegments(path, findings);
  if (folders.length === 0) return unusable(findings, "archive-empty", path);
  const last = await lastReadable(folders);
  const chosen = await chooseAnchor(last, options.anchor, findings);
  if (chosen === "unreadable") return unusable(new ArchiveFindings(), "anchor-unreadable", "anchor");
  const newest = await newestConfiguration(last, chosen?.anchor);
  const { judge, width } = options.judges({ anchor: chosen?.bytes, last });
  const sequence = new SegmentSequence(extent, findings);
  const renewed = extent === "archive" ? await RenewedEvidence.open(path) : undefined;
  const rest = { anchor: chosen?.anchor, newest, at: options.at, sequence, renewed, judge };
  const archive = await verifyAll(folders, rest, width, findings, options.progress);
  return {
    verdict: findings.hasFailure ? "invalid" : "valid",
    archive,
    counts: Object.fromEntries(findings.counts),
    findings: findings.listed,
  };
}

async function verifyAll(
  folders: readonly SegmentFolder[],
  options: SegmentOptions,
  width: number,
  findings: ArchiveFindings,
  progress: VerifyArchiveOptions["progress"],
): Promise<ArchiveVerdict["archive"]> {
  const underWay: { readonly manifest: SegmentManifest; readonly done: Promise<ArchiveFindings> }[] = [];
  let archive: ArchiveVerdict["archive"];
  const finishFirst = async () => {
    const { manifest, done } = underWay.shift()!;
    findings.merge(await done);
    archive = withSegment(archive, manifest);
    progress(archive);
  };
  for (const folder of folders) {
    const segment = await openSegment(folder, findings);
    if (segment === undefined) continue;
    const { manifest } = segment;
    const digest = sha256(serializeManifest(manifest)).toString("hex");
    const { done } = await startSegment(segment, digest, options);
    // A failure is met when its turn comes.
    done.catch(() => undefined);
    underWay.push({ manifest, done });
    if (underWay.length >= width) await finishFirst();
  }
  while (underWay.length > 0) await finishFirst();
  return archive;
}

function withSegment(
  archive: ArchiveVerdict["archive"],
  { instance, server, records, period }: SegmentManifest,
): NonNullable<ArchiveVerdict["archive"]> {
  if (archive === undefined) return { instance, server, segments: 1, records, period };
  return {
    ...archive,
    segments: archive.segments + 1,
    records: archive.records + records,
    period: { from: archive.period.from, to: period.to },
  };
}

async function listSegments(path: string, findings: ArchiveFindings): Promise<readonly SegmentFolder[]> {
  const { segments, unfinished, strangers } = await readArchiveFolder(path);
  for (const name of unfinished) findings.add("segment-unfinished", name);
  for (const name of strangers) findings.add("file-unlisted", name);
  return segments;
}

/** A segment that was given by itself; its folder may have got another name on its way. */
function ownFolder(path: string): SegmentFolder {
  const name = basename(path) === "." ? basename(dirname(path)) : basename(path);
  const read = readSegmentName(name) ?? { segment: 0, sha256: "" };
  return { path, name, ...read };
}

async function openSegment(
  folder: SegmentFolder,
  findings: ArchiveFindings,
): Promise<OpenSegment | undefined> {
  try {
    const manifest = await readManifest(folder);
    if (manifest.segment === folder.segment || folder.segment === 0)
      return { path: folder.path, name: folder.name, manifest };
    findings.add("segment-unreadable", folder.name, `its manifest is that of segment ${manifest.segment}`);
  } catch (error) {
    if (error instanceof FaultyFile) findings.add("segment-unreadable", folder.name, error.problem);
    else if (error instanceof UnreadableManifest) {
      const code = error.version === "later" ? "segment-version" : "segment-unreadable";
      findings.add(code, folder.name, error.message);
    } else throw error;
  }
  return undefined;
}

async function lastReadable(folders: readonly SegmentFolder[]): Promise<OpenSegment | undefined> {
  for (const folder of folders.toReversed()) {
    const segment = await openSegment(folder, new ArchiveFindings());
    if (segment !== undefined) return segment;
  }
  return undefined;
}

interface Chosen {
  readonly anchor: Anchor;
  readonly bytes: Buffer;
}

async function chooseAnchor(
  last: OpenSegment | undefined,
  given: Buffer | undefined,
  findings: ArchiveFindings,
): Promise<Chosen | "unreadable" | undefined> {
  const entry = last?.manifest.files.find(({ kind }) => kind === "anchor");
  const own = entry && (await readOrTell(last!, entry, new ArchiveFindings()));
  const bytes = given ?? own;
  if (bytes === undefined) {
    findings.add("anchor-missing", "archive");
    return undefined;
  }
  const anchor = readAnchor(bytes);
  if (anchor === undefined) return "unreadable";
  if (given === undefined) findings.add("anchor-from-package", "archive");
  else findings.add("anchor-given", "archive", `instance ${anchor.instance}`);
  if (given !== undefined && own !== undefined && !own.equals(given))
    findings.add("anchor-differs", "archive");
  if (anchor.purpose === "demonstration") findings.add("demonstration", "archive");
  const instance = last?.manifest.instance ?? anchor.instance;
  if (instance === anchor.instance) return { anchor, bytes };
  findings.add("anchor-other-instance", "archive", `${anchor.instance}, not ${instance}`);
  return undefined;
}

function readAnchor(bytes: Buffer): Anchor | undefined {
  try {
    return parseAnchor(bytes);
  } catch (error) {
    if (error instanceof DocumentError) return undefined;
    throw error;
  }
}

/** The newest configuration of the last segment, if it follows from the anchor. */
export async function newestConfiguration(
  last: OpenSegment | undefined,
  anchor: Anchor | undefined,
): Promise<ConfigurationIndex | undefined> {
  if (last === undefined || anchor === undefined) return undefined;
  const { trust } = await loadContext(last, anchor, undefined, new ArchiveFindings());
  return trust.configurations[0];
}

function unusable(findings: ArchiveFindings, code: "archive-empty" | "anchor-unreadable", place: string) {
  findings.add(code, place);
  const { listed, counts } = findings;
  return {
    verdict: "unusable",
    archive: undefined,
    counts: Object.fromEntries(counts),
    findings: listed,
  } as const;
}
