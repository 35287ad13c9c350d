import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { type FileHandle, link, mkdir, open, readFile, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import { SealwayError } from "../../core/errors.ts";
import { isUuidV7 } from "../../core/uuid.ts";
import { fileModes, syncDirectory, writeFileAtomically } from "../../trust/atomic-file.ts";

const oneGibibyte = 1024 ** 3;

/** How far one server was asked about a loss. */
export interface Asked {
  /** Hours before this were compared, milliseconds. */
  readonly until: number;
  /** Why the next hour was not: an error code. */
  readonly failure: string | null;
}

/** What a restart goes on from. No evidence: without it everything is asked again. */
export interface Progress {
  readonly v: 1;
  /** By server. */
  readonly servers: { readonly [server: string]: Asked };
}

/**
 * `recovered` in the state directory of a server, its owner's alone: `EXCHANGE-ID.zip` is the other side's package of an
 * exchange that this log lost, written once; `RECORD.json` says how far the servers were asked about a discontinuity.
 */
export class RecoveredFolder {
  readonly #directory: string;
  readonly #leastFree: number;

  /** @param leastFree bytes that stay free on the disk */
  constructor(stateDirectory: string, leastFree = oneGibibyte) {
    this.#directory = join(stateDirectory, "recovered");
    this.#leastFree = leastFree;
  }

  /** @param exchangeId maybe a peer's: nothing but a UUID becomes a name */
  pathOf(exchangeId: string): string {
    if (!isUuidV7(exchangeId)) throw new TypeError("no exchange id");
    return join(this.#directory, `${exchangeId}.zip`);
  }

  /** @returns undefined when there is none */
  read(exchangeId: string): Promise<Buffer | undefined> {
    return readIfThere(this.pathOf(exchangeId));
  }

  /** Whether anything lies there, without reading it. */
  has(exchangeId: string): boolean {
    return existsSync(this.pathOf(exchangeId));
  }

  /**
   * Keeps a verified package, durably; one that is there already stays as it is.
   * @throws SealwayError `log_unavailable` when little space is left: exchanges need it
   */
  async keep(exchangeId: string, bytes: Buffer): Promise<void> {
    const path = this.pathOf(exchangeId);
    // Several may be written at once: none writes into what another has linked already.
    const temporary = `${path}.${randomUUID()}.new`;
    await this.#make();
    await this.#checkSpace(bytes.length);
    const file = await open(temporary, "wx", fileModes.private);
    try {
      await writeDurably(file, bytes);
      await link(temporary, path).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== "EEXIST") throw error;
      });
    } finally {
      await rm(temporary);
    }
    await syncDirectory(this.#directory);
  }

  /** @param record digest of a discontinuity record. Before the first question, and in a damaged file, nobody is asked. */
  async progress(record: string): Promise<Progress> {
    const bytes = await readIfThere(this.#progressFile(record));
    try {
      if (bytes !== undefined) return JSON.parse(bytes.toString("utf8")) as Progress;
    } catch {}
    return { v: 1, servers: {} };
  }

  async writeProgress(record: string, progress: Progress): Promise<void> {
    await this.#make();
    await writeFileAtomically(
      this.#progressFile(record),
      Buffer.from(`${JSON.stringify(progress)}\n`),
      "private",
    );
  }

  async #checkSpace(length: number): Promise<void> {
    const { bavail, bsize } = await statfs(this.#directory);
    if (bavail * bsize - length < this.#leastFree)
      throw new SealwayError("log_unavailable", "little space is left for what is recovered");
  }

  #progressFile(record: string): string {
    return join(this.#directory, `${Buffer.from(record, "base64url").toString("hex").slice(0, 32)}.json`);
  }

  async #make(): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
  }
}

async function writeDurably(file: FileHandle, bytes: Buffer): Promise<void> {
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  return readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
}
