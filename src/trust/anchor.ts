import { readFile } from "node:fs/promises";
import schema from "../../schemas/configuration/v1/anchor.schema.json" with { type: "json" };
import { DocumentError } from "./document-error.ts";
import { documentReader } from "./document-schema.ts";
import type { InstancePurpose } from "./global-configuration.ts";
import { parseRoot } from "./signed-metadata.ts";

/** What a server is given by hand, once: where all trust starts. */
export interface Anchor {
  readonly instance: string;
  readonly purpose: InstancePurpose;
  /** Root metadata (TUF §4.3), signed by its own keys. */
  readonly root: Buffer;
}

interface AnchorFile {
  readonly v: 1;
  readonly instance: string;
  readonly purpose: InstancePurpose;
  readonly root: object;
}

const read = documentReader<AnchorFile>(schema, 600_000);

/**
 * Parses an anchor file (`schemas/configuration/v1/anchor.schema.json`).
 * @param document how messages name it
 * @throws DocumentError when it is malformed or its root is not signed by its own keys
 */
export function parseAnchor(bytes: Buffer, document = "anchor"): Anchor {
  const { instance, purpose, root } = read(document, bytes);
  const rootBytes = Buffer.from(JSON.stringify(root));
  try {
    parseRoot(rootBytes);
  } catch (cause) {
    throw new DocumentError(document, "/root", (cause as Error).message, { cause });
  }
  return { instance, purpose, root: rootBytes };
}

/** Reads an anchor file. @throws DocumentError also when it cannot be read */
export async function loadAnchor(path: string): Promise<Anchor> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw new DocumentError(path, "", (cause as Error).message, { cause });
  }
  return parseAnchor(bytes, path);
}

/** The anchor as a file has it. */
export function writeAnchor(anchor: Anchor): Buffer {
  const { instance, purpose, root } = anchor;
  const file = { v: 1, instance, purpose, root: JSON.parse(root.toString("utf8")) };
  return Buffer.from(`${JSON.stringify(file, undefined, 2)}\n`);
}

/**
 * Keeps a development country's trust out of production, and the reverse.
 * @param purpose what the process is run for: `demonstration` only when it was started with `--demonstration`
 * @throws DocumentError when the anchor is for the other one
 */
export function checkAnchorPurpose(anchor: Anchor, purpose: InstancePurpose): void {
  if (anchor.purpose === purpose) return;
  const problem =
    anchor.purpose === "demonstration"
      ? "the anchor is for demonstration: give the governing authority's anchor, or start with --demonstration"
      : "the anchor is for production: start without --demonstration";
  throw new DocumentError("anchor", "/purpose", problem);
}
