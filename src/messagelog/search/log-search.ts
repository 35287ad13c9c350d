import type { LogReader, Tip } from "../message-store.ts";
import type { HeadStatus } from "./answer-status.ts";
import { type BuildProgress, IndexBuilder, lengthOf } from "./index-builder.ts";
import { LogIndex } from "./log-index.ts";
import { LogTail } from "./log-tail.ts";
import { MergedSources } from "./merge-sources.ts";
import { type OutlinedRow, type OutlineQuery, outlineOf, outlineOfRows } from "./outline.ts";
import {
  compareIn,
  justBefore,
  MemorySource,
  type Next,
  type RowOrder,
  type RowSource,
} from "./row-source.ts";
import { parseCursor, serializeCursor } from "./search-cursor.ts";
import type { SearchQuery } from "./search-query.ts";
import { positionOf, type RowPosition, type SearchRow } from "./search-row.ts";
import { SegmentFiles } from "./segment-files.ts";
import { SegmentDamagedError } from "./segment-reader.ts";
import { segmentSource } from "./segment-source.ts";

export const mostRowsOnPage = 1000;

/** What a page costs at most: then it ends early, with a cursor. */
export interface PageLimits {
  /** Rows of columns that are looked at. */
  readonly rows: number;
  /** Heads that are opened for a status. */
  readonly heads: number;
}

/** A head costs 70 µs of a processor, so that no page takes a fifth of a second. */
const usualLimits: PageLimits = { rows: 25_000_000, heads: 750 };

/** Heads are read and opened so many at a time: more than fill a page are opened for nothing. */
const headsAtOnce = 64;

/** An exchange has two sides, and an id that others chose again has some more. */
const mostSides = 16;

/** Records beyond the index that a search reads itself; above this the index is brought to the end first. */
const mostInTail = 2_000;

export interface LogSearchOptions {
  readonly reader: LogReader;
  /** Where the index lies. */
  readonly directory: string;
  /** Opens heads for queries by status; without it they find nothing. */
  readonly heads?: HeadStatus | undefined;
  readonly limits?: PageLimits;
  /** What a restriction hides now: no page, and nothing that is counted of pages, has a trace of it. Nothing unless told. */
  readonly hides?: (row: SearchRow) => boolean;
  /** Whose rows alone are shown; everybody's unless told. */
  readonly members?: ReadonlySet<string> | undefined;
  /** Told when the index is built before a search. */
  readonly progress?: (progress: BuildProgress) => void;
}

export interface PageRequest {
  readonly query: SearchQuery;
  readonly order: RowOrder;
  /** From 1 to `mostRowsOnPage`. */
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface FoundRow extends SearchRow {
  /** Of the answer, in words of HTTP; only when it was asked for. */
  readonly status?: number;
}

export interface SearchPage {
  readonly rows: readonly FoundRow[];
  /** Where the next page begins; null at the end. A page may be short, or empty, and not the last. */
  readonly cursor: string | null;
  /** Rows that could not be judged by status: their heads are erased, withheld or unreadable. */
  readonly unjudged: number;
}

/** Searches a log beside its writer, in any thread but the one that serves requests. */
export class LogSearch {
  readonly #options: LogSearchOptions;
  readonly #files: SegmentFiles;
  readonly #index: LogIndex;
  readonly #tail: LogTail;
  readonly #hides: (row: SearchRow) => boolean;

  constructor(options: LogSearchOptions) {
    const { hides = () => false } = options;
    this.#options = options;
    this.#hides = hides;
    this.#files = new SegmentFiles(options.directory);
    this.#index = new LogIndex(this.#files);
    this.#tail = new LogTail(options.reader);
  }

  /** @throws SealwayError `bad_request` for a cursor of another query; Error when log or index cannot be read */
  async page(request: PageRequest): Promise<SearchPage> {
    const { query, order, cursor } = request;
    const after = cursor === undefined ? undefined : parseCursor(cursor, query, order);
    return this.#mending(async () => this.#page(request, after, await this.#upToDate()));
  }

  /** The rows of exchanges, on whatever side, by exchange id. */
  async sidesOf(exchangeIds: readonly string[]): Promise<ReadonlyMap<string, readonly SearchRow[]>> {
    return this.#mending(async () => {
      const tail = await this.#upToDate();
      const sides = new Map<string, readonly SearchRow[]>();
      for (const exchangeId of exchangeIds) {
        const request = { query: { exchangeId }, order: "oldest", limit: mostSides } as const;
        sides.set(exchangeId, (await this.#page(request, undefined, tail)).rows);
      }
      return sides;
    });
  }

  /**
   * All rows of a person, in no order, for work that needs little of most of them.
   * @param work done again with other rows when the index shows damage in it
   */
  async outlined<Result>(
    query: OutlineQuery,
    work: (rows: readonly OutlinedRow[]) => Promise<Result>,
  ): Promise<Result> {
    return this.#mending(async () => {
      const tail = await this.#upToDate();
      const indexed = this.#index.segments.flatMap((segment) => outlineOf(segment, query));
      return work([...indexed, ...outlineOfRows(tail, query)]);
    });
  }

  /** How many records of the log the index lacks: all, when there is none that can be used. */
  async behind(): Promise<number> {
    this.#index.refresh();
    const tips = await this.#options.reader.writers();
    if (!this.#isUsable(tips)) return Number.POSITIVE_INFINITY;
    return lengthOf(this.#index.tail(tips));
  }

  close(): void {
    this.#index.close();
  }

  /** A segment whose damage shows while it is read is built anew, and the work done again. */
  async #mending<Result>(work: () => Promise<Result>): Promise<Result> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof SegmentDamagedError) || attempt === 3) throw error;
        this.#index.discard(error.path);
      }
    }
  }

  async #page(
    request: PageRequest,
    after: RowPosition | undefined,
    tail: readonly SearchRow[],
  ): Promise<SearchPage> {
    const { query, order, limit } = request;
    const limits = this.#options.limits ?? usualLimits;
    const merged = new MergedSources(this.#sources(request, after, tail), order, { rows: limits.rows });
    const rows: FoundRow[] = [];
    let [heads, unjudged] = [limits.heads, 0];
    const stop = (position: RowPosition) => {
      const behind = after !== undefined && compareIn(order, position, after) < 0 ? after : position;
      return { rows, cursor: serializeCursor(behind, query, order), unjudged };
    };
    for (;;) {
      const most = query.status === undefined ? limit - rows.length : Math.min(headsAtOnce, heads);
      const { met, next } = take(merged, most, this.#hides);
      const judged = query.status === undefined ? met : await this.#judge(met, query.status);
      for (const [i, row] of judged.entries()) {
        if (row === "unjudged") unjudged++;
        else if (row !== "other") rows.push(row);
        if (rows.length >= limit) return stop(positionOf(met[i]!));
      }
      if (query.status !== undefined) heads -= met.length;
      const then = heads === 0 ? (next ?? nextShown(merged, this.#hides)) : next;
      if (then === undefined) continue;
      if (then.kind === "end") return { rows, cursor: null, unjudged };
      return stop(justBefore(order, then.kind === "row" ? positionOf(then.row) : then.at));
    }
  }

  /** Those that have the status sought, and what is said of each other one. */
  async #judge(met: readonly SearchRow[], sought: string): Promise<(FoundRow | "unjudged" | "other")[]> {
    const statuses = (await this.#options.heads?.of(met)) ?? [];
    return met.map((row, i) => {
      const status = statuses[i];
      if (status === undefined) return "unjudged";
      return isStatus(status, sought) ? { ...row, status } : "other";
    });
  }

  #sources(
    { query, order }: PageRequest,
    after: RowPosition | undefined,
    tail: readonly SearchRow[],
  ): RowSource[] {
    const sought = { ...query, members: this.#options.members };
    const segments = this.#index.segments.map((segment) =>
      segmentSource({ segment, query: sought, order, after }),
    );
    return [...segments, MemorySource.of(tail, sought, order, after)].filter(
      (source) => source !== undefined,
    );
  }

  #isUsable(tips: readonly Tip[]): boolean {
    return this.#index.isOf(tips) && this.#index.gap(tips) === undefined;
  }

  /** Brings the index near the end of the log. @returns the rows that it lacks */
  async #upToDate(): Promise<readonly SearchRow[]> {
    const { reader, progress } = this.#options;
    this.#index.refresh();
    let tips = await reader.writers();
    if (!this.#isUsable(tips) || lengthOf(this.#index.tail(tips)) > mostInTail) {
      const builder = new IndexBuilder(reader, this.#files);
      try {
        await builder.advance(progress);
      } finally {
        builder.close();
      }
      this.#index.refresh();
      tips = await reader.writers();
    }
    return this.#tail.rows(this.#index, tips);
  }
}

/** So many rows, or fewer and what came in the place of the next one. */
function take(
  merged: MergedSources,
  most: number,
  hides: (row: SearchRow) => boolean,
): { readonly met: SearchRow[]; readonly next?: Next } {
  const met: SearchRow[] = [];
  while (met.length < most) {
    const next = nextShown(merged, hides);
    if (next.kind !== "row") return { met, next };
    met.push(next.row);
  }
  return { met };
}

function nextShown(merged: MergedSources, hides: (row: SearchRow) => boolean): Next {
  for (;;) {
    const next = merged.next();
    if (next.kind !== "row" || !hides(next.row)) return next;
  }
}

/** @param wanted `404` or `4xx` */
function isStatus(status: number, wanted: string): boolean {
  return wanted.endsWith("xx") ? String(status)[0] === wanted[0] : String(status) === wanted;
}
