import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isInOneSpelling, parseServiceId, type ServiceId } from "../core/ids.ts";
import { writeFileAtomically } from "../trust/atomic-file.ts";

/** How far the acts of a service were known once. */
export interface KnownHead {
  readonly acts: number;
  /** SHA-256 (base64url) of the act with that number. */
  readonly head: string;
}

/**
 * The newest act of every service that this server ever saw, kept over restarts: an authority whose catalogue goes back,
 * be it restored from an old copy or in the wrong hands, cannot bring back what was withdrawn.
 */
export class CatalogueHeads {
  readonly #path: string;
  readonly #heads: Map<ServiceId, KnownHead>;
  #writing: Promise<void> = Promise.resolve();

  private constructor(path: string, heads: Map<ServiceId, KnownHead>) {
    this.#path = path;
    this.#heads = heads;
  }

  /** @throws Error for a file that is damaged: delete it only when the authority says that its catalogue is right */
  static async open(stateDirectory: string): Promise<CatalogueHeads> {
    const path = join(stateDirectory, "catalogue-heads.json");
    const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return "{}";
      throw error;
    });
    const entries = Object.entries(JSON.parse(text) as Record<string, KnownHead>);
    const isHead = ([id, { acts, head }]: (typeof entries)[number]) =>
      isInOneSpelling(id, parseServiceId) && Number.isSafeInteger(acts) && typeof head === "string";
    if (!entries.every(isHead)) throw new Error(`${path} is damaged`);
    return new CatalogueHeads(path, new Map(entries as [ServiceId, KnownHead][]));
  }

  of(service: ServiceId): KnownHead | undefined {
    return this.#heads.get(service);
  }

  get services(): Iterable<ServiceId> {
    return this.#heads.keys();
  }

  /** @returns when they are on disk, if any is new */
  note(heads: ReadonlyMap<ServiceId, KnownHead>): Promise<void> {
    const isNew = ([id, { head }]: readonly [ServiceId, KnownHead]) => this.#heads.get(id)?.head !== head;
    const fresh = [...heads].filter(isNew);
    if (fresh.length === 0) return this.#writing;
    for (const [id, head] of fresh) this.#heads.set(id, head);
    const write = () => {
      const bytes = Buffer.from(JSON.stringify(Object.fromEntries(this.#heads)));
      return writeFileAtomically(this.#path, bytes, "private");
    };
    this.#writing = this.#writing.then(write, write);
    return this.#writing;
  }
}
