import { Readable } from "node:stream";
import type { Body } from "./body.ts";
import { type SpoolFile, spoolBlockBytes, spoolWorkspaceBytes } from "./spool-file.ts";

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
    return Readable.from(this.#read(), { objectMode: false, highWaterMark: spoolBlockBytes });
  }

  blocks(): AsyncGenerator<Buffer> {
    return this.#read();
  }

  discard(): void {
    this.#file.close();
  }

  /** Reads one block ahead of who asks. */
  async *#read(): AsyncGenerator<Buffer> {
    const workspace = Buffer.allocUnsafeSlow(spoolWorkspaceBytes);
    const readBlock = (number: number): Promise<Buffer> => {
      const length = Math.min(this.length - number * spoolBlockBytes, spoolBlockBytes);
      const reading = this.#file.read(number, length, workspace);
      reading.catch(ignore);
      return reading;
    };
    const count = Math.ceil(this.length / spoolBlockBytes);
    let next = readBlock(0);
    for (let number = 1; number <= count; number++) {
      const block = await next;
      if (number < count) next = readBlock(number);
      yield block;
    }
  }
}

/** Who waits for the block is told; when nobody does, nobody need be. */
function ignore(): void {}
