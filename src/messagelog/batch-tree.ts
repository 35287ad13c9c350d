import { buildHashTree, type HashTree, reducedTree, siblingLists } from "../pki/hash-tree.ts";
import { splitLeaves } from "./batch.ts";
import type { Batch } from "./message-store.ts";

/*
 * A full batch has 131,072 leaves, and hashing them all takes a tenth of a second: too long for whoever asks for the
 * evidence of one record. So a batch keeps the nodes of one level of its tree, and a way to the root needs the leaves
 * below one of them and no others.
 */

/** Each of the nodes that are kept stands for 512 leaves. */
const level = 9;
const block = 2 ** level;

/** What a batch keeps of its tree beside the leaves; empty for a tree that has no such level below its root. */
export function upperNodes({ levels }: HashTree): Buffer {
  return levels.length > level + 1 ? levels[level]! : Buffer.alloc(0);
}

/** By their leaves, as long as somebody has these. */
const known = new WeakMap<Buffer, Buffer>();

/** The same of a batch that has its leaves alone, as one of an archive: found out once. */
export function upperNodesOf(leaves: Buffer): Buffer {
  const upper = known.get(leaves) ?? upperNodes(buildHashTree(splitLeaves(leaves)));
  known.set(leaves, upper);
  return upper;
}

/**
 * The way from a group to the root of its batch, as `reducedTree`.
 * @throws RangeError when the group is not at that place, or the batch was altered
 */
export function pathInBatch(
  { leaves, number, root, upper }: Pick<Batch, "leaves" | "number" | "root" | "upper">,
  index: number,
  group: readonly Buffer[],
): Buffer[][] {
  if (upper.length === 0) return reducedTree(buildHashTree(splitLeaves(leaves)), index, group);
  const place = Math.floor(index / block);
  const start = place * block;
  const lower = buildHashTree(splitLeaves(leaves.subarray(32 * start, 32 * (start + block))));
  const above = buildHashTree(splitLeaves(upper));
  if (!above.root.equals(root) || !lower.root.equals(above.levels[0]!.subarray(32 * place, 32 * place + 32)))
    throw new RangeError(`the log was altered: the nodes of batch ${number} do not lead to its root`);
  return [...reducedTree(lower, index - start, group), ...siblingLists(above, place)];
}
