import { randomBytes } from "node:crypto";
import fc from "fast-check";
import t from "tap";
import { isTreeOf, pathInBatch, upperNodes } from "../../src/messagelog/batch-tree.ts";
import { buildHashTree, foldReducedTree, groupHash, reducedTree } from "../../src/pki/hash-tree.ts";

const group = [randomBytes(32), randomBytes(32)];

/** A tree in which the group stands at one place. */
function treeWith(leaves: number, index: number) {
  return buildHashTree(
    Array.from({ length: leaves }, (_, i) => (i === index ? groupHash(group) : randomBytes(32))),
  );
}

function batchOf(tree: ReturnType<typeof treeWith>, upper = upperNodes(tree)) {
  return { number: 7, leaves: tree.levels[0]!, root: tree.root, upper };
}

const places = fc
  .oneof(fc.integer({ min: 1, max: 3000 }), fc.constantFrom(512, 513, 1023, 1024, 1025, 1536, 2049))
  .chain((leaves) => fc.tuple(fc.constant(leaves), fc.integer({ min: 0, max: leaves - 1 })));

t.test("the way to the root by the nodes that a batch keeps is the way through its whole tree", async (t) => {
  const property = fc.property(places, ([leaves, index]) => {
    const tree = treeWith(leaves, index);
    const whole = reducedTree(tree, index, group);
    const [kept, none] = [upperNodes(tree), Buffer.alloc(0)].map((upper) =>
      pathInBatch(batchOf(tree, upper), index, group),
    );
    return [kept, none].every((path) => Buffer.concat(path!.flat()).equals(Buffer.concat(whole.flat())));
  });
  fc.assert(property, { numRuns: 60, examples: [[[1025, 1024]], [[1024, 511]], [[3000, 2999]]] });
  t.equal(upperNodes(treeWith(512, 0)).length, 0, "nothing is spared");
  const tree = treeWith(3000, 1400);
  t.equal(upperNodes(tree).length, 6 * 32);
  const fold = foldReducedTree(pathInBatch(batchOf(tree), 1400, group), group);
  t.strictSame(fold, { outcome: "root", root: tree.root });
});

t.test("altered nodes, altered leaves and a wrong place are refused", async (t) => {
  const tree = treeWith(3000, 1400);
  const altered = Buffer.from(upperNodes(tree));
  altered[70]! ^= 1;
  t.throws(() => pathInBatch(batchOf(tree, altered), 1400, group), /altered: the nodes of batch 7/);
  const leaves = Buffer.from(tree.levels[0]!);
  leaves[32 * 1401]! ^= 1;
  t.throws(() => pathInBatch({ ...batchOf(tree), leaves }, 1400, group), /altered: the nodes of batch 7/);
  const unlike = { ...batchOf(treeWith(400, 14)), root: tree.root };
  t.throws(
    () => pathInBatch(unlike, 14, group),
    /altered: the nodes of batch 7/,
    "a tree that keeps no nodes",
  );
  t.strictSame(
    [
      batchOf(tree),
      batchOf(tree, Buffer.alloc(0)),
      batchOf(tree, altered),
      unlike,
      { ...batchOf(tree), leaves },
    ].map(isTreeOf),
    [true, true, false, false, false],
  );
  for (const index of [1399, 3000, -1]) t.throws(() => pathInBatch(batchOf(tree), index, group), RangeError);
});
