import { compareIn, type Next, type RowOrder, type RowSource, type WorkBudget } from "./row-source.ts";
import { positionOf, type RowPosition } from "./search-row.ts";

interface Candidate {
  readonly source: RowSource;
  /** What it found and nobody took yet. */
  found: Next | undefined;
  /** Nothing of it comes before this. */
  bound: RowPosition;
}

/**
 * The rows of all sources in one order. A source is asked only when nothing that is found already comes before all
 * that it may have: segments of other times are never touched.
 */
export class MergedSources {
  readonly #order: RowOrder;
  readonly #budget: WorkBudget;
  readonly #candidates: Candidate[];

  constructor(sources: readonly RowSource[], order: RowOrder, budget: WorkBudget) {
    this.#order = order;
    this.#budget = budget;
    this.#candidates = sources.map((source) => ({ source, found: undefined, bound: source.bound }));
  }

  next(): Next {
    for (;;) {
      const candidate = this.#first();
      if (candidate === undefined) return { kind: "end" };
      if (candidate.found !== undefined) {
        const { found } = candidate;
        candidate.found = undefined;
        return found;
      }
      this.#ask(candidate);
    }
  }

  #ask(candidate: Candidate): void {
    const found = candidate.source.next(this.#budget);
    if (found.kind === "end") {
      this.#candidates.splice(this.#candidates.indexOf(candidate), 1);
      return;
    }
    candidate.found = found;
    candidate.bound = found.kind === "row" ? positionOf(found.row) : found.at;
  }

  /** One that was asked comes before one with the same bound that was not: it has what the other can have at most. */
  #first(): Candidate | undefined {
    let first: Candidate | undefined;
    for (const candidate of this.#candidates) {
      const difference = first === undefined ? -1 : compareIn(this.#order, candidate.bound, first.bound);
      if (difference < 0 || (difference === 0 && candidate.found !== undefined)) first = candidate;
    }
    return first;
  }
}
