import { closeSync, linkSync, mkdirSync, openSync, readdirSync, rmSync, writevSync } from "node:fs";
import { join } from "node:path";
import { SegmentDamagedError, SegmentReader } from "./segment-reader.ts";

/** A segment by its name: it holds the pieces from `first` to `last`. */
export interface SegmentName {
  readonly path: string;
  readonly first: number;
  readonly last: number;
}

const named = /^(\d{9})-(\d{9})\.segment$/;
const building = /^building-(\d+)-\d+$/;

/**
 * The segments of a log in a directory of their own. Nobody waits for anybody: a segment appears whole, under a name
 * that nobody else took, or not at all; one that took others in replaces them.
 */
export class SegmentFiles {
  readonly directory: string;
  #built = 0;

  /** @param directory made when there is none, for its owner only */
  constructor(directory: string) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    this.directory = directory;
  }

  /**
   * In the order of their pieces. Those whose pieces stand in another one are left out, and so is the later one of two
   * that share some: two builders took different ones together.
   */
  list(): SegmentName[] {
    const all = this.#all().sort((a, b) => a.first - b.first || b.last - a.last);
    const listed: SegmentName[] = [];
    for (const name of all) if (name.first > (listed.at(-1)?.last ?? 0)) listed.push(name);
    return listed;
  }

  /**
   * Writes a segment. No sync: what a power cut leaves of it is found damaged and built anew.
   * @returns false when there is one with these pieces
   */
  publish(first: number, last: number, parts: readonly Buffer[]): boolean {
    const temporary = join(this.directory, `building-${process.pid}-${this.#built++}`);
    try {
      const file = openSync(temporary, "w", 0o600);
      try {
        for (const part of groups(parts)) writeAll(file, part);
      } finally {
        closeSync(file);
      }
      linkSync(temporary, join(this.directory, `${digits(first)}-${digits(last)}.segment`));
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
      throw error;
    } finally {
      rmSync(temporary, { force: true });
    }
  }

  /** Takes a segment away unless it is whole again meanwhile. */
  discard(path: string): void {
    try {
      const reader = new SegmentReader(path);
      try {
        reader.check();
      } finally {
        reader.close();
      }
    } catch (error) {
      if (error instanceof SegmentDamagedError) rmSync(path, { force: true });
      else if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }

  /** Takes away what others took in, and what dead processes left. */
  sweep(): void {
    const listed = new Set(this.list().map(({ path }) => path));
    for (const { path } of this.#all()) if (!listed.has(path)) rmSync(path, { force: true });
    for (const name of readdirSync(this.directory)) {
      const pid = building.exec(name)?.[1];
      if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(this.directory, name), { force: true });
    }
  }

  clear(): void {
    for (const { path } of this.#all()) rmSync(path, { force: true });
  }

  #all(): SegmentName[] {
    return readdirSync(this.directory).flatMap((name) => {
      const [, first, last] = named.exec(name) ?? [];
      if (first === undefined || last === undefined) return [];
      return [{ path: join(this.directory, name), first: Number(first), last: Number(last) }];
    });
  }
}

function digits(number: number): string {
  return String(number).padStart(9, "0");
}

/** As many buffers as one call of the system takes. */
function groups(parts: readonly Buffer[]): Buffer[][] {
  const size = 512;
  return Array.from({ length: Math.ceil(parts.length / size) }, (_, i) =>
    parts.slice(i * size, (i + 1) * size),
  );
}

function writeAll(file: number, parts: readonly Buffer[]): void {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const written = writevSync(file, parts);
  if (written < length) throw Object.assign(new Error("a segment was written in part"), { code: "ENOSPC" });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
