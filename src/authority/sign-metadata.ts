import { Metadata, MetaFile, Root, Signature, Snapshot, TargetFile, Targets, Timestamp } from "@tufjs/models";
import { sha256 } from "../core/bytes.ts";
import type { OnlineRole, RoleKey } from "./signing-keys.ts";

/*
 * Signs TUF metadata (TUF 1.0 §4); the only user of @tufjs/models in the authority.
 */

const hour = 3_600_000;
const day = 24 * hour;

/** How long each kind of metadata is valid, milliseconds. */
export const validity = { root: 365 * day, targets: 30 * day, snapshot: 30 * day, timestamp: 72 * hour };

/** Signatures of root keys that a root takes. */
export const rootThreshold = 2;

/** Signed metadata and its version: what the metadata above it vouches for. */
export interface SignedFile {
  readonly version: number;
  readonly bytes: Buffer;
}

/** The keys that a root names. */
export interface RootKeys {
  readonly root: readonly RoleKey[];
  readonly online: Readonly<Record<OnlineRole, RoleKey>>;
}

/**
 * @param now milliseconds since the epoch
 * @param previous the root keys of the version before, which sign the change too
 */
export function signRoot(
  version: number,
  now: number,
  keys: RootKeys,
  previous: readonly RoleKey[] = [],
): SignedFile {
  const { targets, snapshot, timestamp } = keys.online;
  const all = [...keys.root, targets, snapshot, timestamp];
  const root = Root.fromJSON({
    spec_version: specVersion,
    version,
    expires: expiry(now, "root"),
    consistent_snapshot: true,
    keys: Object.fromEntries(all.map(({ id, publicKey }) => [id, publicKey])),
    roles: {
      root: role(keys.root, rootThreshold),
      targets: role([targets], 1),
      snapshot: role([snapshot], 1),
      timestamp: role([timestamp], 1),
    },
  });
  return signed(new Metadata(root), [...keys.root, ...previous]);
}

/** @param parts by target path */
export function signTargets(
  version: number,
  now: number,
  parts: ReadonlyMap<string, Buffer>,
  key: RoleKey,
): SignedFile {
  const targets: Record<string, TargetFile> = {};
  for (const [path, bytes] of parts) {
    targets[path] = new TargetFile({ path, length: bytes.length, hashes: hashes(bytes) });
  }
  return signed(new Metadata(new Targets({ ...common(version, now, "targets"), targets })), [key]);
}

export function signSnapshot(version: number, now: number, targets: SignedFile, key: RoleKey): SignedFile {
  const meta = { "targets.json": metaFile(targets) };
  return signed(new Metadata(new Snapshot({ ...common(version, now, "snapshot"), meta })), [key]);
}

/** The time of signing stands in a member of our own, `made`: clients judge freshness by it. */
export function signTimestamp(version: number, now: number, snapshot: SignedFile, key: RoleKey): SignedFile {
  const timestamp = new Timestamp({
    ...common(version, now, "timestamp"),
    snapshotMeta: metaFile(snapshot),
    unrecognizedFields: { made: new Date(now).toISOString() },
  });
  return signed(new Metadata(timestamp), [key]);
}

const specVersion = "1.0.31";

function common(version: number, now: number, kind: keyof typeof validity) {
  return { version, specVersion, expires: expiry(now, kind) };
}

function expiry(now: number, kind: keyof typeof validity): string {
  return new Date(now + validity[kind]).toISOString();
}

function role(keys: readonly RoleKey[], threshold: number) {
  return { keyids: keys.map(({ id }) => id), threshold };
}

function metaFile({ version, bytes }: SignedFile): MetaFile {
  return new MetaFile({ version, length: bytes.length, hashes: hashes(bytes) });
}

function hashes(bytes: Buffer): Record<string, string> {
  return { sha256: sha256(bytes).toString("hex") };
}

function signed(
  metadata: Metadata<Root | Targets | Snapshot | Timestamp>,
  keys: readonly RoleKey[],
): SignedFile {
  for (const key of keys) {
    metadata.sign((data) => new Signature({ keyID: key.id, sig: key.sign(data).toString("hex") }));
  }
  return { version: metadata.signed.version, bytes: Buffer.from(JSON.stringify(metadata.toJSON())) };
}
