import { Readable } from "node:stream";
import { hashOf } from "../core/bytes.ts";
import type { Body, BodyAlgorithm } from "./body.ts";

/** A body of bytes that are at hand: received ones up to 64 KiB, and documents that the gateway itself makes. */
export class BodyInMemory implements Body {
  readonly bytes: Buffer;
  readonly digest: Buffer;

  constructor(bytes: Buffer, algorithm: BodyAlgorithm) {
    this.bytes = bytes;
    this.digest = hashOf(algorithm, bytes);
  }

  get length(): number {
    return this.bytes.length;
  }

  stream(): Readable {
    return Readable.from(this.bytes);
  }

  async *blocks(): AsyncGenerator<Buffer> {
    yield this.bytes;
  }

  /** Nothing to free: the bytes go with the last reference. */
  discard(): void {}
}
