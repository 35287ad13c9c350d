import type { Batch, LogReader, RecordName } from "../message-store.ts";

/** The batch that time-stamped a record. */
export interface RecordSeal {
  readonly batch: number;
  /** Time in its time-stamp, milliseconds. */
  readonly time: number;
}

const mostKnown = 64;

/** Tells which batch sealed a record. Batches are large to read, and neighbours share them. */
export class SealedState {
  readonly #reader: LogReader;
  #known: Pick<Batch, "number" | "genTime" | "spans">[] = [];

  constructor(reader: LogReader) {
    this.#reader = reader;
  }

  /** @returns null while it waits for its time-stamp */
  async of({ writer, number }: RecordName): Promise<RecordSeal | null> {
    const known = this.#known.find(({ spans }) => {
      return spans.some((span) => span.writer === writer && span.first <= number && number <= span.last);
    });
    if (known !== undefined) return { batch: known.number, time: known.genTime };
    const batch = await this.#reader.batchOf(writer, number);
    if (batch === undefined) return null;
    const { genTime, spans } = batch;
    this.#known = [{ number: batch.number, genTime, spans }, ...this.#known].slice(0, mostKnown);
    return { batch: batch.number, time: genTime };
  }
}
