import {
  fileEntry,
  type Manifest,
  serializeManifest,
} from "../../src/messagelog/evidence/package-manifest.ts";
import { readPackage } from "../../src/messagelog/evidence/package-read.ts";
import { writePackage } from "../../src/messagelog/evidence/package-write.ts";
import { type VerifyOptions, verifyPackage } from "../../src/messagelog/evidence/verify-package.ts";

/** Unpacks a package, changes its files, and packs it again under the same manifest: damage. */
export async function damaged(bytes: Buffer, change: (files: Map<string, Buffer>) => void): Promise<Buffer> {
  const files = new Map(await readPackage(bytes));
  change(files);
  return writePackage(files);
}

/** As `damaged`, with a manifest that lists the files as they are now: forgery. */
export async function forged(
  bytes: Buffer,
  change: (files: Map<string, Buffer>) => void,
  describe: (manifest: Manifest) => Partial<Manifest> = () => ({}),
): Promise<Buffer> {
  const files = new Map(await readPackage(bytes));
  const manifest = JSON.parse(files.get("manifest.json")!.toString("utf8")) as Manifest;
  files.delete("manifest.json");
  change(files);
  const listed = [...files].map(([path, content]) => fileEntry(path, content));
  const renewed = { ...manifest, ...describe(manifest), files: listed };
  return writePackage(new Map([["manifest.json", serializeManifest(renewed)], ...files]));
}

/** Flips one bit in the middle. */
export function flipped(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy[copy.length >> 1]! ^= 1;
  return copy;
}

/** The verdict, and the distinct codes of its failures and warnings, each in order of the alphabet. */
export async function judged(bytes: Buffer, options: VerifyOptions) {
  const { verdict, findings } = await verifyPackage(bytes, options);
  const codes = (severity: string) =>
    [...new Set(findings.filter((one) => one.severity === severity).map(({ code }) => code))].sort();
  const places = findings.filter(({ severity }) => severity === "failure").map(({ place }) => place);
  return { verdict, failures: codes("failure"), warnings: codes("warning"), infos: codes("info"), places };
}
