import type { Agreements } from "./agreements.ts";

/** The ids of the agreements in order, kept so while they change: a register of a hundred thousand is read by pages. */
export class SortedIds {
  readonly #ids: string[];

  constructor(agreements: Agreements) {
    this.#ids = [...new Set([...agreements.all()].map(({ id }) => id))].sort();
    agreements.subscribe((id) => this.#note(id, agreements.byId(id).length > 0));
  }

  /** Those behind an id, in order. */
  *after(id: string): Generator<string> {
    const at = this.#placeOf(id);
    for (let i = this.#ids[at] === id ? at + 1 : at; i < this.#ids.length; i++) yield this.#ids[i]!;
  }

  #note(id: string, isHeld: boolean): void {
    const at = this.#placeOf(id);
    const isThere = this.#ids[at] === id;
    if (isThere && !isHeld) this.#ids.splice(at, 1);
    if (!isThere && isHeld) this.#ids.splice(at, 0, id);
  }

  /** Where an id stands, or would. */
  #placeOf(id: string): number {
    let [low, high] = [0, this.#ids.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#ids[middle]! < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
