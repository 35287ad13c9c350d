import type { Damage } from "./damage.ts";

/** A record whose leaf is not the one that its batch has in its place. */
export interface StrangeRecord {
  readonly writer: string;
  readonly number: number;
  readonly batch: number;
  /** Its leaf as it is, and the one that the batch has. */
  readonly leaf: Buffer;
  readonly expected: Buffer;
  /** What does not fit. */
  readonly detail: string;
}

/** More are told as changed without looking for their place. */
const mostMatched = 100_000;

/** Tells records that were exchanged from records that were changed: one that stands elsewhere has its leaf there. */
export class Misplaced {
  readonly #records: StrangeRecord[] = [];

  add(record: StrangeRecord): void {
    this.#records.push(record);
  }

  damages(): Damage[] {
    const places = new Map<string, StrangeRecord>();
    for (const record of this.#records.slice(0, mostMatched))
      places.set(record.expected.toString("hex"), record);
    return this.#records.map(({ writer, number, batch, leaf, detail }): Damage => {
      const place = places.get(leaf.toString("hex"));
      if (place === undefined) return { kind: "changed", writer, number, batch, detail };
      const belongs = place.writer === writer ? `${place.number}` : `${place.number} of ${place.writer}`;
      return { kind: "reordered", writer, number, batch, detail: `it is record ${belongs}` };
    });
  }
}
