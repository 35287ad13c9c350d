import type { LogReader, RecordName, RecordSeal } from "../message-store.ts";

const mostKnown = 64;

/** Tells which batch sealed a record. Neighbours share one. */
export class SealedState {
  readonly #reader: Pick<LogReader, "sealOf">;
  #known: readonly RecordSeal[] = [];

  constructor(reader: Pick<LogReader, "sealOf">) {
    this.#reader = reader;
  }

  /** @returns null while it waits for its time-stamp */
  async of({ writer, number }: RecordName): Promise<RecordSeal | null> {
    const known = this.#known.find(({ span }) => {
      return span.writer === writer && span.first <= number && number <= span.last;
    });
    if (known !== undefined) return known;
    const seal = await this.#reader.sealOf(writer, number);
    if (seal === undefined) return null;
    this.#known = [seal, ...this.#known].slice(0, mostKnown);
    return seal;
  }
}
