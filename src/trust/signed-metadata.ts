import { isUtf8 } from "node:buffer";
import {
  Metadata,
  MetadataKind,
  type Root,
  type Snapshot,
  type Targets,
  type Timestamp,
} from "@tufjs/models";

/*
 * Metadata of The Update Framework (TUF 1.0 §4), verified by its signatures alone: expiry, roll-back and the
 * order of updates are judged where they matter (tuf-update.ts). The only reader of @tufjs/models in `trust`.
 */

/** Bytes; tuf-js has the same caps for what it fetches. */
export const metadataMaxLength = { root: 512_000, timestamp: 16_384, snapshot: 100_000, targets: 1_000_000 };

interface Dated {
  readonly version: number;
  /** Milliseconds since the epoch. */
  readonly expires: number;
}

/** A root whose own keys signed it. */
export interface TrustedRoot extends Dated {
  readonly bytes: Buffer;
  readonly metadata: Metadata<Root>;
}

/** Version and digest (lower-case hex, as TUF has it) of the metadata that another one vouches for. */
export interface VouchedFile {
  readonly version: number;
  readonly sha256: string;
}

export interface TargetFile {
  readonly length: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

export interface TimestampContent extends Dated {
  /** When it was signed, milliseconds: a member of our own beside TUF's. */
  readonly made: number;
  readonly snapshot: VouchedFile;
}

export interface SnapshotContent extends Dated {
  readonly targets: VouchedFile;
}

export interface TargetsContent extends Dated {
  /** By path. */
  readonly targets: ReadonlyMap<string, TargetFile>;
}

/** @throws Error when the bytes are no root metadata, or not signed by the threshold of the keys that it names */
export function parseRoot(bytes: Buffer): TrustedRoot {
  const metadata = parse(MetadataKind.Root, bytes, metadataMaxLength.root) as Metadata<Root>;
  metadata.verifyDelegate(MetadataKind.Root, metadata);
  return { bytes, metadata, ...dated(metadata.signed) };
}

/**
 * Follows a change of root: the next version, signed by the threshold of the old keys and of its own
 * (TUF §5.3.4–5).
 * @throws Error when it does not follow
 */
export function verifyNextRoot(current: TrustedRoot, bytes: Buffer): TrustedRoot {
  const next = parseRoot(bytes);
  current.metadata.verifyDelegate(MetadataKind.Root, next.metadata);
  if (next.version !== current.version + 1) {
    throw new Error(`root version ${next.version} does not follow version ${current.version}`);
  }
  return next;
}

/** @throws Error unless the root's timestamp keys signed it and it has our member `made` */
export function verifyTimestamp(root: TrustedRoot, bytes: Buffer): TimestampContent {
  const { signed } = verify(root, MetadataKind.Timestamp, bytes) as Metadata<Timestamp>;
  const { made } = signed.unrecognizedFields;
  return { ...dated(signed), made: time(made), snapshot: vouched("snapshot.json", signed.snapshotMeta) };
}

/** @throws Error unless the root's snapshot keys signed it */
export function verifySnapshot(root: TrustedRoot, bytes: Buffer): SnapshotContent {
  const { signed } = verify(root, MetadataKind.Snapshot, bytes) as Metadata<Snapshot>;
  return { ...dated(signed), targets: vouched("targets.json", signed.meta["targets.json"]) };
}

/** @throws Error unless the root's targets keys signed it and every target has its SHA-256 */
export function verifyTargets(root: TrustedRoot, bytes: Buffer): TargetsContent {
  const { signed } = verify(root, MetadataKind.Targets, bytes) as Metadata<Targets>;
  const targets = Object.entries(signed.targets).map(
    ([path, file]) => [path, { length: file.length, sha256: digest(path, file.hashes) }] as const,
  );
  return { ...dated(signed), targets: new Map(targets) };
}

function verify(root: TrustedRoot, kind: Exclude<MetadataKind, MetadataKind.Root>, bytes: Buffer) {
  const metadata = parse(kind, bytes, metadataMaxLength[kind]);
  root.metadata.verifyDelegate(kind, metadata);
  return metadata;
}

/** @param bytes attacker-controlled until a signature over them is verified */
function parse(kind: MetadataKind, bytes: Buffer, maxLength: number) {
  if (bytes.length > maxLength) throw new Error(`${kind} metadata is longer than ${maxLength} bytes`);
  if (!isUtf8(bytes)) throw new Error(`${kind} metadata is not UTF-8`);
  const json = JSON.parse(bytes.toString("utf8"));
  if (typeof json !== "object" || json === null) throw new Error(`${kind} metadata is not an object`);
  return Metadata.fromJSON(kind as never, json) as Metadata<Root | Targets | Snapshot | Timestamp>;
}

function dated(signed: { version: number; expires: string }): Dated {
  return { version: signed.version, expires: time(signed.expires) };
}

function vouched(
  name: string,
  file: { version: number; hashes?: Record<string, string> | undefined } | undefined,
): VouchedFile {
  if (file === undefined) throw new Error(`${name} is not vouched for`);
  return { version: file.version, sha256: digest(name, file.hashes ?? {}) };
}

function digest(name: string, hashes: Record<string, string>): string {
  const sha256 = hashes.sha256;
  if (sha256 === undefined || !/^[0-9a-f]{64}$/.test(sha256)) throw new Error(`${name} has no SHA-256`);
  return sha256;
}

function time(text: unknown): number {
  const milliseconds = typeof text === "string" ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(milliseconds)) throw new Error("metadata has a malformed time");
  return milliseconds;
}
