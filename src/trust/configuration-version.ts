import { sha256, toBase64Url } from "../core/bytes.ts";
import { type CollectedParts, targetPath } from "./collect-parts.ts";
import { ConfigurationIndex } from "./configuration-index.ts";
import { digestOnce } from "./digest-once.ts";
import type { GlobalConfiguration } from "./global-configuration.ts";
import {
  type ConfigurationIdentity,
  type ParsedParts,
  parseGlobalConfiguration,
} from "./parse-global-configuration.ts";
import type { TrustedRoot } from "./signed-metadata.ts";
import type { VerifiedMetadata } from "./tuf-update.ts";

/** A version that is in use: verified, parsed, indexed. */
export interface ConfigurationVersion {
  readonly index: ConfigurationIndex;
  readonly metadata: VerifiedMetadata;
  readonly parts: CollectedParts;
  readonly parsed: ParsedParts;
}

/**
 * Parses and indexes a version.
 * @param before the version in use, of which unchanged parts and certificates are taken over
 * @throws DocumentError when anything in it is wrong
 */
export function buildVersion(
  metadata: VerifiedMetadata,
  parts: CollectedParts,
  identity: ConfigurationIdentity,
  before: ConfigurationVersion | undefined,
): ConfigurationVersion {
  const parsed: ParsedParts = new Map(before?.parsed);
  const { bytes, content } = metadata.targets;
  const files = { version: content.version, sha256: toBase64Url(sha256(bytes)), parts: parts.byPath };
  const index = new ConfigurationIndex(parseGlobalConfiguration(files, identity, parsed), before?.index);
  return { index, metadata, parts, parsed };
}

/** When the first of the signatures that vouch for it expires, milliseconds. */
export function expiryOf({ root, timestamp, snapshot, targets }: VerifiedMetadata): number {
  return Math.min(root.expires, timestamp.content.expires, snapshot.content.expires, targets.content.expires);
}

/** The version as everybody else sees it, with the files that prove it. */
export function configurationOf(
  { index, metadata, parts }: ConfigurationVersion,
  roots: readonly TrustedRoot[],
): GlobalConfiguration {
  const { root, timestamp, snapshot, targets } = metadata;
  const files = new Map<string, Buffer>();
  for (const { version, bytes } of roots) {
    if (version <= root.version) files.set(`metadata/${version}.root.json`, bytes);
  }
  files.set("metadata/timestamp.json", timestamp.bytes);
  files.set(`metadata/${snapshot.content.version}.snapshot.json`, snapshot.bytes);
  files.set(`metadata/${targets.content.version}.targets.json`, targets.bytes);
  for (const [path, bytes] of parts.byPath) {
    files.set(targetPath(path, digestOnce(bytes).hex), bytes);
  }
  return { ...index.content, freshAt: timestamp.content.made, expiresAt: expiryOf(metadata), files };
}

/** Whether the same was fetched again. */
export function isSameState(a: VerifiedMetadata, b: VerifiedMetadata): boolean {
  return a.root.version === b.root.version && a.timestamp.bytes.equals(b.timestamp.bytes);
}
