import type { DigestName } from "../../pki/algorithms.ts";
import { buildHashTree } from "../../pki/hash-tree.ts";
import { ChunkBuilder } from "./leaf-chunk.ts";
import type { Chunk, Covered, Renewal } from "./renewal-document.ts";
import type { BuiltTree, RenewalStep } from "./renewal-steps.ts";

/** Chunks under one token at most: 16 million leaves, a renewal document of 1 MB. */
export const treeChunks = 4096;

/** Turns leaves into chunks and chunks into a tree. */
export class TreeAssembly {
  readonly #digest: DigestName;
  readonly #builder: ChunkBuilder;
  #chunks: Chunk[] = [];
  #count = 0;

  constructor(digest: DigestName) {
    this.#digest = digest;
    this.#builder = new ChunkBuilder(digest);
  }

  get isFull(): boolean {
    return this.#chunks.length >= treeChunks;
  }

  *add(leaf: Buffer, covered: Covered): Generator<RenewalStep> {
    this.#count++;
    if (this.#builder.add(leaf, covered)) yield this.#takeChunk();
  }

  /** Nothing when there was no leaf. */
  *finish(rest: {
    readonly method: Renewal["method"];
    readonly after: string | null;
    readonly lastBatch: number;
    readonly expires: number | undefined;
    readonly signers: BuiltTree["signers"];
  }): Generator<RenewalStep> {
    if (this.#builder.length > 0) yield this.#takeChunk();
    const chunks = this.#chunks;
    if (chunks.length === 0) return;
    const roots = chunks.map(({ root }) => Buffer.from(root, "base64url"));
    const { root } = buildHashTree(roots, this.#digest);
    yield { step: "tree", tree: { ...rest, digest: this.#digest, chunks, root, count: this.#count } };
    this.#chunks = [];
    this.#count = 0;
  }

  #takeChunk(): RenewalStep {
    const { chunk, document } = this.#builder.take();
    this.#chunks.push(chunk);
    return { step: "leaves", document };
  }
}
