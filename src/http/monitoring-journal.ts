import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Clock } from "../core/clock.ts";
import type { ExchangeEnd } from "../exchange/exchange-monitor.ts";
import { type MonitoringRow, rowOf } from "./monitoring-row.ts";

export interface JournalOptions {
  /** Created when it does not exist. */
  readonly directory: string;
  readonly clock: Clock;
  readonly retentionDays: number;
  /** Bytes of all files together; the oldest go first. */
  readonly mostBytes: number;
}

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

/** Rows are written so long after the first of them: what a crash can lose. */
const flushAfter = 1_000;
/** More rows than this never wait: what comes on top is dropped. */
const mostWaiting = 20_000;
/** Rows that are made text at once, so that no exchange waits for them. */
const slice = 500;
/** A file takes rows of an hour, or so many bytes. */
const fileSpan = 3_600_000;
const fileBytes = 16 * 1024 * 1024;
const day = 86_400_000;
const fileName = /^(?<began>\d{15})\.jsonl$/;

/** Bytes of lines that one query reads at most: what lies further is for the next one. */
const mostRead = 64 * 1024 * 1024;

interface OpenFile {
  readonly handle: FileHandle;
  readonly began: number;
  bytes: number;
}

/**
 * The rows of operational monitoring: files of JSON lines, each named by the millisecond in which it was begun, off the
 * path of exchanges. It is no evidence: a crash loses the last second, and a disk that takes nothing loses rows, which
 * are counted, and stops no exchange.
 */
export class MonitoringJournal {
  readonly #options: JournalOptions;
  #waiting: ExchangeEnd[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #file: OpenFile | undefined;
  #newest = 0;
  #lastAt = 0;
  #kept = 0;
  #dropped = 0;
  #failure: string | undefined;
  #closed = false;

  private constructor(options: JournalOptions) {
    this.#options = options;
  }

  /** Opens the folder; one that cannot be used is told by `failure`, as any later trouble is. */
  static async open(options: JournalOptions): Promise<MonitoringJournal> {
    const journal = new MonitoringJournal(options);
    await journal.#guarded(async () => {
      await mkdir(options.directory, { recursive: true, mode: 0o700 });
      journal.#newest = Math.max(0, ...(await journal.#files()));
      await journal.#clear();
    });
    return journal;
  }

  get kept(): number {
    return this.#kept;
  }

  get dropped(): number {
    return this.#dropped;
  }

  /** Why the last rows could not be written; undefined while all is well. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** Takes the row of an exchange that ended. Costs next to nothing: text is made of it later. */
  ended(end: ExchangeEnd): void {
    if (end.account === null) return;
    if (this.#closed || this.#waiting.length >= mostWaiting) {
      this.#dropped++;
      return;
    }
    this.#waiting.push(end);
    this.#timer ??= setTimeout(() => void this.flush(), flushAfter).unref();
  }

  /** Writes what waits. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing = this.#writing.then(() => this.#writeAll());
    return this.#writing;
  }

  /**
   * Rows of a time, oldest first, what waits included. Lines that are no rows are left out: the end of a file may be
   * torn. Ends early at the caps of the query; `next` says where to go on then.
   */
  async read(query: RowQuery): Promise<RowsRead> {
    await this.flush();
    const read = new Reading(query);
    const begins = (await this.#files()).toSorted((one, other) => one - other);
    for (const [i, began] of begins.entries()) {
      const next = begins[i + 1];
      const isBefore = next !== undefined && next < query.from * 1000;
      if (isBefore || began < (query.after?.file ?? 0)) continue;
      const first = began === query.after?.file ? query.after.line + 1 : 0;
      for await (const { text, line } of linesOf(join(this.#options.directory, nameOf(began)))) {
        if (line < first) continue;
        if (!read.take(text)) return { records: read.records, next: { file: began, line: line - 1 } };
      }
    }
    return { records: read.records, next: undefined };
  }

  /** Writes what waits, and takes no more. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.flush();
    await this.#file?.handle.close().catch(ignore);
    this.#file = undefined;
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const ends = this.#waiting.splice(0, slice);
      const written = await this.#guarded(() => this.#write(this.#textOf(ends)));
      if (written) this.#kept += ends.length;
      else this.#dropped += ends.length;
    }
  }

  #textOf(ends: readonly ExchangeEnd[]): string {
    this.#lastAt = Math.max(this.#lastAt, Math.floor(this.#options.clock.now() / 1000));
    return ends.map((end) => `${JSON.stringify(rowOf(end, this.#lastAt))}\n`).join("");
  }

  async #write(text: string): Promise<void> {
    const file = await this.#current();
    const { bytesWritten } = await file.handle.write(text);
    file.bytes += bytesWritten;
    if (bytesWritten !== Buffer.byteLength(text)) throw new Error("the disk took a part of the rows");
  }

  async #current(): Promise<OpenFile> {
    const now = this.#options.clock.now();
    const isFull = (file: OpenFile) => file.bytes >= fileBytes || now - file.began >= fileSpan;
    if (this.#file !== undefined && !isFull(this.#file)) return this.#file;
    await this.#file?.handle.close();
    this.#file = undefined;
    await this.#clear();
    // Later than all there are, also when the clock was set back.
    this.#newest = Math.max(this.#newest + 1, now);
    const handle = await open(join(this.#options.directory, nameOf(this.#newest)), "wx", 0o600);
    this.#file = { handle, began: now, bytes: 0 };
    return this.#file;
  }

  /** Removes what is too old, and the oldest of what is too much. */
  async #clear(): Promise<void> {
    const { clock, directory, mostBytes, retentionDays } = this.#options;
    const oldest = clock.now() - retentionDays * day;
    const newestFirst = (await this.#files()).toSorted((one, other) => other - one);
    let bytes = fileBytes;
    for (const [i, began] of newestFirst.entries()) {
      const path = join(directory, nameOf(began));
      bytes += (await stat(path)).size;
      // A file is older than the next one was when it was begun.
      const isOld = (newestFirst[i - 1] ?? began + fileSpan) < oldest;
      if (isOld || bytes > mostBytes) await rm(path, { force: true });
    }
  }

  async #files(): Promise<number[]> {
    const names = await readdir(this.#options.directory).catch(() => []);
    return names.flatMap((name) => {
      const began = fileName.exec(name)?.groups?.began;
      return began === undefined ? [] : [Number(began)];
    });
  }

  /** @returns whether it was done; after a failure the next rows go to a file of their own */
  async #guarded(act: () => Promise<void>): Promise<boolean> {
    try {
      await act();
      this.#failure = undefined;
      return true;
    } catch (error) {
      this.#failure = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
      await this.#file?.handle.close().catch(ignore);
      this.#file = undefined;
      return false;
    }
  }
}

/** What one query has found. */
class Reading {
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

function nameOf(began: number): string {
  return `${String(began).padStart(15, "0")}.jsonl`;
}

async function* linesOf(path: string): AsyncGenerator<{ text: string; line: number }> {
  const input = createReadStream(path, "utf8");
  let line = 0;
  try {
    for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY }))
      yield { text, line: line++ };
  } catch (error) {
    // Its time was over while it was read.
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  } finally {
    input.destroy();
  }
}

function parseRow(text: string): MonitoringRow | undefined {
  try {
    return JSON.parse(text) as MonitoringRow;
  } catch {
    return undefined;
  }
}

function ignore(): void {}
