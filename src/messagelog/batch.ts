import { sha256 } from "../core/bytes.ts";
import { canonicalJson } from "../core/canonical-json.ts";
import { buildHashTree, groupHash } from "../pki/hash-tree.ts";
import type { RecordName, Tip, Unsealed } from "./message-store.ts";

/*
 * What a batch covers beside its records, as data object groups of two (RFC 4998 §4.2.1): the name of the kind
 * and the document. So no leaf of one kind can be taken for one of another.
 */

/** The digests of one group, as `reducedTree` takes them. */
export type GroupDigests = readonly [Buffer, Buffer, ...Buffer[]];

/**
 * The groups behind the records' in a batch.
 * @param index root of the tree over the rows of the index, see `indexRow`
 */
export function batchGroups(
  unsealed: Pick<Unsealed, "previous" | "documents" | "closedTips" | "openTips">,
  index: Buffer,
): GroupDigests[] {
  const { previous, documents, closedTips, openTips } = unsealed;
  return [
    indexGroup(index),
    ...(previous === undefined ? [] : [previousGroup(previous)]),
    ...documents.map((document) => documentGroup(document.kind, document.sha256)),
    ...closedTips.map((tip) => tipGroup("closed", tip)),
    ...openTips.map((tip) => tipGroup("open", tip)),
  ];
}

/** Chains each batch to the one before it. */
export function previousGroup(previous: NonNullable<Unsealed["previous"]>): GroupDigests {
  const document = canonicalJson({ batch: previous.number, root: previous.root.toString("base64url") });
  return group("previous", sha256(document));
}

/** @param digest base64url */
export function documentGroup(kind: string, digest: string): GroupDigests {
  return group(`document/${kind}`, Buffer.from(digest, "base64url"));
}

export function tipGroup(state: "open" | "closed", { writer, number, chain }: Tip): GroupDigests {
  return group("chain", sha256(canonicalJson({ chain: chain.toString("base64url"), number, state, writer })));
}

/**
 * A row of the index, a leaf of a tree of its own whose root the batch covers: who is named in a record cannot be
 * changed or left out of a search later.
 */
export function indexRow({ writer, number }: RecordName, tags: Buffer): Buffer {
  return sha256(Buffer.concat([Buffer.from(`sealway/index-row/v1\0${writer}\0${number}\0`), tags]));
}

/** The root over the rows of a batch's records, in the order of its spans; a batch may cover documents alone. */
export function indexRoot(rows: readonly Buffer[]): Buffer {
  return rows.length === 0 ? sha256("") : buildHashTree(rows).root;
}

/** @param root see `indexRoot` */
export function indexGroup(root: Buffer): GroupDigests {
  return group("index", root);
}

/** The leaf of a group. */
export function leafOf(digests: GroupDigests): Buffer {
  return groupHash(digests);
}

function group(kind: string, digest: Buffer): GroupDigests {
  return [sha256(`sealway/batch/v1/${kind}`), digest];
}

/** The leaves of a batch, which stores them end to end. */
export function splitLeaves(leaves: Buffer): Buffer[] {
  return Array.from({ length: leaves.length / 32 }, (_, i) => leaves.subarray(i * 32, i * 32 + 32));
}
