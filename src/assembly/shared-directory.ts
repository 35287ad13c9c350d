import { mkdir, open, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { SealwayError } from "../core/errors.ts";
import { syncDirectory } from "../trust/atomic-file.ts";

const folder = "cluster";
const marker = "id";
const sign = ".alive";

/**
 * A directory that all nodes of a cluster have in common, with a folder `cluster` in it: the cluster's id, and a file of
 * each node that is up, which it writes again and again. A copy of the directory has the id, and nothing in it moves.
 */
export class SharedDirectory {
  readonly path: string;
  /** The configuration's word for it. */
  readonly name: "bodiesDirectory" | "vaultDirectory";

  constructor(name: SharedDirectory["name"], path: string) {
    this.name = name;
    this.path = path;
  }

  /** The id of the cluster whose directory it is; undefined when it has none. */
  async id(): Promise<string | undefined> {
    try {
      return (await readFile(this.#file(marker), "latin1")).trim();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  }

  /** Gives it an id, for good, unless it has one. */
  async mark(id: string): Promise<void> {
    await mkdir(join(this.path, folder), { recursive: true, mode: 0o700 });
    try {
      const file = await open(this.#file(marker), "wx", 0o600);
      await file.writeFile(`${id}\n`);
      await file.sync();
      await file.close();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    await syncDirectory(join(this.path, folder));
  }

  /** @throws SealwayError `cluster_mismatch` unless it is that of the cluster */
  async check(id: string): Promise<void> {
    const found = await this.id();
    if (found === id) return;
    const what = found === undefined ? "is not" : "belongs to another cluster, not to";
    throw new SealwayError(
      "cluster_mismatch",
      `${this.name} ${this.path} ${what} the directory that the nodes of cluster ${id} share: mount that one there`,
    );
  }

  /** What each node wrote last. */
  async signs(): Promise<ReadonlyMap<string, string>> {
    const names = (await readdir(join(this.path, folder))).filter((name) => name.endsWith(sign));
    const texts = names.map(async (name) => [
      name,
      await readFile(this.#file(name), "latin1").catch(() => ""),
    ]);
    return new Map((await Promise.all(texts)) as [string, string][]);
  }

  /** @param text other than the last time */
  async showLife(node: string, text: string): Promise<void> {
    await writeFile(this.#file(`${node}${sign}`), text, { mode: 0o600 });
  }

  /** Removes what nodes left that did not end by themselves. */
  async clear(): Promise<void> {
    for (const name of (await this.signs()).keys()) await rm(this.#file(name), { force: true });
  }

  async endLife(node: string): Promise<void> {
    await rm(this.#file(`${node}${sign}`), { force: true });
  }

  #file(name: string): string {
    return join(this.path, folder, name);
  }
}
