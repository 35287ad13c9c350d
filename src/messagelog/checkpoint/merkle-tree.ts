import { createHash } from "node:crypto";
import { sha256 } from "../../core/bytes.ts";

/*
 * The Merkle tree of RFC 6962 §2.1 over leaves 0, 1, 2 …, by its complete subtrees: node (level, n) is the root over
 * the leaves n·2^level up to (n + 1)·2^level. Sizes stay below 2^31, so that shifts of 32-bit integers do.
 */

/** Gives a complete subtree's root, 32 bytes. */
export type ReadNode = (level: number, n: number) => Buffer;

/** A batch each 30 s takes two thousand years to get there. */
export const mostLeaves = 2 ** 31 - 1;

/** RFC 6962 §2.1: SHA-256(0x00 ‖ data). */
export function leafHash(data: Uint8Array): Buffer {
  return createHash("sha256").update("\0").update(data).digest();
}

/** RFC 6962 §2.1: SHA-256(0x01 ‖ left ‖ right). */
export function nodeHash(left: Buffer, right: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(65);
  bytes[0] = 1;
  bytes.set(left, 1);
  bytes.set(right, 33);
  return sha256(bytes);
}

/** The root over the first leaves. @param size how many; the root of none is the digest of nothing */
export function treeRoot(size: number, read: ReadNode): Buffer {
  return size === 0 ? sha256("") : rangeRoot(0, size, read);
}

/**
 * That the tree of one size begins with the tree of a smaller one (RFC 6962 §2.1.2).
 * @throws RangeError unless 0 ≤ first ≤ second
 */
export function consistencyProof(first: number, second: number, read: ReadNode): Buffer[] {
  if (first < 0 || first > second) throw new RangeError(`a tree of ${second} does not hold one of ${first}`);
  return first === 0 ? [] : subproof(first, [0, second], "whole", read);
}

/** A tree as somebody states it. */
export interface TreeHead {
  readonly size: number;
  readonly root: Buffer;
}

/** Whether the proof (attacker-controlled) shows that `second` extends `first`; RFC 9162 §2.1.4.2. */
export function isConsistent(first: TreeHead, second: TreeHead, proof: readonly Buffer[]): boolean {
  if (first.size > second.size) return false;
  if (first.size === second.size) return proof.length === 0 && first.root.equals(second.root);
  if (first.size === 0) return proof.length === 0;
  const path = isPowerOfTwo(first.size) ? [first.root, ...proof] : [...proof];
  let [left, last] = [first.size - 1, second.size - 1];
  while ((left & 1) === 1) [left, last] = [left >> 1, last >> 1];
  const start = path.shift();
  if (start === undefined) return false;
  let [old, whole] = [start, start];
  for (const node of path) {
    if (last === 0) return false;
    if ((left & 1) === 1 || left === last) {
      [old, whole] = [nodeHash(node, old), nodeHash(node, whole)];
      while (left !== 0 && (left & 1) === 0) [left, last] = [left >> 1, last >> 1];
    } else {
      whole = nodeHash(whole, node);
    }
    [left, last] = [left >> 1, last >> 1];
  }
  return last === 0 && old.equals(first.root) && whole.equals(second.root);
}

function subproof(
  first: number,
  [from, to]: readonly [number, number],
  kind: "whole" | "part",
  read: ReadNode,
): Buffer[] {
  if (first === to - from) return kind === "whole" ? [] : [rangeRoot(from, to, read)];
  const middle = from + largestBelow(to - from);
  if (first <= middle - from) {
    return [...subproof(first, [from, middle], kind, read), rangeRoot(middle, to, read)];
  }
  return [...subproof(first - (middle - from), [middle, to], "part", read), rangeRoot(from, middle, read)];
}

/** Root over a range whose start is a multiple of the largest power of two in it. */
function rangeRoot(from: number, to: number, read: ReadNode): Buffer {
  const count = to - from;
  if (isPowerOfTwo(count)) {
    const level = Math.log2(count);
    return read(level, from / count);
  }
  const middle = from + largestBelow(count);
  return nodeHash(rangeRoot(from, middle, read), rangeRoot(middle, to, read));
}

function isPowerOfTwo(count: number): boolean {
  return (count & (count - 1)) === 0;
}

/** The largest power of two below a count of two or more. */
function largestBelow(count: number): number {
  return 2 ** (31 - Math.clz32(count - 1));
}
