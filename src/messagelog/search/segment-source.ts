import type { Next, RowOrder, RowSource, WorkBudget } from "./row-source.ts";
import { compareIn } from "./row-source.ts";
import { type FieldFilter, fieldFilters, matchesRow, type SearchQuery } from "./search-query.ts";
import { comparePositions, positionOf, type RowPosition } from "./search-row.ts";
import { type Codes, type KeyField, noDuration, rowsInColumnChunk } from "./segment-format.ts";
import type { SegmentReader } from "./segment-reader.ts";

/** What a row costs that is found by a key and looked at alone, in rows of a column. */
const costOfRow = 64;

export interface SegmentSearch {
  readonly segment: SegmentReader;
  readonly query: SearchQuery;
  readonly order: RowOrder;
  /** Rows up to here are left out. */
  readonly after: RowPosition | undefined;
}

/** A column of which some codes are sought. */
interface CodeFilter extends Pick<FieldFilter, "field"> {
  /** 1 for each code that is. */
  readonly allowed: Uint8Array;
  /** The code, where one is sought that few rows have. */
  readonly rare: number | undefined;
  /** Rows that have one of them. */
  readonly count: number;
}

/** @returns undefined when no row of the segment can match, told by its meta alone */
export function segmentSource(search: SegmentSearch): RowSource | undefined {
  const { segment, query, order, after } = search;
  const { oldest, newest } = segment.meta;
  if (oldest === null || newest === null) return undefined;
  if (query.since !== undefined && newest.time < query.since) return undefined;
  if (query.until !== undefined && oldest.time >= query.until) return undefined;
  const [head, tail] = order === "newest" ? [newest, oldest] : [oldest, newest];
  if (after !== undefined && compareIn(order, tail, after) <= 0) return undefined;
  const filters = codeFilters(search);
  if (filters === "nothing") return undefined;
  const bound = after !== undefined && compareIn(order, after, head) > 0 ? after : head;
  return new SegmentSource(search, filters, bound);
}

function codeFilters({ segment, query }: SegmentSearch): CodeFilter[] | "nothing" {
  const filters: CodeFilter[] = [];
  for (const { field, accepts } of fieldFilters(query)) {
    const { values, counts } = segment.meta.dictionaries[field];
    const allowed = Uint8Array.from(values, (value) => Number(accepts(value)));
    const count = counts.reduce((sum, rows, code) => sum + rows * allowed[code]!, 0);
    if (count === 0) return "nothing";
    if (count === segment.rows) continue;
    const only = allowed.indexOf(1);
    const isRare = only === allowed.lastIndexOf(1) && count * rowsToOne < segment.rows;
    filters.push({ field, allowed, count, rare: isRare ? only : undefined });
  }
  // The rarest first: behind it, columns are read only where something is left.
  return filters.sort((a, b) => a.count - b.count);
}

class SegmentSource implements RowSource {
  readonly bound: RowPosition;
  readonly #search: SegmentSearch;
  readonly #filters: readonly CodeFilter[];
  /** Indexes that may match, in order, by chunks; they cost what they say. */
  #candidates: Iterator<Chunk> | undefined;
  #chunk: readonly number[] = [];
  #at = 0;
  /** However small the budget is, a page gets on. */
  #hasLooked = false;
  readonly #rowFilters: readonly FieldFilter[];

  constructor(search: SegmentSearch, filters: readonly CodeFilter[], bound: RowPosition) {
    this.bound = bound;
    this.#search = search;
    this.#filters = filters;
    this.#rowFilters = fieldFilters(search.query);
  }

  next(budget: WorkBudget): Next {
    const { segment, query } = this.#search;
    this.#candidates ??= this.#chunks();
    for (;;) {
      while (this.#at < this.#chunk.length) {
        const row = segment.row(this.#chunk[this.#at]!);
        if (this.#hasLooked && budget.rows <= 0) return { kind: "paused", at: positionOf(row) };
        this.#at++;
        this.#hasLooked = true;
        if (matchesRow(row, query, this.#rowFilters)) return { kind: "row", row };
        budget.rows -= costOfRow;
      }
      const chunk = this.#candidates.next();
      if (chunk.done === true) return { kind: "end" };
      const { head, cost, select } = chunk.value;
      if (this.#hasLooked && budget.rows <= 0) return { kind: "paused", at: positionOf(segment.row(head)) };
      budget.rows -= cost;
      this.#chunk = select();
      this.#at = 0;
      if (this.#chunk.length === 0) this.#hasLooked = true;
    }
  }

  #chunks(): Iterator<Chunk> {
    const range = this.#range();
    if (range.from >= range.to) return [].values();
    const keyed = this.#keyed();
    return keyed === undefined ? this.#scan(range) : this.#lookUp(keyed, range);
  }

  /** The rows within the times sought and behind `after`. */
  #range(): Range {
    const { segment, query, order, after } = this.#search;
    const from = query.since === undefined ? 0 : segment.rowsBefore(query.since);
    const to = query.until === undefined ? segment.rows : segment.rowsBefore(query.until);
    if (after === undefined) return { from, to };
    return order === "newest"
      ? {
          from,
          to: Math.min(
            to,
            firstRow(segment, (position) => comparePositions(position, after) >= 0, after),
          ),
        }
      : {
          from: Math.max(
            from,
            firstRow(segment, (position) => comparePositions(position, after) > 0, after),
          ),
          to,
        };
  }

  /** The rows that a key names; undefined when the query has none. */
  #keyed(): number[] | undefined {
    const { segment, query } = this.#search;
    const single = (["exchangeId", "queryId", "permission"] as const).find(
      (field) => query[field] !== undefined,
    );
    if (single !== undefined) return segment.rowsWith(single, query[single]!);
    const { oldest, latestRecord } = segment.meta;
    return query.tags
      ?.filter(({ since, until }) => since <= latestRecord && until > oldest!.time)
      .flatMap(({ tag }) => segment.rowsWith("tags" satisfies KeyField, tag));
  }

  *#lookUp(rows: readonly number[], { from, to }: Range): Generator<Chunk> {
    const sign = this.#search.order === "newest" ? -1 : 1;
    const wanted = [...new Set(rows)].filter((row) => row >= from && row < to).sort((a, b) => sign * (a - b));
    if (wanted.length > 0) yield { head: wanted[0]!, cost: wanted.length, select: () => wanted };
  }

  *#scan({ from, to }: Range): Generator<Chunk> {
    const first = Math.floor(from / rowsInColumnChunk);
    const last = Math.floor((to - 1) / rowsInColumnChunk);
    const isNewest = this.#search.order === "newest";
    for (let i = 0; i <= last - first; i++) {
      const number = isNewest ? last - i : first + i;
      const start = number * rowsInColumnChunk;
      const [low, high] = [Math.max(from, start), Math.min(to, start + rowsInColumnChunk)];
      const select = () => {
        const found = this.#select(number, low - start, high - start).map((offset) => start + offset);
        return isNewest ? found.reverse() : found;
      };
      yield { head: isNewest ? high - 1 : low, cost: high - low, select };
    }
  }

  /** Offsets within a chunk that pass every column, ascending. */
  #select(chunk: number, low: number, high: number): number[] {
    const { segment, query } = this.#search;
    let selected: number[] | undefined;
    for (const { field, allowed, rare } of this.#filters) {
      if (selected?.length === 0) return selected;
      const codes = segment.codes(field, chunk);
      selected =
        selected === undefined && rare !== undefined
          ? selectOne(codes, rare, low, high)
          : selectCodes(codes, allowed, selected, low, high);
    }
    const { atLeast = 0, atMost = noDuration - 1 } = query;
    if (query.atLeast !== undefined || query.atMost !== undefined) {
      if (selected?.length === 0) return selected;
      selected = selectDurations(segment.durations(chunk), atLeast, atMost, selected, low, high);
    }
    return selected ?? Array.from({ length: high - low }, (_, i) => low + i);
  }
}

interface Range {
  readonly from: number;
  readonly to: number;
}

interface Chunk {
  /** The first row of it, in the order. */
  readonly head: number;
  readonly cost: number;
  select(): readonly number[];
}

/** Of so many rows one has what is sought: then a native search is faster than looking at each. */
const rowsToOne = 32;

function selectOne(codes: Codes, code: number, low: number, high: number): number[] {
  const found: number[] = [];
  for (let i = codes.indexOf(code, low); i >= 0 && i < high; i = codes.indexOf(code, i + 1)) found.push(i);
  return found;
}

function selectCodes(
  codes: Codes,
  allowed: Uint8Array,
  among: readonly number[] | undefined,
  low: number,
  high: number,
): number[] {
  const found: number[] = [];
  if (among === undefined) {
    for (let i = low; i < high; i++) if (allowed[codes[i]!] === 1) found.push(i);
  } else for (const i of among) if (allowed[codes[i]!] === 1) found.push(i);
  return found;
}

function selectDurations(
  durations: Uint32Array,
  atLeast: number,
  atMost: number,
  among: readonly number[] | undefined,
  low: number,
  high: number,
): number[] {
  const most = Math.min(atMost, noDuration - 1);
  const found: number[] = [];
  if (among === undefined) {
    for (let i = low; i < high; i++) if (durations[i]! >= atLeast && durations[i]! <= most) found.push(i);
  } else for (const i of among) if (durations[i]! >= atLeast && durations[i]! <= most) found.push(i);
  return found;
}

/** The first row for which it holds, when it holds for all behind it and for none with an earlier time. */
function firstRow(
  segment: SegmentReader,
  holds: (position: RowPosition) => boolean,
  { time }: RowPosition,
): number {
  let low = segment.rowsBefore(time);
  let high = segment.rowsBefore(time + 1);
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (holds(positionOf(segment.row(middle)))) high = middle;
    else low = middle + 1;
  }
  return low;
}
