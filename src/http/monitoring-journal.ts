import { type FileHandle, mkdir, open, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../core/clock.ts";
import type { ExchangeEnd } from "../exchange/exchange-monitor.ts";
import { linesOf, type RowQuery, RowReading, type RowsRead } from "./monitoring-query.ts";
import { rowOf } from "./monitoring-row.ts";

export interface JournalOptions {
  /** Created when it does not exist. */
  readonly directory: string;
  readonly clock: Clock;
  readonly retentionDays: number;
  /** Bytes of all files together; the oldest go first. */
  readonly mostBytes: number;
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

interface OpenFile {
  readonly handle: FileHandle;
  readonly path: string;
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
  #sweeping: NodeJS.Timeout | undefined;
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
      journal.#lastAt = Math.floor(journal.#newest / 1000);
      await journal.#clear();
    });
    journal.#sweeping = setInterval(() => journal.#sweep(), fileSpan).unref();
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
    const read = new RowReading(query);
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
    clearInterval(this.#sweeping);
    await this.flush();
    await this.#giveUpFile();
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
    const path = join(this.#options.directory, nameOf(this.#newest));
    this.#file = { handle: await open(path, "wx", 0o600), path, began: now, bytes: 0 };
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
      // Its last row came before the next file was begun, and within its own span.
      const isOld = Math.min(newestFirst[i - 1] ?? began + fileSpan, began + fileSpan) < oldest;
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
      await this.#giveUpFile();
      return false;
    }
  }

  /** Also without traffic what is too old goes. */
  #sweep(): void {
    this.#writing = this.#writing.then(() => this.#clear()).catch(ignore);
  }

  /** A file that took nothing is not left behind: a full disk would get one a second. */
  async #giveUpFile(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.handle.close().catch(ignore);
    if (file?.bytes === 0) await rm(file.path, { force: true }).catch(ignore);
  }
}

function nameOf(began: number): string {
  return `${String(began).padStart(15, "0")}.jsonl`;
}

function ignore(): void {}
