import { fieldFilters, matchesRow, type SearchQuery } from "./search-query.ts";
import { comparePositions, positionOf, type RowPosition, type SearchRow } from "./search-row.ts";

/** Which rows come first. */
export type RowOrder = "newest" | "oldest";

/** What a page may still cost. */
export interface WorkBudget {
  /** Rows looked at. */
  rows: number;
}

/** What a source finds next. */
export type Next =
  | { readonly kind: "row"; readonly row: SearchRow }
  | { readonly kind: "end" }
  /** The budget is used up: the row at this position and all behind it were not looked at. */
  | { readonly kind: "paused"; readonly at: RowPosition };

/** Rows of one kind of storage that match a query, in order. */
export interface RowSource {
  /** No row of the source comes before this position. */
  readonly bound: RowPosition;
  next(budget: WorkBudget): Next;
}

/** Negative when `a` comes first in the order. */
export function compareIn(order: RowOrder, a: RowPosition, b: RowPosition): number {
  return order === "oldest" ? comparePositions(a, b) : comparePositions(b, a);
}

/** A position directly before the given one in the order: what comes behind it includes that one. */
export function justBefore(order: RowOrder, position: RowPosition): RowPosition {
  return { ...position, number: position.number + (order === "oldest" ? -1 : 1) };
}

/** Rows in memory: what no segment has yet. */
export class MemorySource implements RowSource {
  readonly bound: RowPosition;
  readonly #rows: Iterator<SearchRow>;

  /** @param after rows up to here are left out @returns undefined when there is nothing */
  static of(
    rows: readonly SearchRow[],
    query: SearchQuery,
    order: RowOrder,
    after: RowPosition | undefined,
  ): MemorySource | undefined {
    const filters = fieldFilters(query);
    const matching = rows
      .filter((row) => matchesRow(row, query, filters))
      .filter((row) => after === undefined || compareIn(order, positionOf(row), after) > 0)
      .sort((a, b) => compareIn(order, positionOf(a), positionOf(b)));
    return matching.length === 0 ? undefined : new MemorySource(matching);
  }

  constructor(rows: readonly SearchRow[]) {
    this.bound = positionOf(rows[0]!);
    this.#rows = rows.values();
  }

  next(): Next {
    const { done, value } = this.#rows.next();
    return done === true ? { kind: "end" } : { kind: "row", row: value };
  }
}
