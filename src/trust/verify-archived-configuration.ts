import { sha256, toBase64Url } from "../core/bytes.ts";
import type { Anchor } from "./anchor.ts";
import { targetPath } from "./collect-parts.ts";
import { ConfigurationIndex } from "./configuration-index.ts";
import { boundDocuments, partReaders } from "./configuration-parts.ts";
import { parseGlobalConfiguration } from "./parse-global-configuration.ts";
import { targetsByPart } from "./part-pieces.ts";
import {
  parseRoot,
  type TargetsContent,
  type TrustedRoot,
  verifyNextRoot,
  verifySnapshot,
  verifyTargets,
  verifyTimestamp,
} from "./signed-metadata.ts";

/** One thing that was checked in an archived configuration. */
export interface ArchiveFinding {
  readonly subject: string;
  readonly result: "valid" | "invalid" | "absent";
  readonly detail: string;
}

export interface ArchivedConfiguration {
  /** Undefined unless all that makes it up is valid. */
  readonly configuration: ConfigurationIndex | undefined;
  /** When the authority said that it was the newest, milliseconds; undefined without a valid timestamp. */
  readonly freshAt: number | undefined;
  readonly findings: readonly ArchiveFinding[];
}

/** Verifies something and keeps the finding. */
type Check = <Result>(subject: string, detail: string, verify: () => Result) => Result | undefined;

interface ArchivedTargets {
  readonly bytes: Buffer;
  readonly content: TargetsContent;
}

/**
 * Verifies a configuration out of an evidence package, offline, years later: the roots from the anchor's on,
 * the signatures over the targets, the digests of the parts. Expiry is not judged: it was at the time. Service
 * descriptions that were left out are no fault.
 * @param files as `GlobalConfiguration.files` names them, attacker-controlled
 * @param anchor the auditor's anchor, got by another way than the package
 */
export function verifyArchivedConfiguration(
  files: ReadonlyMap<string, Buffer>,
  anchor: Anchor,
): ArchivedConfiguration {
  const findings: ArchiveFinding[] = [];
  const check: Check = (subject, detail, verify) => {
    try {
      const result = verify();
      findings.push({ subject, result: "valid", detail });
      return result;
    } catch (error) {
      findings.push({ subject, result: "invalid", detail: (error as Error).message });
      return undefined;
    }
  };
  const root = check("roots", "each signed by the one before, from the anchor on", () =>
    followRoots(files, anchor),
  );
  if (root === undefined) return { configuration: undefined, freshAt: undefined, findings };
  const targets = check("targets", "signed by the authority", () => findTargets(root, files));
  if (targets === undefined) return { configuration: undefined, freshAt: undefined, findings };
  const freshAt = judgeTimestamp(root, targets, files, check, findings);
  const configuration = check("parts", "the bytes that the targets name", () => {
    const { version } = targets.content;
    const parts = readParts(targets.content, files);
    const content = parseGlobalConfiguration(
      { version, sha256: toBase64Url(sha256(targets.bytes)), parts },
      anchor,
    );
    return new ConfigurationIndex(content);
  });
  return { configuration, freshAt, findings };
}

function followRoots(files: ReadonlyMap<string, Buffer>, anchor: Anchor): TrustedRoot {
  let root = parseRoot(anchor.root);
  const newest = Math.max(0, ...metadataVersions(files, "root"));
  if (newest > 0 && newest < root.version) {
    throw new Error(`the anchor (root ${root.version}) is younger than the archive (root ${newest})`);
  }
  while (root.version < newest) {
    const name = `metadata/${root.version + 1}.root.json`;
    const bytes = files.get(name);
    if (bytes === undefined) throw new Error(`${name} is missing`);
    root = verifyNextRoot(root, bytes);
  }
  return root;
}

function findTargets(root: TrustedRoot, files: ReadonlyMap<string, Buffer>): ArchivedTargets {
  const versions = metadataVersions(files, "targets");
  if (versions.length !== 1) throw new Error(`${versions.length} targets metadata, not one`);
  const bytes = files.get(`metadata/${versions[0]}.targets.json`)!;
  const content = verifyTargets(root, bytes);
  if (content.version !== versions[0]) throw new Error("the name has another version than the content");
  return { bytes, content };
}

/** The timestamp vouches for the snapshot and that for the targets: without either nothing is proven. */
function judgeTimestamp(
  root: TrustedRoot,
  targets: ArchivedTargets,
  files: ReadonlyMap<string, Buffer>,
  check: Check,
  findings: ArchiveFinding[],
): number | undefined {
  const timestamp = files.get("metadata/timestamp.json");
  const [version] = metadataVersions(files, "snapshot");
  const snapshot = files.get(`metadata/${version}.snapshot.json`);
  if (timestamp === undefined || snapshot === undefined) {
    findings.push({ subject: "timestamp", result: "absent", detail: "that it was the newest is not proven" });
    return undefined;
  }
  return check("timestamp", "made by the authority for these targets", () => {
    const { made, snapshot: vouched } = verifyTimestamp(root, timestamp);
    checkDigest("snapshot", snapshot, vouched.sha256);
    checkDigest("targets", targets.bytes, verifySnapshot(root, snapshot).targets.sha256);
    return made;
  });
}

function readParts(targets: TargetsContent, files: ReadonlyMap<string, Buffer>): Map<string, Buffer> {
  const parts = new Map<string, Buffer>();
  const byPart = targetsByPart(targets.targets.keys());
  for (const path of [...byPart.values()].flat()) {
    const digest = targets.targets.get(path)!.sha256;
    const bytes = files.get(targetPath(path, digest));
    if (bytes === undefined) throw new Error(`${path} is missing`);
    if (sha256(bytes).toString("hex") !== digest)
      throw new Error(`${path} is not the bytes that were signed`);
    parts.set(path, bytes);
  }
  const bound = (byPart.get("services") ?? []).flatMap((path) =>
    boundDocuments(partReaders.services(path, parts.get(path)!)),
  );
  for (const { path, sha256: digest } of bound) {
    const bytes = files.get(targetPath(path, Buffer.from(digest, "base64url").toString("hex")));
    if (bytes !== undefined) parts.set(path, bytes);
  }
  return parts;
}

function checkDigest(name: string, bytes: Buffer, digest: string): void {
  if (sha256(bytes).toString("hex") !== digest) throw new Error(`${name} is not the bytes that were signed`);
}

function metadataVersions(
  files: ReadonlyMap<string, Buffer>,
  role: "root" | "snapshot" | "targets",
): number[] {
  const form = new RegExp(`^metadata/([1-9]\\d{0,14})\\.${role}\\.json$`);
  const names = [...files.keys()].map((path) => form.exec(path)?.[1]);
  return names.filter((version) => version !== undefined).map(Number);
}
