import { hash } from "node:crypto";
import { hashOf } from "../core/bytes.ts";

/*
 * The hash tree of RFC 4998 §4.2, binary. A leaf stands for a data object group: the digests of two or more
 * documents, sorted as unsigned bytes, concatenated and hashed. An inner node is the hash of its two children,
 * sorted and concatenated; an odd last node moves up as it is. There is no domain separation and no position,
 * so a leaf must also be a document that is valid in itself.
 */

/** Digests that a tree may be folded with. */
export type TreeAlgorithm = "sha256" | "sha384" | "sha512";

/** `levels[0]` holds the leaves end to end, each later level the nodes above it, the last one the root. */
export interface HashTree {
  readonly algorithm: TreeAlgorithm;
  readonly root: Buffer;
  readonly levels: readonly Buffer[];
}

/** What is wrong with a reduced hash tree, or the root that it leads to. */
export type Fold =
  | { readonly outcome: "root"; readonly root: Buffer }
  | { readonly outcome: "finding"; readonly finding: TreeFinding };

export type TreeFinding =
  | "the first list is empty"
  | "a hash has the wrong length"
  | "a document is not in the first list"
  | "the first list holds hashes of no document"
  | "a first list of one hash can be read in two ways";

const widths: { readonly [algorithm in TreeAlgorithm]: number } = { sha256: 32, sha384: 48, sha512: 64 };

/**
 * The leaf of a data object group (RFC 4998 §4.2.1).
 * @param digests of the documents of the group, two or more, in any order
 */
export function groupHash(digests: readonly Buffer[], algorithm: TreeAlgorithm = "sha256"): Buffer {
  return hashOf(algorithm, Buffer.concat(sorted(digests)));
}

/**
 * Builds the whole tree.
 * @param leaves one `groupHash` each, at least one
 * @throws RangeError when there is no leaf or one has not the length of the digest
 */
export function buildHashTree(leaves: readonly Buffer[], algorithm: TreeAlgorithm = "sha256"): HashTree {
  if (leaves.length === 0) throw new RangeError("a hash tree has at least one leaf");
  const width = widths[algorithm];
  let level: Buffer = Buffer.allocUnsafe(leaves.length * width);
  for (let i = 0; i < leaves.length; i++) {
    const leaf = leaves[i]!;
    if (leaf.length !== width) throw new RangeError(`leaf ${i} has not ${width} bytes`);
    level.set(leaf, i * width);
  }
  const levels = [level];
  while (level.length > width) {
    level = levelAbove(level, algorithm);
    levels.push(level);
  }
  return { algorithm, root: level, levels };
}

/**
 * The way from one group to the root (RFC 4998 §4.2): list 1 holds the digests of the group, never a single
 * hash; each later list the sibling on that level. A node that moved up without sibling adds no list.
 * @throws RangeError when the index is outside the tree, or the digests are fewer than two or not that leaf's
 */
export function reducedTree(tree: HashTree, index: number, groupDigests: readonly Buffer[]): Buffer[][] {
  const siblings = siblingLists(tree, index);
  const leaf = nodeAt(tree.levels[0]!, index, widths[tree.algorithm]);
  if (groupDigests.length < 2 || !groupHash(groupDigests, tree.algorithm).equals(leaf)) {
    throw new RangeError(`leaf ${index} is not the hash of these digests`);
  }
  return [sorted(groupDigests), ...siblings];
}

/**
 * The way from a leaf to the root without the group itself: what the tree adds when its leaf is the root of another
 * one below it.
 * @throws RangeError when the index is outside the tree
 */
export function siblingLists({ algorithm, levels }: HashTree, index: number): Buffer[][] {
  const width = widths[algorithm];
  if (!Number.isInteger(index) || index < 0 || index >= levels[0]!.length / width) {
    throw new RangeError(`there is no leaf ${index}`);
  }
  const lists: Buffer[][] = [];
  let position = index;
  for (const level of levels) {
    const sibling = position ^ 1;
    if ((sibling + 1) * width <= level.length) lists.push([nodeAt(level, sibling, width)]);
    position >>= 1;
  }
  return lists;
}

/**
 * Follows a reduced hash tree from documents to the root (RFC 4998 §4.3 steps 1–3). The lists are the
 * attacker's choice; their number and size are capped where they are parsed.
 * @param documentDigests of the whole group: list 1 must then hold these and no others; of one document: list 1
 *   may hold its siblings
 */
export function foldReducedTree(
  lists: readonly (readonly Buffer[])[],
  documentDigests: readonly Buffer[],
  algorithm: TreeAlgorithm = "sha256",
): Fold {
  const first = lists[0];
  if (first === undefined || first.length === 0) return finding("the first list is empty");
  const length = widths[algorithm];
  if (lists.some((list) => list.some((entry) => entry.length !== length))) {
    return finding("a hash has the wrong length");
  }
  if (documentDigests.length === 0 || !documentDigests.every((digest) => contains(first, digest))) {
    return finding("a document is not in the first list");
  }
  if (first.length === 1) return finding("a first list of one hash can be read in two ways");
  if (
    documentDigests.length > 1 &&
    !Buffer.concat(sorted(documentDigests)).equals(Buffer.concat(sorted(first)))
  ) {
    return finding("the first list holds hashes of no document");
  }
  let current = groupHash(first, algorithm);
  const pair = Buffer.allocUnsafe(2 * length);
  for (const list of lists.slice(1)) {
    current =
      list.length === 1
        ? pairHash(list[0]!, current, pair, algorithm)
        : groupHash([...list, current], algorithm);
  }
  return { outcome: "root", root: current };
}

/** As `groupHash` of two; `pair` has room for both. */
function pairHash(one: Buffer, other: Buffer, pair: Buffer, algorithm: TreeAlgorithm): Buffer {
  const isSorted = one.compare(other) <= 0;
  pair.set(isSorted ? one : other);
  pair.set(isSorted ? other : one, one.length);
  return hashOf(algorithm, pair);
}

function finding(text: TreeFinding): Fold {
  return { outcome: "finding", finding: text };
}

function contains(list: readonly Buffer[], digest: Buffer): boolean {
  return list.some((entry) => entry.equals(digest));
}

function sorted(digests: readonly Buffer[]): Buffer[] {
  return [...digests].sort(Buffer.compare);
}

function nodeAt(level: Buffer, index: number, width: number): Buffer {
  return level.subarray(index * width, (index + 1) * width);
}

/** One scratch pair for all nodes, and digests as text, written in their place: the loop allocates nothing else. */
function levelAbove(level: Buffer, algorithm: TreeAlgorithm): Buffer {
  const width = widths[algorithm];
  const count = level.length / width;
  const above = Buffer.allocUnsafe(Math.ceil(count / 2) * width);
  const pair = Buffer.allocUnsafe(2 * width);
  for (let i = 0; i + 1 < count; i += 2) {
    const left = i * width;
    const middle = left + width;
    const end = middle + width;
    if (level.compare(level, middle, end, left, middle) <= 0) {
      level.copy(pair, 0, left, end);
    } else {
      level.copy(pair, 0, middle, end);
      level.copy(pair, width, left, middle);
    }
    above.write(hash(algorithm, pair, "binary"), (i >> 1) * width, "latin1");
  }
  if (count % 2 === 1) level.copy(above, above.length - width, level.length - width);
  return above;
}
