import { type FetchFile, MirrorError } from "./configuration-mirror.ts";
import {
  boundDocuments,
  partMaxLength,
  partNames,
  partPath,
  partReaders,
  serviceMaxLength,
} from "./configuration-parts.ts";
import type { ConfigurationStore } from "./configuration-store.ts";
import { digestOnce } from "./digest-once.ts";
import { DocumentError } from "./document-error.ts";
import { targetsByPart } from "./part-pieces.ts";
import type { TargetFile, TargetsContent } from "./signed-metadata.ts";

/** The parts of one version: by path, and by digest for the next version to take over. */
export interface CollectedParts {
  readonly byPath: ReadonlyMap<string, Buffer>;
  readonly byDigest: ReadonlyMap<string, Buffer>;
}

/** Where a part may come from, in this order. */
export interface PartSources {
  readonly held: ReadonlyMap<string, Buffer>;
  readonly store: ConfigurationStore;
  readonly fetchFile: FetchFile;
}

/** Documents that are fetched at once. */
const concurrency = 8;

/**
 * Brings together all that the targets metadata names, each part checked by its length and digest. Targets that
 * this release does not know are passed over.
 * @throws DocumentError for a part that is not what was signed; MirrorError when one is not to be had
 */
export async function collectParts(targets: TargetsContent, sources: PartSources): Promise<CollectedParts> {
  const collection = new Collection(sources);
  const byPart = targetsByPart(targets.targets.keys());
  for (const name of partNames) {
    if (!byPart.has(name)) throw new DocumentError(partPath(name), "", "not among the targets");
  }
  await concurrently([...byPart.values()].flat(), (path) =>
    collection.add(path, targets.targets.get(path)!, partMaxLength),
  );
  const documents = byPart
    .get("services")!
    .flatMap((path) => boundDocuments(partReaders.services(path, collection.byPath.get(path)!)));
  await concurrently(documents, ({ path, sha256: digest, length }) => {
    const file = { length, sha256: Buffer.from(digest, "base64url").toString("hex") };
    return collection.add(path, file, serviceMaxLength);
  });
  return collection;
}

async function concurrently<Item>(items: readonly Item[], act: (item: Item) => Promise<void>): Promise<void> {
  const waiting = items.values();
  const worker = async () => {
    for (const item of waiting) await act(item);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}

/** The path by which a mirror keeps a target, with its digest (TUF §6.2: consistent snapshots). */
export function targetPath(path: string, digest: string): string {
  const slash = path.lastIndexOf("/") + 1;
  return `targets/${path.slice(0, slash)}${digest}.${path.slice(slash)}`;
}

class Collection implements CollectedParts {
  readonly byPath = new Map<string, Buffer>();
  readonly byDigest = new Map<string, Buffer>();
  readonly #sources: PartSources;

  constructor(sources: PartSources) {
    this.#sources = sources;
  }

  async add(path: string, file: TargetFile, maxLength: number): Promise<void> {
    const { held, store } = this.#sources;
    const bytes =
      held.get(file.sha256) ??
      (await store.loadPart(file.sha256)) ??
      (await this.#fetch(path, file, maxLength));
    this.byPath.set(path, bytes);
    this.byDigest.set(file.sha256, bytes);
  }

  async #fetch(path: string, file: TargetFile, maxLength: number): Promise<Buffer> {
    if (file.length > maxLength) throw new DocumentError(path, "", `longer than ${maxLength} bytes`);
    const bytes = await this.#sources.fetchFile(targetPath(path, file.sha256), file.length);
    if (bytes.length !== file.length || digestOnce(bytes).hex !== file.sha256) {
      throw new DocumentError(path, "", "not the bytes that were signed");
    }
    await this.#sources.store.savePart(file.sha256, bytes);
    return bytes;
  }
}

/** The source of a start without a mirror. */
export const noMirror: FetchFile = async (path) => {
  throw new MirrorError("missing", `${path} is not in the cache`);
};
