import { createHash } from "node:crypto";
import { type FileHandle, open, rename } from "node:fs/promises";
import { join } from "node:path";

/** A file that is written once, from its beginning to its end, and gets its name from its digest. */
export interface WrittenFile {
  /** Hex. */
  readonly sha256: string;
  readonly length: number;
  readonly lines: number;
}

const blockSize = 256 * 1024;

export class DigestedFile {
  readonly #directory: string;
  readonly #extension: string;
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #hash = createHash("sha256");
  #waiting: Buffer[] = [];
  #waitingLength = 0;
  #lines = 0;
  length = 0;

  private constructor(directory: string, extension: string, path: string, file: FileHandle) {
    this.#directory = directory;
    this.#extension = extension;
    this.#path = path;
    this.#file = file;
  }

  /** @param working its name until its digest is known, no other's @throws Error of the file system */
  static async create(directory: string, extension: string, working: string): Promise<DigestedFile> {
    const path = join(directory, `part.${working}`);
    return new DigestedFile(directory, extension, path, await open(path, "wx", 0o600));
  }

  /** Nothing that was handed in may be changed before the file is closed. */
  async write(bytes: Buffer): Promise<void> {
    this.#hash.update(bytes);
    this.length += bytes.length;
    this.#waiting.push(bytes);
    this.#waitingLength += bytes.length;
    if (this.#waitingLength >= blockSize) await this.#flush();
  }

  async writeLine(line: Buffer): Promise<void> {
    this.#lines++;
    await this.write(line);
  }

  /** Makes the file durable under its name. */
  async finish(): Promise<WrittenFile> {
    await this.#flush();
    await this.#file.sync();
    await this.#file.close();
    const sha256 = this.#hash.digest("hex");
    await rename(this.#path, join(this.#directory, `${sha256}.${this.#extension}`));
    return { sha256, length: this.length, lines: this.#lines };
  }

  /** Gives up after a failure; the file stays behind unfinished. */
  async abandon(): Promise<void> {
    await this.#file.close().catch(() => undefined);
  }

  async #flush(): Promise<void> {
    const blocks = Buffer.concat(this.#waiting);
    this.#waiting = [];
    this.#waitingLength = 0;
    // `writeFile` of a handle goes on after a short write, from where the file stands.
    if (blocks.length > 0) await this.#file.writeFile(blocks);
  }
}
