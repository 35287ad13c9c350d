import { lstat, mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Json } from "../../core/canonical-json.ts";
import { SealwayError } from "../../core/errors.ts";
import { isUuidV7, uuidV7 } from "../../core/uuid.ts";
import { writeFileAtomically } from "../../trust/atomic-file.ts";

/*
 * The log has one writer in the world, and whoever reads it with a command is not that. So a command writes the record
 * of its read into a folder beside the log, durably, before it shows anything; the server signs it and takes it into
 * the log, at once or when it is started next. Who may delete from this folder could read the log without our commands
 * anyway: both are open to the server's account only.
 */

/** A read of the log that waits to be taken up. */
export interface AccessEntry {
  /** A UUIDv7: what is taken up twice is one read all the same. */
  readonly id: string;
  /** Milliseconds, by the clock of who read. */
  readonly time: number;
  /** As the reader names himself. */
  readonly who: string;
  /** Of the operating system, under which the command ran. */
  readonly account: string;
  readonly why: string;
  /** What was done and asked, without identifiers of persons. */
  readonly what: readonly string[];
  readonly action: AccessAction;
  /** Rows or exchanges that were shown; null when they were not counted yet: the end is a record of its own. */
  readonly results: number | null;
}

export type AccessAction = "search" | "export" | "export-ended" | "evidence";

export class AccessSpool {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Records a read durably. Nothing may be shown before. @throws SealwayError `log_unavailable` */
  async record(entry: Omit<AccessEntry, "id">): Promise<void> {
    const id = uuidV7(entry.time);
    try {
      await mkdir(this.#directory, { recursive: true, mode: 0o700 });
      const bytes = Buffer.from(JSON.stringify({ id, ...entry } satisfies AccessEntry));
      if (bytes.length > mostBytes) throw new RangeError("the record of the read is too long");
      await writeFileAtomically(join(this.#directory, `${id}${suffix}`), bytes, "private");
    } catch (cause) {
      throw new SealwayError("log_unavailable", "the read cannot be recorded, so that nothing is shown", {
        cause,
      });
    }
  }

  /**
   * Hands over what waits, oldest first; what was taken up leaves the folder, what is none of ours is put aside.
   * @throws what `takeUp` throws: then this one and all behind it wait
   */
  async drain(takeUp: (entry: AccessEntry) => Promise<void>): Promise<number> {
    let taken = 0;
    for (const name of await this.#names()) {
      const path = join(this.#directory, name);
      const entry = await readEntry(path);
      if (entry === undefined) {
        await rename(path, `${path}.unreadable`);
        continue;
      }
      await takeUp(entry);
      await rm(path);
      taken++;
    }
    return taken;
  }

  async #names(): Promise<string[]> {
    try {
      const names = await readdir(this.#directory);
      return names.filter((name) => name.endsWith(suffix) && isUuidV7(name.slice(0, -suffix.length))).sort();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw error;
    }
  }
}

const suffix = ".json";
const mostBytes = 64 * 1024;

/** @returns undefined for a file that no command of ours wrote */
async function readEntry(path: string): Promise<AccessEntry | undefined> {
  const { size, isFile } = await lstat(path).then((stat) => ({ size: stat.size, isFile: stat.isFile() }));
  if (!isFile || size > mostBytes) return undefined;
  try {
    const entry = JSON.parse(await readFile(path, "utf8")) as AccessEntry;
    return isEntry(entry) ? entry : undefined;
  } catch {
    return undefined;
  }
}

function isEntry(entry: Partial<AccessEntry>): boolean {
  const texts: readonly (Json | undefined)[] = [entry.id, entry.who, entry.account, entry.why, entry.action];
  return (
    texts.every((text) => typeof text === "string" && text.isWellFormed()) &&
    Number.isSafeInteger(entry.time) &&
    (entry.results === null || Number.isSafeInteger(entry.results)) &&
    Array.isArray(entry.what) &&
    entry.what.every((text: unknown) => typeof text === "string" && text.isWellFormed())
  );
}
