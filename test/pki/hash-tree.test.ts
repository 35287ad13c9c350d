import fc from "fast-check";
import t from "tap";
import { sha256 } from "../../src/core/bytes.ts";
import { buildHashTree, foldReducedTree, groupHash, reducedTree } from "../../src/pki/hash-tree.ts";

function groups(count: number, size = 2): Buffer[][] {
  return Array.from({ length: count }, (_, i) =>
    Array.from({ length: size }, (_, k) => sha256(`document ${k} of group ${i}`)),
  );
}

t.test("four leaves: pairs are hashed in ascending order, as the worked example does", async (t) => {
  const own = groups(4);
  const h = own.map((group) => groupHash(group));
  const node = (a: Buffer, b: Buffer) => sha256(Buffer.concat(a.compare(b) < 0 ? [a, b] : [b, a]));
  const h12 = node(h[0]!, h[1]!);
  const h34 = node(h[2]!, h[3]!);
  const tree = buildHashTree(h);
  t.strictSame(tree.root, node(h12, h34));
  t.strictSame(
    tree.levels.map((level) => level.length / 32),
    [4, 2, 1],
  );
  const lists = reducedTree(tree, 2, own[2]!);
  t.strictSame(lists, [[...own[2]!].sort(Buffer.compare), [h[3]], [h12]]);
});

t.test("an odd last node moves up and adds no list", async (t) => {
  const own = groups(5);
  const tree = buildHashTree(own.map((group) => groupHash(group)));
  t.equal(reducedTree(tree, 4, own[4]!).length, 2);
  t.equal(reducedTree(tree, 0, own[0]!).length, 4);
});

t.test("a tree of one leaf has the leaf as root", async (t) => {
  const [only] = groups(1);
  const tree = buildHashTree([groupHash(only!)]);
  t.strictSame(tree.root, groupHash(only!));
  t.strictSame(foldReducedTree(reducedTree(tree, 0, only!), only!), { outcome: "root", root: tree.root });
});

t.test("property: every leaf's reduced tree folds to the root, one flipped bit does not", async () => {
  const property = fc.property(
    fc.integer({ min: 1, max: 70 }),
    fc.integer({ min: 2, max: 4 }),
    fc.nat(),
    fc.nat(),
    fc.nat(),
    (count, size, where, bit, which) => {
      const own = groups(count, size);
      const tree = buildHashTree(own.map((group) => groupHash(group)));
      const index = which % count;
      for (let i = 0; i < count; i++) {
        const fold = foldReducedTree(reducedTree(tree, i, own[i]!), own[i]!);
        if (fold.outcome !== "root" || !fold.root.equals(tree.root)) return false;
      }
      const lists = reducedTree(tree, index, own[index]!).map((list) =>
        list.map((entry) => Buffer.from(entry)),
      );
      const entries = lists.flat();
      const entry = entries[where % entries.length]!;
      entry[(bit >> 3) % 32]! ^= 1 << (bit & 7);
      const fold = foldReducedTree(lists, own[index]!);
      return fold.outcome === "finding" || !fold.root.equals(tree.root);
    },
  );
  fc.assert(property, { numRuns: 60 });
});

t.test("folding refuses", async (t) => {
  const [a, b, c] = [sha256("a"), sha256("b"), sha256("c")];
  const refusals: [string, Buffer[][], Buffer[], string][] = [
    ["no list", [], [a], "the first list is empty"],
    ["an empty first list", [[], [a]], [a], "the first list is empty"],
    ["no document", [[a, b]], [], "a document is not in the first list"],
    ["a document that is not there", [[a, b]], [a, c], "a document is not in the first list"],
    ["a document in a later list only", [[a, b], [c]], [c], "a document is not in the first list"],
    ["a third hash beside a group of two", [[a, b, c]], [a, b], "the first list holds hashes of no document"],
    [
      "the same document twice for two hashes",
      [[a, b, c]],
      [a, a],
      "the first list holds hashes of no document",
    ],
    ["a first list of one hash", [[a], [b]], [a], "a first list of one hash can be read in two ways"],
    ["a hash that is cut short", [[a, b], [c.subarray(1)]], [a, b], "a hash has the wrong length"],
    ["hashes of another algorithm", [[a, Buffer.alloc(64)]], [a], "a hash has the wrong length"],
  ];
  for (const [name, lists, documents, finding] of refusals) {
    t.strictSame(foldReducedTree(lists, documents), { outcome: "finding", finding }, name);
  }
});

t.test("one document of a first list that names its siblings folds too", async (t) => {
  const [a, b] = [sha256("a"), sha256("b")];
  t.strictSame(foldReducedTree([[a, b]], [a]), { outcome: "root", root: groupHash([b, a]) });
});

t.test("a reduced tree is made only from the leaf's own digests", async (t) => {
  const own = groups(3);
  const tree = buildHashTree(own.map((group) => groupHash(group)));
  t.throws(() => reducedTree(tree, 3, own[0]!), RangeError);
  t.throws(() => reducedTree(tree, -1, own[0]!), RangeError);
  t.throws(() => reducedTree(tree, 0, own[1]!), RangeError);
  t.throws(() => reducedTree(tree, 0, own[0]!.slice(0, 1)), RangeError);
  t.throws(() => buildHashTree([]), RangeError);
  t.throws(() => buildHashTree([Buffer.alloc(31)]), RangeError);
});

t.test("131,072 leaves work", async (t) => {
  const leaves = Array.from({ length: 131_072 }, (_, i) => {
    const leaf = Buffer.alloc(32);
    leaf.writeUInt32BE(i);
    return leaf;
  });
  const tree = buildHashTree(leaves);
  t.equal(tree.levels.length, 18);
});
