import { join } from "node:path";
import { appendLines, readLines } from "./line-file.ts";

/** A time in which one version of the configuration was the newest; it ends where the next one begins. */
export interface Epoch {
  /** Of the targets metadata, which is the configuration's. */
  readonly version: number;
  /** When its first timestamp was made, milliseconds. */
  readonly from: number;
  /** Versions of the snapshot and of the root under which it was published. */
  readonly snapshot: number;
  readonly root: number;
}

const file = "epochs.jsonl";

/** The epochs of a repository, oldest first. */
export class Epochs {
  readonly #path: string;
  readonly #epochs: Epoch[];

  private constructor(path: string, epochs: Epoch[]) {
    this.#path = path;
    this.#epochs = epochs;
  }

  /** Reads what earlier runs noted. */
  static async open(directory: string): Promise<Epochs> {
    const path = join(directory, file);
    return new Epochs(path, await readLines<Epoch>(path));
  }

  get newest(): Epoch | undefined {
    return this.#epochs.at(-1);
  }

  /** The epoch at a time, and when it ended; undefined before the first one. */
  at(time: number): { readonly epoch: Epoch; readonly until: number | undefined } | undefined {
    let [low, high] = [0, this.#epochs.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#epochs[middle]!.from <= time) low = middle + 1;
      else high = middle;
    }
    const epoch = this.#epochs[low - 1];
    return epoch && { epoch, until: this.#epochs[low]?.from };
  }

  async add(epoch: Epoch): Promise<void> {
    await appendLines(this.#path, [epoch]);
    this.#epochs.push(epoch);
  }
}
