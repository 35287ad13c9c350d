import {
  Metadata,
  MetadataKind,
  MetaFile,
  Root,
  Signature,
  Snapshot,
  TargetFile,
  Targets,
  Timestamp,
} from "@tufjs/models";
import { sha256 } from "../core/bytes.ts";
import type { OnlineRole, PublicRoleKey, RoleKey } from "./signing-keys.ts";

/*
 * Signs TUF metadata (TUF 1.0 §4); the only user of @tufjs/models in the authority.
 */

const hour = 3_600_000;
const day = 24 * hour;

/** How long each kind of metadata is valid, milliseconds. */
export const validity = { root: 365 * day, targets: 30 * day, snapshot: 30 * day, timestamp: 72 * hour };

/** Signed metadata and its version: what the metadata above it vouches for. */
export interface SignedFile {
  readonly version: number;
  readonly bytes: Buffer;
}

/** The keys that a root names. */
export interface RootRoles {
  readonly root: readonly PublicRoleKey[];
  /** Signatures of root keys that the next root takes. */
  readonly threshold: number;
  readonly online: Readonly<Record<OnlineRole, readonly PublicRoleKey[]>>;
}

/** A signature on a root. */
export interface RootSignature {
  readonly keyid: string;
  /** Hex. */
  readonly sig: string;
}

/**
 * A root that nobody has signed yet.
 * @param now milliseconds since the epoch
 */
export function composeRoot(version: number, now: number, { root, threshold, online }: RootRoles): Buffer {
  const { targets, snapshot, timestamp } = online;
  const all = [...root, ...targets, ...snapshot, ...timestamp];
  const composed = Root.fromJSON({
    spec_version: specVersion,
    version,
    expires: expiry(now, "root"),
    consistent_snapshot: true,
    keys: Object.fromEntries(all.map(({ id, publicKey }) => [id, publicKey])),
    roles: {
      root: role(root, threshold),
      targets: role(targets, 1),
      snapshot: role(snapshot, 1),
      timestamp: role(timestamp, 1),
    },
  });
  return bytesOf(new Metadata(composed));
}

/** What the signatures of a root are made over (canonical JSON, TUF §4.2). @throws Error for what is no root */
export function signedBytesOfRoot(bytes: Buffer): Buffer {
  let signedBytes: Buffer | undefined;
  readRoot(bytes).sign((data) => {
    signedBytes = data;
    return new Signature({ keyID: "none", sig: "" });
  });
  return signedBytes!;
}

/** The root with signatures beside those that it has. */
export function addSignatures(bytes: Buffer, signatures: readonly RootSignature[]): SignedFile {
  const root = readRoot(bytes);
  for (const { keyid, sig } of signatures) root.sign(() => new Signature({ keyID: keyid, sig }));
  return { version: root.signed.version, bytes: bytesOf(root) };
}

function readRoot(bytes: Buffer): Metadata<Root> {
  return Metadata.fromJSON(MetadataKind.Root, JSON.parse(bytes.toString("utf8")));
}

/** @param parts by target path */
export function signTargets(
  version: number,
  now: number,
  parts: ReadonlyMap<string, Buffer>,
  keys: readonly RoleKey[],
): SignedFile {
  const targets: Record<string, TargetFile> = {};
  for (const [path, bytes] of parts) {
    targets[path] = new TargetFile({ path, length: bytes.length, hashes: hashes(bytes) });
  }
  return signed(new Metadata(new Targets({ ...common(version, now, "targets"), targets })), keys);
}

export function signSnapshot(
  version: number,
  now: number,
  targets: SignedFile,
  keys: readonly RoleKey[],
): SignedFile {
  const meta = { "targets.json": metaFile(targets) };
  return signed(new Metadata(new Snapshot({ ...common(version, now, "snapshot"), meta })), keys);
}

/** The time of signing stands in a member of our own, `made`: clients judge freshness by it. */
export function signTimestamp(
  version: number,
  now: number,
  snapshot: SignedFile,
  keys: readonly RoleKey[],
): SignedFile {
  const timestamp = new Timestamp({
    ...common(version, now, "timestamp"),
    snapshotMeta: metaFile(snapshot),
    unrecognizedFields: { made: new Date(now).toISOString() },
  });
  return signed(new Metadata(timestamp), keys);
}

const specVersion = "1.0.31";

function common(version: number, now: number, kind: keyof typeof validity) {
  return { version, specVersion, expires: expiry(now, kind) };
}

function expiry(now: number, kind: keyof typeof validity): string {
  return new Date(now + validity[kind]).toISOString();
}

function role(keys: readonly PublicRoleKey[], threshold: number) {
  return { keyids: keys.map(({ id }) => id), threshold };
}

function metaFile({ version, bytes }: SignedFile): MetaFile {
  return new MetaFile({ version, length: bytes.length, hashes: hashes(bytes) });
}

function hashes(bytes: Buffer): Record<string, string> {
  return { sha256: sha256(bytes).toString("hex") };
}

function signed(metadata: Metadata<Targets | Snapshot | Timestamp>, keys: readonly RoleKey[]): SignedFile {
  for (const key of keys) {
    metadata.sign((data) => new Signature({ keyID: key.id, sig: key.sign(data).toString("hex") }));
  }
  return { version: metadata.signed.version, bytes: bytesOf(metadata) };
}

function bytesOf(metadata: Metadata<Root | Targets | Snapshot | Timestamp>): Buffer {
  return Buffer.from(JSON.stringify(metadata.toJSON()));
}
