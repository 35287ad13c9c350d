import { fieldFilters, matchesRow, type SearchQuery, type SoughtTag } from "./search-query.ts";
import type { SearchRow } from "./search-row.ts";
import { type Codes, rowsInColumnChunk } from "./segment-format.ts";
import type { SegmentReader } from "./segment-reader.ts";

/*
 * All rows of a person, to be counted and put in order: ten thousand whole rows would take a second to read, and a
 * page shows few of them. So of each row only what stands in columns is read, and the rest where it is asked for.
 */

/** Whose rows are outlined: found by search tags, and by what stands in columns. */
export interface OutlineQuery extends Pick<SearchQuery, "role" | "provider" | "since" | "until"> {
  readonly tags: readonly SoughtTag[];
}

/** A row of which little was read: where the exchange id is asked for, or all of it, the rest is. */
export interface OutlinedRow
  extends Pick<SearchRow, "time" | "exchangeId" | "consumer" | "service" | "purpose"> {
  /** All of it. @throws SegmentDamagedError */
  whole(): SearchRow;
}

/** Rows of a segment, in its order. @throws SegmentDamagedError */
export function outlineOf(segment: SegmentReader, query: OutlineQuery): OutlinedRow[] {
  const { oldest, newest, latestRecord, dictionaries } = segment.meta;
  if (oldest === null || newest === null) return [];
  const { since = 0, until = Number.POSITIVE_INFINITY } = query;
  if (newest.time < since || oldest.time >= until) return [];
  const tags = query.tags.filter((tag) => tag.since <= latestRecord && tag.until > oldest.time);
  const found = new Set(tags.flatMap(({ tag }) => segment.rowsWith("tags", tag)));
  if (found.size === 0) return [];
  const filters = fieldFilters(query).map(({ field, accepts }) => {
    const { values } = dictionaries[field];
    const allowed = values.map((value) => accepts(value));
    const codes = columnOf((chunk) => segment.codes(field, chunk));
    return (row: number) => allowed[codes(row)] === true;
  });
  const left = [...found].filter((row) => filters.every((accepts) => accepts(row))).sort((a, b) => a - b);
  const times = columnOf((chunk) => segment.times(chunk));
  const text = (field: "consumer" | "service" | "purpose") => {
    const codes = columnOf((chunk) => segment.codes(field, chunk));
    return (row: number) => dictionaries[field].values[codes(row)]!;
  };
  const [consumer, service, purpose] = [text("consumer"), text("service"), text("purpose")];
  return left.flatMap((row) => {
    const time = times(row);
    if (time < since || time >= until) return [];
    const whole = () => segment.row(row);
    const outlined = { time, consumer: consumer(row), service: service(row), purpose: purpose(row), whole };
    return {
      ...outlined,
      get exchangeId() {
        return whole().exchangeId;
      },
    };
  });
}

/** The same of rows in memory. */
export function outlineOfRows(rows: readonly SearchRow[], query: OutlineQuery): OutlinedRow[] {
  const filters = fieldFilters(query);
  return rows
    .filter((row) => matchesRow(row, query, filters))
    .map((row) => {
      const { time, exchangeId, consumer, service, purpose } = row;
      return { time, exchangeId, consumer, service, purpose, whole: () => row };
    });
}

/** Reads a column where it is asked for, a chunk once as long as rows come in order. */
function columnOf(read: (chunk: number) => Codes | Float64Array): (row: number) => number {
  let known = -1;
  let values: Codes | Float64Array | undefined;
  return (row) => {
    const chunk = Math.floor(row / rowsInColumnChunk);
    if (chunk !== known) [values, known] = [read(chunk), chunk];
    return values![row % rowsInColumnChunk]!;
  };
}
