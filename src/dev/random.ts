import { sha256 } from "../core/bytes.ts";

/** Reproducible pseudo-random draws for invented data. Never for keys, nonces or anything secret. */
export interface Random {
  /** A whole number from 0 to `limit` - 1; `limit` is 1 to 2^32. */
  below(limit: number): number;
  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number;
  /** True in `percent` of 100 cases. */
  chance(percent: number): boolean;
  /** One element of a list that is not empty. */
  pick<T>(list: readonly T[]): T;
  /** A generator of its own, so that more draws here do not move what is drawn there. */
  fork(label: string): Random;
}

/** The generator that a seed determines, equal on every machine: whole-number arithmetic only (sfc32). */
export function createRandom(seed: string): Random {
  const state = sha256(seed);
  let a = state.readInt32LE(0);
  let b = state.readInt32LE(4);
  let c = state.readInt32LE(8);
  let counter = state.readInt32LE(12);

  function next(): number {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  const below = (limit: number): number => Math.floor((next() / 2 ** 32) * limit);
  return {
    below,
    between: (least, most) => least + below(most - least + 1),
    chance: (percent) => below(100) < percent,
    pick: <T>(list: readonly T[]) => list[below(list.length)] as T,
    fork: (label) => createRandom(`${seed}/${label}`),
  };
}
