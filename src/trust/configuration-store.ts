import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fromBase64 } from "../core/bytes.ts";
import type { Anchor } from "./anchor.ts";
import { writeFileAtomically } from "./atomic-file.ts";
import { MirrorError } from "./configuration-mirror.ts";
import { digestOnce } from "./digest-once.ts";
import { parseRoot, type TrustedRoot, verifyNextRoot } from "./signed-metadata.ts";
import { type TrustedMetadata, updateMetadata } from "./tuf-update.ts";

/** The metadata file of the cache: base64 of each metadata, the roots from the anchor's on. */
interface CachedMetadata {
  readonly roots: readonly string[];
  readonly current?: {
    /** How many of the roots were known when the rest was verified. */
    readonly roots: number;
    readonly timestamp: string;
    readonly snapshot: string;
    readonly targets: string;
  };
}

/**
 * The last good state on disk: one metadata file, written atomically, and the parts by their digests. All of it
 * is verified again when it is read, as if it came from a mirror.
 */
export class ConfigurationStore {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  get workDirectory(): string {
    return join(this.#directory, "work");
  }

  /** Creates what is missing. */
  async open(): Promise<void> {
    await mkdir(this.#partsDirectory, { recursive: true, mode: 0o700 });
  }

  /**
   * Reads and verifies the metadata; expiry is not judged here.
   * @returns what the anchor alone gives, and the damage, when the cache is damaged or of another anchor
   */
  async loadMetadata(anchor: Anchor): Promise<{ trusted: TrustedMetadata; damage: Error | undefined }> {
    const fromAnchor = { roots: [parseRoot(anchor.root)], current: undefined };
    try {
      const bytes = await readIfThere(this.#metadataPath);
      if (bytes === undefined) return { trusted: fromAnchor, damage: undefined };
      return { trusted: await this.#verify(fromAnchor, bytes), damage: undefined };
    } catch (damage) {
      return { trusted: fromAnchor, damage: damage as Error };
    }
  }

  async #verify(fromAnchor: TrustedMetadata, bytes: Buffer): Promise<TrustedMetadata> {
    const cached = JSON.parse(bytes.toString("utf8")) as CachedMetadata;
    const roots = verifyRoots(fromAnchor.roots[0]!, cached.roots.map(decode));
    if (cached.current === undefined) return { roots, current: undefined };
    const { roots: count, timestamp, snapshot, targets } = cached.current;
    const rootsThen = roots.slice(0, count);
    const names = new Map<string, Buffer>(
      rootsThen.map((root) => [`metadata/${root.version}.root.json`, root.bytes]),
    );
    names.set("metadata/timestamp.json", decode(timestamp));
    const fetchCached = async (path: string) => {
      const file = names.get(path) ?? versioned(path, { snapshot, targets });
      if (file === undefined) throw new MirrorError("missing", `${path} is not in the cache`);
      return file;
    };
    const result = await updateMetadata(fromAnchor, fetchCached, 0, this.workDirectory);
    if (result.failure !== undefined) throw result.failure;
    return { roots, current: result.trusted.current };
  }

  async saveMetadata({ roots, current }: TrustedMetadata): Promise<void> {
    const cached: CachedMetadata = {
      roots: roots.map((root) => root.bytes.toString("base64")),
      ...(current && {
        current: {
          roots: roots.findIndex((root) => root.version === current.root.version) + 1,
          timestamp: current.timestamp.bytes.toString("base64"),
          snapshot: current.snapshot.bytes.toString("base64"),
          targets: current.targets.bytes.toString("base64"),
        },
      }),
    };
    await writeFileAtomically(this.#metadataPath, Buffer.from(JSON.stringify(cached)), "private");
  }

  /** @returns the part, or undefined when it is not here whole */
  async loadPart(digest: string): Promise<Buffer | undefined> {
    const bytes = await readIfThere(join(this.#partsDirectory, digest));
    return bytes !== undefined && digestOnce(bytes).hex === digest ? bytes : undefined;
  }

  /** Not synchronised to disk: a part that a crash cut short is found out by its digest and fetched again. */
  async savePart(digest: string, bytes: Buffer): Promise<void> {
    await writeFile(join(this.#partsDirectory, digest), bytes, { mode: 0o600 });
  }

  /** Removes the parts of no use any more. */
  async prune(digests: ReadonlySet<string>): Promise<void> {
    for (const name of await readdir(this.#partsDirectory)) {
      if (!digests.has(name)) await rm(join(this.#partsDirectory, name), { force: true });
    }
  }

  get #metadataPath(): string {
    return join(this.#directory, "metadata.json");
  }

  get #partsDirectory(): string {
    return join(this.#directory, "parts");
  }
}

function verifyRoots(anchor: TrustedRoot, cached: readonly Buffer[]): TrustedRoot[] {
  if (!cached[0]?.equals(anchor.bytes)) throw new Error("the cache belongs to another anchor");
  const roots = [anchor];
  for (const bytes of cached.slice(1)) roots.push(verifyNextRoot(roots.at(-1)!, bytes));
  return roots;
}

function versioned(path: string, files: { snapshot: string; targets: string }): Buffer | undefined {
  if (/^metadata\/\d+\.snapshot\.json$/.test(path)) return decode(files.snapshot);
  if (/^metadata\/\d+\.targets\.json$/.test(path)) return decode(files.targets);
  return undefined;
}

function decode(text: string): Buffer {
  const bytes = fromBase64(text);
  if (bytes === undefined) throw new Error("malformed base64");
  return bytes;
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
