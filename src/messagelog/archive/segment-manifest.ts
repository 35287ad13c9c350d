import schema from "../../../schemas/archive/v1/manifest.schema.json" with { type: "json" };
import { canonicalJson, type Json } from "../../core/canonical-json.ts";
import { SealwayError } from "../../core/errors.ts";
import { ownSchema } from "../../core/own-schema.ts";
import { parseStrictJson } from "../../core/strict-json.ts";
import type { StatementPayload, StatementType } from "../../message/signed-statement.ts";
import type { ContextKind } from "../message-record.ts";
import type { Span } from "../message-store.ts";
import { UnreadableArchive } from "./unreadable-archive.ts";

/** What is in a segment (`schemas/archive/v1`); digests of files in hex, of all else in base64url. */
export interface SegmentManifest {
  readonly v: 1;
  readonly instance: string;
  readonly server: string;
  /** 1, 2, 3 … */
  readonly segment: number;
  /** Hex SHA-256 of the manifest before. */
  readonly previous: string | null;
  /** Times of the first and the last time-stamp, milliseconds. */
  readonly period: { readonly from: number; readonly to: number };
  readonly batches: {
    readonly before: string | null;
    readonly first: number;
    readonly last: number;
    readonly root: string;
  };
  readonly records: number;
  readonly files: readonly SegmentFile[];
}

/** Consecutive records of one writer in one batch, with the chain before and after them. */
export interface FileSpan extends Span {
  readonly batch: number;
  readonly before: string;
  readonly after: string;
}

interface AnyFile {
  readonly length: number;
  readonly lines: number;
  readonly sha256: string;
}

export interface RecordsFile extends AnyFile {
  readonly kind: "records";
  readonly exchanges: { readonly from: number; readonly to: number };
  readonly spans: readonly FileSpan[];
}

export type SegmentFile =
  | RecordsFile
  | (AnyFile & { readonly kind: "documents"; readonly documents: ContextKind })
  | (AnyFile & { readonly kind: "body"; readonly body: string })
  | (AnyFile & { readonly kind: "anchor" | "batches" | "certificates" | "ocsp" });

export const manifestFile = "manifest.json";
export const signatureFile = "manifest.jws";

/** Who vouches for a segment: a statement of the server's owner. */
export const archiveStatement: StatementType = "sealway-archive+jws";

export interface ArchiveStatement extends StatementPayload {
  readonly server: string;
  readonly segment: number;
  /** Hex SHA-256 of `manifest.json`. */
  readonly manifest: string;
}

/** Largest manifest, bytes: a day of batches of half a minute takes a twentieth. */
export const mostManifestBytes = 16 * 1024 * 1024;

/** Largest file that is read as a whole, bytes: four times what a writer fills. */
export const mostFileBytes = 64 * 1024 * 1024;

/** A manifest that cannot be read; `version` when it is of a later release. */
export class UnreadableManifest extends UnreadableArchive {
  override readonly name = "UnreadableManifest";
  readonly version: "known" | "later";

  constructor(detail: string, version: "known" | "later" = "known") {
    super(detail);
    this.version = version;
  }
}

const validate = ownSchema<SegmentManifest>(schema, { strictRequired: false });

/** The bytes of `manifest.json`: canonical JSON and a line end. */
export function serializeManifest(manifest: SegmentManifest): Buffer {
  return Buffer.from(`${canonicalJson(manifest as unknown as Json)}\n`);
}

/** Reads `manifest.json` (attacker-controlled). @throws UnreadableManifest */
export function parseManifest(bytes: Buffer): SegmentManifest {
  if (bytes.length > mostManifestBytes) throw new UnreadableManifest("it is too long");
  const manifest = parseJson(bytes);
  if (!validate(manifest)) {
    const { v } = Object(manifest) as { v?: unknown };
    if (typeof v === "number" && v !== 1) throw new UnreadableManifest(`version ${v}`, "later");
    const error = validate.errors?.[0];
    throw new UnreadableManifest(`${error?.instancePath || "/"} ${error?.message}`);
  }
  if (!serializeManifest(manifest).equals(bytes))
    throw new UnreadableManifest("it is not in canonical form (RFC 8785)");
  checkCounts(manifest);
  return manifest;
}

/** So many records as lines, and no more lines than bytes: what is counted here decides how much memory is taken. */
function checkCounts({ files, records }: SegmentManifest): void {
  let total = 0;
  for (const file of files) {
    if (file.lines > file.length) throw new UnreadableManifest("a file has more lines than bytes");
    if (file.kind !== "records") continue;
    if (file.length > mostFileBytes || recordCount(file) !== file.lines)
      throw new UnreadableManifest("a file has not as many records as lines");
    total += file.lines;
  }
  if (total !== records) throw new UnreadableManifest("it counts other records than its files");
}

/** How many records the spans of a file have. */
export function recordCount({ spans }: RecordsFile): number {
  return spans.reduce((sum, { first, last }) => sum + Math.max(0, last - first + 1), 0);
}

function parseJson(bytes: Buffer): unknown {
  try {
    return parseStrictJson(bytes);
  } catch (error) {
    if (error instanceof SealwayError) throw new UnreadableManifest(error.detail);
    throw error;
  }
}

export function fileName({ sha256, kind }: Pick<SegmentFile, "sha256" | "kind">): string {
  return `${sha256}.${kind}`;
}

/** `00000007-{digest of the manifest}` */
export function segmentName(segment: number, digest: string): string {
  return `${String(segment).padStart(8, "0")}-${digest}`;
}

/** The number and the digest in the name of a segment's folder, when it is one. */
export function readSegmentName(name: string): { segment: number; sha256: string } | undefined {
  const [, number, digest] = /^(\d{8,15})-([0-9a-f]{64})$/.exec(name) ?? [];
  const segment = Number(number);
  if (digest === undefined || String(segment).padStart(8, "0") !== number) return undefined;
  return { segment, sha256: digest };
}
