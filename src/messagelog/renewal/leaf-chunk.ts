import { hashOf, sha256, toBase64Url } from "../../core/bytes.ts";
import type { DigestName } from "../../pki/algorithms.ts";
import { buildHashTree, type HashTree } from "../../pki/hash-tree.ts";
import type { ContextDocument } from "../message-record.ts";
import { type Chunk, type ChunkLeaves, type Covered, serializeChunkLeaves } from "./renewal-document.ts";

/** Leaves of one chunk at most: a document of some 350 KB with SHA-512. */
export const chunkLeaves = 4096;

/** Marks the leaves that are tokens, and makes each first list one of two hashes, which has one reading only. */
const tokenMark = "sealway/renewal/v1/token";

/** The digests of the group that a renewed token is. */
export function tokenGroup(token: Buffer, digest: DigestName): [Buffer, Buffer] {
  return [hashOf(digest, tokenMark), hashOf(digest, token)];
}

/** Collects leaves until there are enough for a chunk. */
export class ChunkBuilder {
  readonly #digest: DigestName;
  #leaves: Buffer[] = [];
  #covered: Covered[] = [];

  constructor(digest: DigestName) {
    this.#digest = digest;
  }

  get length(): number {
    return this.#leaves.length;
  }

  /** @returns whether the chunk is full */
  add(leaf: Buffer, covered: Covered): boolean {
    const previous = this.#covered.at(-1);
    const joined = previous && join(previous, covered);
    if (joined === undefined) this.#covered.push(covered);
    else this.#covered[this.#covered.length - 1] = joined;
    this.#leaves.push(leaf);
    return this.#leaves.length >= chunkLeaves;
  }

  /** The chunk and the document of its leaves; begins the next one. */
  take(): { readonly chunk: Chunk; readonly document: ContextDocument } {
    const leaves = this.#leaves;
    const covered = this.#covered;
    [this.#leaves, this.#covered] = [[], []];
    const content: ChunkLeaves = {
      v: 1,
      digest: this.#digest,
      covered,
      leaves: Buffer.concat(leaves).toString("base64"),
    };
    const bytes = serializeChunkLeaves(content);
    const digest = toBase64Url(sha256(bytes));
    const batches = covered.flatMap((one) => batchesOf(one));
    const renewals = covered.flatMap((one) => (one.kind === "renewal" ? [one.renewal] : []));
    const chunk = {
      leaves: digest,
      root: toBase64Url(buildHashTree(leaves, this.#digest).root),
      first: batches[0] ?? 0,
      last: batches.at(-1) ?? 0,
      renewals,
    };
    return { chunk, document: { kind: "renewal-leaves", sha256: digest, bytes } };
  }
}

/** Two neighbours as one, when they are of one kind and follow each other. */
function join(one: Covered, next: Covered): Covered | undefined {
  if (one.kind === "tokens" && next.kind === "tokens" && next.first === one.last + 1) {
    return { ...one, last: next.last };
  }
  const isSameBatch = one.kind === "records" && next.kind === "records" && next.batch === one.batch;
  return isSameBatch ? { ...one, count: one.count + next.count } : undefined;
}

function batchesOf(covered: Covered): number[] {
  if (covered.kind === "tokens") return [covered.first, covered.last];
  return covered.kind === "records" ? [covered.batch] : [];
}

/** What a leaf of a renewal stands for. */
export type LeafTarget =
  | { readonly kind: "token"; readonly batch: number }
  | { readonly kind: "renewal"; readonly renewal: string }
  | { readonly kind: "record"; readonly batch: number; readonly index: number };

/** Which leaf of the chunk stands for the target; undefined when none does. */
export function leafOfTarget(covered: readonly Covered[], target: LeafTarget): number | undefined {
  let before = 0;
  for (const one of covered) {
    const [offset, count] = offsetIn(one, target);
    if (offset !== undefined && offset >= 0 && offset < count) return before + offset;
    before += count;
  }
  return undefined;
}

function offsetIn(covered: Covered, target: LeafTarget): [offset: number | undefined, count: number] {
  switch (covered.kind) {
    case "tokens": {
      const offset = target.kind === "token" ? target.batch - covered.first : undefined;
      return [offset, covered.last - covered.first + 1];
    }
    case "renewal":
      return [target.kind === "renewal" && target.renewal === covered.renewal ? 0 : undefined, 1];
    case "records": {
      const isOfBatch = target.kind === "record" && target.batch === covered.batch;
      return [isOfBatch ? target.index - covered.first : undefined, covered.count];
    }
  }
}

/** The tree of a chunk as it is stored. @throws RangeError when it is not the one of its digest */
export function treeOfLeaves({ leaves, digest }: ChunkLeaves): HashTree {
  const bytes = Buffer.from(leaves, "base64");
  const width = hashOf(digest, "").length;
  const count = Math.ceil(bytes.length / width);
  const list = Array.from({ length: count }, (_, i) => bytes.subarray(i * width, (i + 1) * width));
  return buildHashTree(list, digest);
}
