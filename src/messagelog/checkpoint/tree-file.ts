import {
  closeSync,
  fstatSync,
  fsync as fsyncOf,
  ftruncateSync,
  openSync,
  readSync,
  writeSync,
} from "node:fs";
import { promisify } from "node:util";
import { mostLeaves, nodeHash, type ReadNode, type TreeHead, treeRoot } from "./merkle-tree.ts";

const width = 32;
const fsync = promisify(fsyncOf);

/**
 * The complete subtrees of a Merkle tree in a file that only grows: each node stands behind the two below it, so that
 * a leaf writes what it completes and nothing else. Reading one is one read of 32 bytes. It can be made anew from the
 * log at any time; a torn end is cut off.
 */
export class TreeFile {
  readonly #file: number;
  #size: number;

  /** @throws Error of the file system */
  constructor(path: string) {
    this.#file = openSync(path, "a+", 0o600);
    const nodes = Math.floor(fstatSync(this.#file).size / width);
    this.#size = leavesIn(nodes);
    this.truncate(this.#size);
  }

  /** How many leaves there are. */
  get size(): number {
    return this.#size;
  }

  /** @param leaf from `leafHash` */
  append(leaf: Buffer): void {
    if (this.#size >= mostLeaves) throw new RangeError("the tree is full");
    const nodes = [leaf];
    for (let level = 0, n = this.#size; (n & 1) === 1; level++, n >>= 1) {
      nodes.push(nodeHash(this.read(level, n - 1), nodes.at(-1)!));
    }
    writeSync(this.#file, Buffer.concat(nodes));
    this.#size++;
  }

  readonly read: ReadNode = (level, n) => {
    const node = Buffer.allocUnsafe(width);
    const length = readSync(this.#file, node, 0, width, placeOf(level, n) * width);
    if (length !== width) throw new RangeError(`the tree has no node ${n} on level ${level}`);
    return node;
  };

  /** @param size at most that of the tree */
  head(size: number = this.#size): TreeHead {
    return { size, root: treeRoot(size, this.read) };
  }

  /** Keeps the first leaves only. */
  truncate(size: number): void {
    ftruncateSync(this.#file, nodesOf(size) * width);
    this.#size = size;
  }

  /** Makes durable what was appended. */
  sync(): Promise<void> {
    return fsync(this.#file);
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** The place of a node: behind all nodes of the leaves up to its last one that are not above it. */
function placeOf(level: number, n: number): number {
  const lastLeaf = (n + 1) * 2 ** level - 1;
  return nodesOf(lastLeaf) + level;
}

/** Nodes of the first leaves: one for each complete subtree of any level. */
function nodesOf(leaves: number): number {
  let nodes = 0;
  for (let count = leaves; count > 0; count = Math.floor(count / 2)) nodes += count;
  return nodes;
}

/** The most leaves whose nodes are among the first. */
function leavesIn(nodes: number): number {
  let leaves = 0;
  for (let step = 2 ** 31; step >= 1; step /= 2) {
    if (nodesOf(leaves + step) <= nodes) leaves += step;
  }
  return leaves;
}
