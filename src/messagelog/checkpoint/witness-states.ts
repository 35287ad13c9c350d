import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { sha256Base64Url } from "../../core/bytes.ts";
import { writeFileAtomically } from "../../trust/atomic-file.ts";
import type { HeadText } from "./discontinuity.ts";

/** What a witness knows of one log. */
export interface WitnessState extends HeadText {
  readonly origin: string;
  /** The newest checkpoint with the log's signatures and ours; null when a discontinuity record is all there is. */
  readonly checkpoint: string | null;
  /** Discontinuity records that were accepted, oldest first, as text. */
  readonly discontinuities: readonly string[];
}

/** Two checkpoints that the log signed and that do not fit each other: proof against its owner. */
export interface Conflict {
  readonly kind: "another root of the same size" | "not an extension";
  readonly known: string | null;
  readonly offered: string;
}

/** More of one log prove nothing more. */
const mostConflicts = 16;

/** The memory of a witness: a file for each log, written durably before anything is signed, and one for conflicts. */
export class WitnessStates {
  readonly #directory: string;
  readonly #states = new Map<string, Promise<WitnessState | undefined>>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** @throws Error of the file system, or of JSON when the file is damaged: then nothing is cosigned */
  load(origin: string): Promise<WitnessState | undefined> {
    let state = this.#states.get(origin);
    if (state === undefined) {
      state = readJson<WitnessState>(this.#path(origin, "state"));
      this.#states.set(origin, state);
      state.catch(() => this.#states.delete(origin));
    }
    return state;
  }

  async save(state: WitnessState): Promise<void> {
    await this.#write(state.origin, "state", state);
    this.#states.set(state.origin, Promise.resolve(state));
  }

  async conflicts(origin: string): Promise<readonly Conflict[]> {
    return (await readJson<readonly Conflict[]>(this.#path(origin, "conflicts"))) ?? [];
  }

  async addConflict(origin: string, conflict: Conflict): Promise<void> {
    const before = await this.conflicts(origin);
    if (before.length >= mostConflicts || before.some(({ offered }) => offered === conflict.offered)) return;
    await this.#write(origin, "conflicts", [...before, conflict]);
  }

  async #write(origin: string, kind: "state" | "conflicts", value: object): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    await writeFileAtomically(this.#path(origin, kind), Buffer.from(JSON.stringify(value)), "private");
  }

  #path(origin: string, kind: "state" | "conflicts"): string {
    return join(this.#directory, `${sha256Base64Url(Buffer.from(origin))}.${kind}.json`);
  }
}

async function readJson<Value>(path: string): Promise<Value | undefined> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as Value;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
