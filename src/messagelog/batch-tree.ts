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

/** What was found out of a batch that came without them, by its leaves, as long as somebody has these. */
const known = new WeakMap<Buffer, Buffer>();

function nodesOf({ leaves, upper }: Pick<Batch, "leaves" | "upper">): Buffer {
  if (upper.length > 0) return upper;
  const found = known.get(leaves) ?? upperNodes(buildHashTree(splitLeaves(leaves)));
  known.set(leaves, found);
  return found;
}

/** Whether a batch is that of its leaves: its root, and the nodes that it keeps. */
export function isTreeOf({ leaves, root, upper }: Pick<Batch, "leaves" | "root" | "upper">): boolean {
  if (leaves.length === 0 || leaves.length % 32 !== 0) return false;
  const tree = buildHashTree(splitLeaves(leaves));
  return tree.root.equals(root) && (upper.length === 0 || upper.equals(upperNodes(tree)));
}

/**
 * The way from a group to the root of its batch, as `reducedTree`.
 * @throws RangeError when the group is not at that place, or the batch was altered
 */
export function pathInBatch(
  batch: Pick<Batch, "leaves" | "number" | "root" | "upper">,
  index: number,
  group: readonly Buffer[],
): Buffer[][] {
  const { leaves, root } = batch;
  if (leaves.length <= 32 * block) {
    const whole = buildHashTree(splitLeaves(leaves));
    checkUnaltered(whole.root.equals(root), batch);
    return reducedTree(whole, index, group);
  }
  const upper = nodesOf(batch);
  const place = Math.floor(index / block);
  const start = place * block;
  const lower = buildHashTree(splitLeaves(leaves.subarray(32 * start, 32 * (start + block))));
  const above = buildHashTree(splitLeaves(upper));
  const isNode = lower.root.equals(upper.subarray(32 * place, 32 * place + 32));
  checkUnaltered(isNode && above.root.equals(root), batch);
  return [...reducedTree(lower, index - start, group), ...siblingLists(above, place)];
}

function checkUnaltered(leadsToRoot: boolean, { number }: Pick<Batch, "number">): void {
  if (!leadsToRoot)
    throw new RangeError(`the log was altered: the nodes of batch ${number} do not lead to its root`);
}
