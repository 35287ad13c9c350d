import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { parseRow } from "./monitoring-query.ts";
import type { MonitoringRow } from "./monitoring-row.ts";

/** Bytes that one look reads: of what is older at the first look no more is counted. */
const mostBytes = 32 * 1024 * 1024;
const chunk = 1024 * 1024;

/**
 * Reads what comes to the rows of operational monitoring, from another process than the one that writes them: each row
 * once, oldest first. Of several files that are too much for a look the oldest are left out.
 */
export class RowTail {
  readonly #directory: string;
  /** Bytes of each file that were read. */
  #read: ReadonlyMap<string, number> = new Map();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Hands over the rows that came since the last look; none where there is no such folder. */
  async look(take: (row: MonitoringRow) => void): Promise<void> {
    const names = await readdir(this.#directory).catch(() => []);
    const files = names.filter((name) => /^\d{15}\.jsonl$/.test(name)).toSorted();
    const news: { readonly name: string; readonly from: number; readonly size: number }[] = [];
    let left = mostBytes;
    for (const name of files.toReversed()) {
      const from = this.#read.get(name) ?? 0;
      const size = await sizeOf(join(this.#directory, name));
      if (size > from && left > 0) news.push({ name, from, size });
      left -= Math.max(0, size - from);
    }
    const read = new Map(files.map((name) => [name, this.#read.get(name) ?? Number.POSITIVE_INFINITY]));
    for (const { name, from } of news) read.set(name, from);
    this.#read = read;
    for (const { name, from, size } of news.toReversed())
      for await (const { rows, at } of rowsOf(join(this.#directory, name), from, size)) {
        read.set(name, at);
        rows.forEach(take);
      }
  }
}

async function sizeOf(path: string): Promise<number> {
  const file = await open(path, "r").catch(() => undefined);
  if (file === undefined) return 0;
  try {
    return (await file.stat()).size;
  } finally {
    await file.close();
  }
}

/** Rows, and up to where they were read: the end of the file may be a line that is being written. */
async function* rowsOf(path: string, from: number, size: number) {
  const file = await open(path, "r").catch(() => undefined);
  if (file === undefined) return;
  try {
    let at = from;
    while (at < size) {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(Math.min(chunk, size - at)), {
        position: at,
      });
      const end = buffer.subarray(0, bytesRead).lastIndexOf(0x0a);
      if (end < 0) break;
      const rows = buffer.toString("utf8", 0, end).split("\n").map(parseRow);
      at += end + 1;
      yield { rows: rows.filter((row) => row !== undefined), at };
    }
  } finally {
    await file.close();
  }
}
