import { createHash, type Hash } from "node:crypto";
import type { BodyAlgorithm } from "./body.ts";
import { BodyInSpool } from "./body-in-spool.ts";
import { SpoolFile, spoolBlockBytes } from "./spool-file.ts";

/** Gathers chunks into blocks, hashes each full block and has it written, one at a time: memory stays flat. */
export class SpoolWriter {
  readonly #file: SpoolFile;
  readonly #hash: Hash;
  readonly #block = Buffer.allocUnsafeSlow(spoolBlockBytes);
  #used = 0;
  #length = 0;
  #written: Promise<void> = Promise.resolve();

  constructor(directory: string, algorithm: BodyAlgorithm) {
    this.#file = new SpoolFile(directory);
    this.#hash = createHash(algorithm);
  }

  /**
   * Takes bytes at once.
   * @returns a promise while the disk is behind: until it resolves nothing more should come; rejected with a
   *   SealwayError `spool_unavailable`
   */
  take(chunk: Buffer): Promise<void> | undefined {
    let wait: Promise<void> | undefined;
    let taken = 0;
    while (taken < chunk.length) {
      const copied = chunk.copy(this.#block, this.#used, taken);
      taken += copied;
      this.#used += copied;
      if (this.#used === spoolBlockBytes) {
        wait = this.#written;
        this.#flush();
      }
    }
    return wait;
  }

  /** The whole body, once every block is on the disk. @throws SealwayError `spool_unavailable` */
  async finish(): Promise<BodyInSpool> {
    if (this.#used > 0) this.#flush();
    await this.#written;
    return new BodyInSpool(this.#file, this.#length, this.#hash.digest());
  }

  /** Gives up what was written. */
  abandon(): void {
    this.#file.close();
  }

  #flush(): void {
    const block = this.#block.subarray(0, this.#used);
    this.#hash.update(block);
    this.#length += this.#used;
    this.#used = 0;
    const before = this.#written;
    this.#written = this.#file.append(block).then(() => before);
    this.#written.catch(ignore);
  }
}

/** Whoever waits next is told; until then nobody need listen. */
function ignore(): void {}
