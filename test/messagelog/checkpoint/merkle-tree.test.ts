import { mkdtempSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import t from "tap";
import { sha256 } from "../../../src/core/bytes.ts";
import {
  consistencyProof,
  isConsistent,
  leafHash,
  nodeHash,
  treeRoot,
} from "../../../src/messagelog/checkpoint/merkle-tree.ts";
import { TreeFile } from "../../../src/messagelog/checkpoint/tree-file.ts";
import vectors from "./merkle-vectors.json" with { type: "json" };

/** RFC 6962 §2.1 word by word. */
function naiveRoot(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 0) return sha256("");
  if (leaves.length === 1) return leaves[0]!;
  let k = 1;
  while (2 * k < leaves.length) k *= 2;
  return nodeHash(naiveRoot(leaves.slice(0, k)), naiveRoot(leaves.slice(k)));
}

const directory = mkdtempSync(join(tmpdir(), "sealway-tree-"));
t.teardown(() => rmSync(directory, { recursive: true, force: true }));

const leaves = Array.from({ length: 130 }, (_, i) => leafHash(Buffer.from([i])));
const tree = new TreeFile(join(directory, "tree"));
for (const leaf of leaves) tree.append(leaf);
const rootOf = (size: number) => ({ size, root: naiveRoot(leaves.slice(0, size)) });

t.test("roots are those of the certificate-transparency test tree", async (t) => {
  const file = new TreeFile(join(directory, "vectors"));
  for (const leaf of vectors.leaves) file.append(leafHash(Buffer.from(leaf, "hex")));
  for (const [size, root] of Object.entries(vectors.roots)) {
    t.equal(file.head(Number(size)).root.toString("hex"), root, `root of ${size}`);
  }
  file.close();
});

t.test("every root is that of the naive tree", async (t) => {
  for (let size = 0; size <= leaves.length; size++) {
    if (!treeRoot(size, tree.read).equals(rootOf(size).root)) t.fail(`root of ${size}`);
  }
});

const sizes = fc
  .tuple(fc.integer({ min: 0, max: 130 }), fc.integer({ min: 0, max: 130 }))
  .map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);

t.test("a consistency proof convinces, and no other root, size or proof does", async () => {
  fc.assert(
    fc.property(sizes, fc.nat(), fc.nat(255), ([first, second], where, bit) => {
      const proof = consistencyProof(first, second, tree.read);
      const [old, whole] = [rootOf(first), rootOf(second)];
      if (!isConsistent(old, whole, proof)) return false;
      const flipped = Buffer.from(whole.root);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      if (first > 0 && isConsistent(old, { size: second, root: flipped }, proof)) return false;
      if (first > 0 && isConsistent({ size: first, root: flipped }, whole, proof)) return false;
      if (isConsistent(old, whole, [...proof, flipped])) return false;
      if (proof.length === 0) return true;
      const other = proof.map((node, i) => (i === where % proof.length ? nodeHash(node, flipped) : node));
      return !isConsistent(old, whole, other) && !isConsistent(old, whole, proof.slice(1));
    }),
    { numRuns: 2000 },
  );
});

t.test("a tree file whose end a crash tore goes on from the last whole leaf", async (t) => {
  const path = join(directory, "torn");
  const file = new TreeFile(path);
  for (const leaf of leaves.slice(0, 8)) file.append(leaf);
  file.close();
  // The eighth leaf completes three subtrees: the last of its nodes is cut.
  truncateSync(path, 15 * 32 - 5);
  const again = new TreeFile(path);
  t.equal(again.size, 7);
  for (const leaf of leaves.slice(7, 20)) again.append(leaf);
  t.strictSame(again.head().root, rootOf(20).root);
  again.truncate(3);
  again.append(leaves[3]!);
  t.strictSame(again.head().root, rootOf(4).root);
  again.close();
});

t.test("a tree holds no larger one", async (t) => {
  t.throws(() => consistencyProof(5, 4, tree.read), RangeError);
  t.notOk(isConsistent(rootOf(5), rootOf(4), []));
});
