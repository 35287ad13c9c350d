import { isAscii } from "node:buffer";
import schema from "../../../schemas/evidence/v1/manifest.schema.json" with { type: "json" };
import { sha256 } from "../../core/bytes.ts";
import { canonicalJson } from "../../core/canonical-json.ts";
import { SealwayError } from "../../core/errors.ts";
import { ownSchema } from "../../core/own-schema.ts";
import { parseStrictJson } from "../../core/strict-json.ts";
import type { InstancePurpose } from "../../trust/global-configuration.ts";
import { UnusablePackage } from "./finding.ts";
import { type MessageFolder, manifestPath } from "./package-layout.ts";

/** What a package says of its own contents; nothing in it is signed. */
export interface Manifest {
  readonly v: 1;
  readonly instance: string;
  readonly purpose: InstancePurpose;
  readonly exchangeId: string;
  readonly messages: readonly MessageEntry[];
  readonly configurations: readonly number[];
  readonly files: readonly FileEntry[];
}

export interface MessageEntry {
  readonly folder: MessageFolder;
  readonly head: "present" | "withheld" | "erased";
  readonly body: "present" | "absent";
}

export interface FileEntry {
  readonly path: string;
  /** Lower-case hex. */
  readonly sha256: string;
  readonly length: number;
}

const validate = ownSchema<Manifest>(schema);

/** The entry of a file. */
export function fileEntry(path: string, bytes: Buffer): FileEntry {
  return { path, sha256: sha256(bytes).toString("hex"), length: bytes.length };
}

/** The bytes of `manifest.json`: canonical JSON and a line end. */
export function serializeManifest(manifest: Manifest): Buffer {
  return Buffer.from(`${canonicalJson(manifest as never)}\n`);
}

/**
 * Reads `manifest.json` (attacker-controlled).
 * @throws UnusablePackage `manifest-missing`, `manifest-unreadable`, `manifest-version`
 */
export function parseManifest(bytes: Buffer | undefined): Manifest {
  if (bytes === undefined) throw new UnusablePackage("manifest-missing", manifestPath, "it is not there");
  const plain = parsePlain(bytes);
  if (plain !== undefined) return plain;
  const manifest = parseJson(bytes);
  if (validate(manifest)) return manifest;
  if (versionOf(manifest) !== 1 && typeof versionOf(manifest) === "number") {
    throw new UnusablePackage("manifest-version", manifestPath, `version ${versionOf(manifest)}`);
  }
  const error = validate.errors?.[0];
  throw unreadable(`${error?.instancePath || "/"} ${error?.message}`);
}

/**
 * A manifest as we write it costs a third: ASCII without escapes that comes out the same when it is written again has no
 * name twice and no lone surrogate, and the schema bounds its depth.
 * @returns undefined for any other; what is wrong with it, if anything, is found in the slow way
 */
function parsePlain(bytes: Buffer): Manifest | undefined {
  const text = bytes.toString("latin1");
  if (!isAscii(bytes) || text.includes("\\")) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return `${JSON.stringify(value)}\n` === text && validate(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function parseJson(bytes: Buffer): unknown {
  try {
    return parseStrictJson(bytes);
  } catch (error) {
    if (error instanceof SealwayError) throw unreadable(error.detail);
    throw error;
  }
}

function versionOf(manifest: unknown): unknown {
  return typeof manifest === "object" && manifest !== null && "v" in manifest ? manifest.v : undefined;
}

function unreadable(detail: string): UnusablePackage {
  return new UnusablePackage("manifest-unreadable", manifestPath, detail);
}
