import { Readable } from "node:stream";
import type { Body } from "./body.ts";
import { type SpoolFile, spoolBlockBytes } from "./spool-file.ts";

/** A received body of more than 64 KiB, in its spool file. */
export class BodyInSpool implements Body {
  readonly length: number;
  readonly digest: Buffer;
  readonly bytes = undefined;
  readonly #file: SpoolFile;

  constructor(file: SpoolFile, length: number, digest: Buffer) {
    this.#file = file;
    this.length = length;
    this.digest = digest;
  }

  /** Ends with a SealwayError `spool_unavailable` when the disk does not give back what was written. */
  stream(): Readable {
    return new SpoolStream(this.#file, this.length);
  }

  discard(): void {
    this.#file.close();
  }
}

class SpoolStream extends Readable {
  readonly #file: SpoolFile;
  #left: number;
  #next = 0;

  constructor(file: SpoolFile, length: number) {
    super({ highWaterMark: spoolBlockBytes });
    this.#file = file;
    this.#left = length;
  }

  override _read(): void {
    if (this.#left === 0) {
      this.push(null);
      return;
    }
    const length = Math.min(this.#left, spoolBlockBytes);
    this.#left -= length;
    this.#file.read(this.#next++, length).then(this.#onBlock, this.#onFailure);
  }

  readonly #onBlock = (block: Buffer): void => {
    this.push(block);
  };

  readonly #onFailure = (error: Error): void => {
    this.destroy(error);
  };
}
