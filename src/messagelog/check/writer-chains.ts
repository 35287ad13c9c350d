import { sha256 } from "../../core/bytes.ts";
import { chainStart, nextChain } from "../chain.ts";
import type { StoredRecord, Tip } from "../message-store.ts";
import type { DigestCheck } from "./check-signature.ts";
import type { Damage } from "./damage.ts";

interface Range {
  readonly first: number;
  readonly last: number;
}

/** One writer's chain, followed record by record. */
export class WriterChain {
  readonly writer: string;
  readonly missing: Range[] = [];
  readonly #digests: DigestCheck;
  #number = 0;
  #chain: Buffer;

  constructor(writer: string, digests: DigestCheck) {
    this.writer = writer;
    this.#digests = digests;
    this.#chain = chainStart(writer);
  }

  /** The last record that was followed. */
  get number(): number {
    return this.#number;
  }

  /** Undefined when the last record is missing. */
  get tip(): Tip | undefined {
    if (this.missing.at(-1)?.last === this.#number) return undefined;
    return { writer: this.writer, number: this.#number, chain: this.#chain };
  }

  /**
   * Goes on to the next record. After a break the chain is followed from the value that is stored, so that each
   * alteration is told once.
   * @returns whether it follows from the one before; undefined behind records that are missing: nobody can tell
   */
  follow(record: StoredRecord, exchangeSha256: Buffer): boolean | undefined {
    const isNext = record.number === this.#number + 1;
    if (!isNext) this.skip(record.number - 1);
    const link = {
      ...record,
      signature: sha256(record.signature),
      exchange: exchangeSha256,
      certificate: this.#digests.of(record.certificate),
      ocsp: this.#digests.of(record.ocsp),
      tags: sha256(record.tags),
    };
    const fits = isNext ? nextChain(this.#chain, link).equals(record.chain) : undefined;
    this.#number = record.number;
    this.#chain = record.chain;
    return fits;
  }

  /** Notes that the records up to this one are not there. */
  skip(last: number): void {
    if (last <= this.#number) return;
    const before = this.missing.at(-1);
    if (before?.last === this.#number) this.missing[this.missing.length - 1] = { first: before.first, last };
    else this.missing.push({ first: this.#number + 1, last });
    this.#number = last;
  }

  /** What is gone; the end of the chain has a name of its own. */
  damages(): Damage[] {
    return this.missing.map(({ first, last }) => {
      const kind = last === this.#number ? "cut-off" : "missing";
      return { kind, writer: this.writer, number: first, ...(last > first && { last }) };
    });
  }
}
