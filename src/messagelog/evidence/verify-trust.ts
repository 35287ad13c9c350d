import { isDeepStrictEqual } from "node:util";
import { sha256 } from "../../core/bytes.ts";
import { type Anchor, parseAnchor } from "../../trust/anchor.ts";
import type { ConfigurationIndex } from "../../trust/configuration-index.ts";
import { DocumentError } from "../../trust/document-error.ts";
import { partOfTarget } from "../../trust/part-pieces.ts";
import {
  type ArchivedConfiguration,
  verifyArchivedConfiguration,
} from "../../trust/verify-archived-configuration.ts";
import { type Findings, UnusablePackage } from "./finding.ts";
import { anchorPath, configurationFolder, filesBelow } from "./package-layout.ts";
import type { Manifest } from "./package-manifest.ts";
import { trustedPem } from "./package-trusted-pem.ts";
import { textDigestOf } from "./read-once.ts";
import { Remembered } from "./remembered.ts";

/** The configurations of the package that follow from the anchor. */
export class Trust {
  readonly #byDigest: ReadonlyMap<string, ConfigurationIndex>;
  /** Newest first. */
  readonly configurations: readonly ConfigurationIndex[];

  constructor(configurations: readonly ConfigurationIndex[]) {
    this.configurations = [...configurations].sort((a, b) => b.content.version - a.content.version);
    this.#byDigest = new Map(configurations.map((one) => [one.content.sha256, one]));
  }

  /** The configuration that a message names. */
  named({ sha256, version }: { sha256: string; version: number }): ConfigurationIndex | undefined {
    const found = this.#byDigest.get(sha256);
    return found?.content.version === version ? found : undefined;
  }

  /**
   * What the newest configuration that knows a thing says of it: histories have dates, and a later one may tell of
   * a compromise that began earlier.
   */
  newest<Thing>(find: (configuration: ConfigurationIndex) => Thing | undefined): Thing | undefined {
    for (const configuration of this.configurations) {
      const found = find(configuration);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

/** A national configuration takes some megabytes. */
const mostRemembered = 8;
const anchors = new Remembered<Anchor>(mostRemembered);
const archives = new Remembered<{
  readonly archived: ArchivedConfiguration;
  readonly stray: readonly string[];
}>(mostRemembered);
const pemFiles = new Remembered<ReadonlyMap<string, Buffer>>(mostRemembered);

function digestOfAll(files: readonly (readonly [name: string, bytes: Buffer])[]): string {
  const parts = files.map(([name, bytes]) => `${name}\0${textDigestOf(bytes)}\0`);
  return sha256(parts.join("")).toString("hex");
}

/**
 * Finds out what to trust: the anchor, and the configurations that follow from it.
 * @param given the bytes of the user's anchor file, got by another way than the package
 * @throws UnusablePackage `anchor-unreadable`
 */
export function verifyTrust(
  manifest: Manifest,
  files: ReadonlyMap<string, Buffer>,
  given: Buffer | undefined,
  findings: Findings,
): Trust {
  const anchor = chooseAnchor(files, given, findings);
  if (anchor === undefined || !judgeAnchor(anchor, manifest, findings)) return new Trust([]);
  const configurations = manifest.configurations.map((version) =>
    verifyConfiguration(version, files, anchor, findings),
  );
  const trust = new Trust(configurations.filter((one) => one !== undefined));
  judgePemFiles(files, trust, findings);
  return trust;
}

function chooseAnchor(
  files: ReadonlyMap<string, Buffer>,
  given: Buffer | undefined,
  findings: Findings,
): Anchor | undefined {
  const own = files.get(anchorPath);
  if (given !== undefined) {
    const anchor = readAnchor(given, "anchor");
    findings.add("anchor-given", "anchor", `instance ${anchor.instance}`);
    if (own !== undefined && !own.equals(given)) findings.add("anchor-differs", anchorPath);
    return anchor;
  }
  if (own === undefined) {
    findings.add("anchor-missing", anchorPath);
    return undefined;
  }
  findings.add("anchor-from-package", anchorPath);
  return readAnchor(own, anchorPath);
}

function readAnchor(bytes: Buffer, place: string): Anchor {
  try {
    return anchors.get(digestOfAll([["anchor", bytes]]), () => parseAnchor(bytes, place));
  } catch (error) {
    if (error instanceof DocumentError) throw new UnusablePackage("anchor-unreadable", place, error.problem);
    throw error;
  }
}

function judgeAnchor(anchor: Anchor, { instance, purpose }: Manifest, findings: Findings): boolean {
  if (anchor.purpose === "demonstration") findings.add("demonstration", "anchor");
  if (anchor.instance !== instance) {
    findings.add("anchor-other-instance", "anchor", `${anchor.instance}, not ${instance}`);
    return false;
  }
  if (anchor.purpose !== purpose) findings.add("purpose-differs", "manifest.json", purpose);
  return true;
}

function verifyConfiguration(
  version: number,
  files: ReadonlyMap<string, Buffer>,
  anchor: Anchor,
  findings: Findings,
): ConfigurationIndex | undefined {
  const place = configurationFolder(version);
  const below = filesBelow(files, place);
  const { archived, stray } = archives.get(digestOfAll([["anchor", anchor.root], ...below]), () => {
    const archived = verifyArchivedConfiguration(below, anchor);
    const stray =
      archived.configuration === undefined ? [] : strayFiles(below, archived.configuration, anchor);
    return { archived, stray };
  });
  const { configuration, freshAt } = archived;
  for (const { subject, result, detail } of archived.findings) {
    if (result === "invalid") findings.add("configuration-invalid", place, `${subject}: ${detail}`);
  }
  if (configuration === undefined) return undefined;
  for (const name of stray) findings.add("configuration-stray", `${place}/${name}`);
  if (configuration.content.version !== version) {
    findings.add(
      "manifest-contradicts",
      place,
      `the configuration has version ${configuration.content.version}`,
    );
  }
  findings.add("configuration-signed", place, `version ${configuration.content.version}`);
  const since = freshAt === undefined ? undefined : `at ${new Date(freshAt).toISOString()}`;
  findings.judge(
    since !== undefined,
    "configuration-current",
    "configuration-currency-unproven",
    place,
    since,
  );
  return configuration;
}

/** Files that no signature of the authority led to: nothing was verified of them, so they must not be shown as its. */
function strayFiles(
  files: ReadonlyMap<string, Buffer>,
  { content }: ConfigurationIndex,
  anchor: Anchor,
): string[] {
  const documents = [...content.services, ...content.acts, ...content.vocabularies];
  const services = new Set(documents.map(({ path, sha256: digest }) => `${digest} ${path}`));
  const seen = new Set<string>();
  return [...files.keys()].filter((name) => {
    const [, folder, path, digest = "", file] =
      /^(metadata|targets)\/(.*?)(?:([0-9a-f]{64})\.)?([^/]+)$/.exec(name) ?? [];
    if (folder === "metadata") return isStrayMetadata(name, files.get(name)!, anchor, seen);
    const target = `${path}${file}`;
    if (seen.has(target)) return true;
    seen.add(target);
    const isPart = partOfTarget(target) !== undefined;
    return !isPart && !services.has(`${Buffer.from(digest, "hex").toString("base64url")} ${target}`);
  });
}

/** A root of the anchor's version must be the anchor's own; of the rest there is one each. */
function isStrayMetadata(name: string, bytes: Buffer, anchor: Anchor, seen: Set<string>): boolean {
  const [, version, role] =
    /^metadata\/(?:(\d+)\.)?(root|timestamp|snapshot|targets)\.json$/.exec(name) ?? [];
  if (role === undefined || (role !== "root" && seen.has(role))) return true;
  seen.add(role);
  const { version: trusted } = JSON.parse(anchor.root.toString("utf8")).signed;
  return role === "root" && Number(version) === trusted && !isSameJson(bytes, anchor.root);
}

function isSameJson(one: Buffer, other: Buffer): boolean {
  try {
    return isDeepStrictEqual(JSON.parse(one.toString("utf8")), JSON.parse(other.toString("utf8")));
  } catch {
    return false;
  }
}

/** The certificates that plain commands trust must be those that the configurations list, and nothing beside them. */
function judgePemFiles(files: ReadonlyMap<string, Buffer>, trust: Trust, findings: Findings): void {
  const contents = trust.configurations.map(({ content }) => content).reverse();
  if (contents.length === 0) return;
  const digests = contents.map(({ sha256: digest }) => digest).join(" ");
  for (const [path, expected] of pemFiles.get(digests, () => trustedPem(contents))) {
    const pem = files.get(path);
    if (pem !== undefined && !pem.equals(expected)) findings.add("anchor-certificate-unlisted", path);
  }
}
