import { cpSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Test } from "tap";
import { sha256 } from "../../../src/core/bytes.ts";
import { canonicalJson, type Json } from "../../../src/core/canonical-json.ts";
import type { Identity } from "../../../src/dev/ca.ts";
import { signStatement } from "../../../src/message/signed-statement.ts";
import {
  archiveStatement,
  fileName,
  type SegmentFile,
  type SegmentManifest,
  segmentName,
  serializeManifest,
} from "../../../src/messagelog/archive/segment-manifest.ts";
import { keyOperation } from "../../../src/pki/private-key.ts";
import { SignerPool } from "../../../src/pki/signer.ts";

/** A copy of an archive, which a test may damage. */
export function copied(t: Test, archive: string): string {
  const directory = mkdtempSync(join(tmpdir(), "sealway-damaged-"));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  cpSync(archive, directory, { recursive: true });
  return directory;
}

/** The path of a segment's folder. @param number from 1 */
export function segmentAt(archive: string, number: number): string {
  const name = readdirSync(archive).find((one) => Number(one.split("-")[0]) === number);
  return join(archive, name!);
}

/** The paths of a segment's files of a kind. */
export function filesAt(archive: string, number: number, kind: string): string[] {
  const segment = segmentAt(archive, number);
  return readdirSync(segment)
    .filter((name) => name.endsWith(`.${kind}`))
    .map((name) => join(segment, name));
}

// biome-ignore lint/suspicious/noExplicitAny: a test writes whatever it wants into a line; `raw` is written as it is
export type Line = Record<string, any>;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A segment with its lines, as a dishonest owner of the server may change it. */
export interface Forged {
  readonly manifest: Mutable<SegmentManifest>;
  /** The lines of all files of a kind. */
  lines(kind: SegmentFile["kind"]): Line[];
}

/**
 * Changes a segment, and makes it and all behind it look whole again: files, digests, manifests, names, signatures.
 * @param seal of whoever signs
 */
export async function forge(
  archive: string,
  number: number,
  seal: Identity,
  time: number,
  change: (segment: Forged) => void,
): Promise<void> {
  let previous: string | undefined;
  for (const name of readdirSync(archive).sort()) {
    const path = join(archive, name);
    const manifest = JSON.parse(
      readFileSync(join(path, "manifest.json"), "utf8"),
    ) as Mutable<SegmentManifest>;
    if (manifest.segment < number) continue;
    if (manifest.segment === number) rewrite(path, manifest, change);
    if (previous !== undefined) manifest.previous = previous;
    previous = await signAgain(path, manifest, seal, time);
    renameSync(path, join(archive, segmentName(manifest.segment, previous)));
  }
}

function rewrite(path: string, manifest: Mutable<SegmentManifest>, change: (segment: Forged) => void): void {
  const parsed = new Map<SegmentFile, Line[]>();
  for (const file of manifest.files) {
    if (file.lines === 0) continue;
    const text = readFileSync(join(path, fileName(file)), "utf8").trimEnd();
    parsed.set(
      file,
      text.split("\n").map((line) => JSON.parse(line)),
    );
  }
  const all = new Map<string, Line[]>();
  for (const [{ kind }, lines] of parsed) all.set(kind, [...(all.get(kind) ?? []), ...lines]);
  change({ manifest, lines: (kind) => all.get(kind)! });
  manifest.files = manifest.files.map((file) => {
    if (!parsed.has(file)) return file;
    rmSync(join(path, fileName(file)));
    const several = manifest.files.filter(({ kind }) => kind === file.kind).length > 1;
    const lines = several ? parsed.get(file)! : all.get(file.kind)!;
    const bytes = Buffer.from(lines.map((line) => `${line.raw ?? canonicalJson(line as Json)}\n`).join(""));
    const renewed = {
      ...file,
      sha256: sha256(bytes).toString("hex"),
      length: bytes.length,
      lines: lines.length,
    };
    writeFileSync(join(path, fileName(renewed)), bytes);
    return renewed;
  });
}

async function signAgain(
  path: string,
  manifest: SegmentManifest,
  seal: Identity,
  time: number,
): Promise<string> {
  const bytes = serializeManifest(manifest);
  const digest = sha256(bytes).toString("hex");
  const { instance, server, segment } = manifest;
  const signer = new SignerPool(seal.certificate, keyOperation(seal.privateKey));
  const payload = { instance, time, server, segment, manifest: digest };
  writeFileSync(join(path, "manifest.jws"), await signStatement(signer, archiveStatement, payload));
  writeFileSync(join(path, "manifest.json"), bytes);
  return digest;
}
