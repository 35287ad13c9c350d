import { createReadStream } from "node:fs";
import type { MonitoringRow } from "./monitoring-row.ts";

/** Behind which line a reader goes on: a file by the time in its name, a line counted from 0; -1 is its beginning. */
export interface Position {
  readonly file: number;
  readonly line: number;
}

export interface RowQuery {
  /** Seconds since the epoch, both included. */
  readonly from: number;
  readonly to: number;
  readonly after: Position | undefined;
  readonly limit: number;
  /** What the lines of the rows that are wanted contain: others are not parsed. */
  readonly containing: string;
  /** What is told of a row; undefined for one that is not wanted. */
  tell(row: MonitoringRow): string | undefined;
}

export interface RowsRead {
  readonly records: readonly string[];
  /** Undefined when there are no more. */
  readonly next: Position | undefined;
}

/** Bytes of lines that one query reads at most: what lies further is for the next one. */
const mostRead = 64 * 1024 * 1024;

/** What one query has found. */
export class RowReading {
  readonly records: string[] = [];
  readonly #query: RowQuery;
  #bytes = 0;

  constructor(query: RowQuery) {
    this.#query = query;
  }

  /** @returns whether there was room for this line */
  take(text: string): boolean {
    const { containing, from, limit, tell, to } = this.#query;
    if (this.records.length >= limit || this.#bytes > mostRead) return false;
    this.#bytes += text.length;
    const row = text.includes(containing) ? parseRow(text) : undefined;
    const told = row !== undefined && row.at >= from && row.at <= to ? tell(row) : undefined;
    if (told !== undefined) this.records.push(told);
    return true;
  }
}

/** The whole lines of a file; none when it is there no more: its time was over meanwhile. */
export async function* linesOf(path: string): AsyncGenerator<{ text: string; line: number }> {
  let line = 0;
  let begun = "";
  try {
    for await (const chunk of createReadStream(path, "utf8") as AsyncIterable<string>) {
      const texts = (begun + chunk).split("\n");
      begun = texts.pop() as string;
      for (const text of texts) yield { text, line: line++ };
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

/** A line as a row; undefined when it is none. */
export function parseRow(text: string): MonitoringRow | undefined {
  try {
    const row = JSON.parse(text) as MonitoringRow | null;
    return typeof row?.at === "number" ? row : undefined;
  } catch {
    return undefined;
  }
}
