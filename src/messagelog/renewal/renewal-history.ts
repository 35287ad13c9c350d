import { hashOf } from "../../core/bytes.ts";
import type { DigestName } from "../../pki/algorithms.ts";
import { encodeTimestampSequence, type NewArchiveTimestamp } from "../../pki/evidence-record.ts";
import { buildHashTree, type HashTree, reducedTree, siblingLists } from "../../pki/hash-tree.ts";
import type { LogReader } from "../message-store.ts";
import { type LeafTarget, leafOfTarget, tokenGroup, treeOfLeaves } from "./leaf-chunk.ts";
import { type Covered, parseChunkLeaves, parseRenewal, type Renewal } from "./renewal-document.ts";

/** A renewal with what of it is computed once. */
export interface KnownRenewal extends Renewal {
  readonly sha256: string;
  readonly tokenDer: Buffer;
  /** Over the roots of its chunks. */
  readonly tree: HashTree;
}

/** A record in its batch, and what a renewal hashes of it. */
export interface RenewedRecord {
  readonly batch: number;
  /** Its leaf in the batch. */
  readonly index: number;
  /** The digests of signature file and exchange document: the group that a hash-tree renewal covers. */
  readonly digests: (digest: DigestName) => readonly [Buffer, Buffer];
}

/** An archive time-stamp and whose token it has: the batch's own, or a renewal's digest. */
interface Generation {
  readonly source: "batch" | string;
  readonly archive: NewArchiveTimestamp;
}

type Chains = readonly (readonly Generation[])[];

export interface RenewedChains {
  readonly chains: readonly (readonly NewArchiveTimestamp[])[];
  /** Those that stand in the chains, oldest first. */
  readonly renewals: readonly KnownRenewal[];
}

interface OpenChunk {
  readonly covered: readonly Covered[];
  readonly tree: HashTree;
}

/** Chunks kept open: neighbours ask for the same ones. */
const mostOpenChunks = 16;

/** The renewals of a log, and what they add to the evidence record of a record. */
export class RenewalHistory {
  readonly #log: Pick<LogReader, "documentsOf" | "document">;
  readonly #known = new Map<string, KnownRenewal>();
  readonly #chunks = new Map<string, OpenChunk>();
  #renewals: readonly KnownRenewal[] = [];

  constructor(log: Pick<LogReader, "documentsOf" | "document">) {
    this.#log = log;
  }

  /** Oldest first, as they were when `refresh` was called last. */
  get renewals(): readonly KnownRenewal[] {
    return this.#renewals;
  }

  /** Reads the renewals that were recorded since. @throws RangeError when one of them was altered */
  async refresh(): Promise<void> {
    const documents = await this.#log.documentsOf("renewal");
    this.#renewals = documents.map(({ sha256, bytes }) => {
      const known = this.#known.get(sha256) ?? open(sha256, bytes);
      this.#known.set(sha256, known);
      return known;
    });
  }

  /**
   * The chains of a record's evidence (RFC 4998 §5.2), and the renewals that made them.
   * @param first the archive time-stamp of its batch
   * @throws RangeError when the record or a renewal is not what was time-stamped
   */
  async chainsOf(record: RenewedRecord, first: NewArchiveTimestamp): Promise<RenewedChains> {
    const states: Chains[] = [[[{ source: "batch", archive: first }]]];
    for (const renewal of this.#renewals) {
      const renewed = await this.#applied(renewal, record, states);
      states.push(renewed ?? states.at(-1)!);
    }
    const chains = states.at(-1)!;
    const sources = new Set(chains.flat().map(({ source }) => source));
    return {
      chains: archivesOf(chains),
      renewals: this.#renewals.filter(({ sha256 }) => sources.has(sha256)),
    };
  }

  #applied(
    renewal: KnownRenewal,
    record: RenewedRecord,
    states: readonly Chains[],
  ): Promise<Chains | undefined> {
    if (renewal.method === "time-stamp") return this.#withTimestamp(renewal, record, states.at(-1)!);
    return this.#withChain(renewal, record, states);
  }

  /** The renewed token is the last one, unless a later renewal took the place of one that was no good. */
  async #withTimestamp(
    renewal: KnownRenewal,
    { batch }: RenewedRecord,
    chains: Chains,
  ): Promise<Chains | undefined> {
    const chain = chains.at(-1)!;
    for (const [i, { source, archive }] of [...chain.entries()].reverse()) {
      const target: LeafTarget =
        source === "batch" ? { kind: "token", batch } : { kind: "renewal", renewal: source };
      const lists = await this.#way(renewal, target, () => tokenGroup(archive.token, renewal.digest));
      if (lists === undefined) continue;
      const renewed = { source: renewal.sha256, archive: archiveOf(renewal, lists) };
      return [...chains.slice(0, -1), [...chain.slice(0, i + 1), renewed]];
    }
    return undefined;
  }

  /** A new chain over the documents and all chains that stood when the renewal began. */
  async #withChain(
    renewal: KnownRenewal,
    record: RenewedRecord,
    states: readonly Chains[],
  ): Promise<Chains | undefined> {
    const chains = states[this.#renewals.findIndex(({ sha256 }) => sha256 === renewal.after) + 1]!;
    const target: LeafTarget = { kind: "record", batch: record.batch, index: record.index };
    const lists = await this.#way(renewal, target, () =>
      renewedGroup(record.digests(renewal.digest), archivesOf(chains), renewal.digest),
    );
    if (lists === undefined) return undefined;
    return [...chains, [{ source: renewal.sha256, archive: archiveOf(renewal, lists) }]];
  }

  /** From the target's leaf to the root under the token; undefined when the renewal does not cover it. */
  async #way(
    renewal: KnownRenewal,
    target: LeafTarget,
    group: () => readonly Buffer[],
  ): Promise<Buffer[][] | undefined> {
    for (const [i, { leaves, first, last, renewals }] of renewal.chunks.entries()) {
      const mayHold =
        target.kind === "renewal"
          ? renewals.includes(target.renewal)
          : target.batch >= first && target.batch <= last;
      if (!mayHold) continue;
      const { covered, tree } = await this.#chunk(leaves);
      const leaf = leafOfTarget(covered, target);
      if (leaf !== undefined) return [...reducedTree(tree, leaf, group()), ...siblingLists(renewal.tree, i)];
    }
    return undefined;
  }

  async #chunk(digest: string): Promise<OpenChunk> {
    const known = this.#chunks.get(digest);
    if (known !== undefined) return known;
    const document = await this.#log.document(digest);
    if (document === undefined)
      throw new RangeError("the log was altered: the leaves of a renewal are missing");
    const leaves = parseChunkLeaves(document.bytes);
    const opened = { covered: leaves.covered, tree: treeOfLeaves(leaves) };
    if (this.#chunks.size >= mostOpenChunks) this.#chunks.delete(this.#chunks.keys().next().value!);
    this.#chunks.set(digest, opened);
    return opened;
  }
}

/**
 * The group of a record in a hash-tree renewal (RFC 4998 §5.2): the digest of each document with that of all chains
 * before it, in this order, hashed.
 */
export function renewedGroup(
  documents: readonly [Buffer, Buffer],
  before: readonly (readonly NewArchiveTimestamp[])[],
  digest: DigestName,
): [Buffer, Buffer] {
  const sequence = hashOf(digest, encodeTimestampSequence(before));
  const [one, other] = documents;
  return [hashOf(digest, Buffer.concat([one, sequence])), hashOf(digest, Buffer.concat([other, sequence]))];
}

function open(sha256: string, bytes: Buffer): KnownRenewal {
  const renewal = parseRenewal(bytes);
  const roots = renewal.chunks.map(({ root }) => Buffer.from(root, "base64url"));
  const tree = buildHashTree(roots, renewal.digest);
  return { ...renewal, sha256, tokenDer: Buffer.from(renewal.token, "base64"), tree };
}

function archivesOf(chains: Chains): NewArchiveTimestamp[][] {
  return chains.map((chain) => chain.map(({ archive }) => archive));
}

function archiveOf({ digest, tokenDer }: KnownRenewal, lists: Buffer[][]): NewArchiveTimestamp {
  return { digest, reducedTree: lists, token: tokenDer };
}
