import { type DigestName, readDigestAlgorithm, writeDigestAlgorithm } from "./algorithms.ts";
import { constructedTag, DerError, type DerNode, parseDer, tags } from "./der.ts";
import { DerFields, readOctets, readSequence, readSmallInteger } from "./der-reader.ts";
import * as write from "./der-writer.ts";

/** An EvidenceRecord (RFC 4998 §3.1), as read, nothing judged. */
export interface EvidenceRecord {
  /** All digests that the record says it uses. */
  readonly digests: readonly DigestName[];
  /** In ascending time; a new chain begins with each hash-tree renewal (§5.2). At least one, none of them empty. */
  readonly chains: readonly ArchiveTimestampChain[];
}

export interface ArchiveTimestampChain {
  readonly der: Buffer;
  /** In ascending time; each after the first one renews the one before it (§5.2). */
  readonly timestamps: readonly ArchiveTimestamp[];
}

export interface ArchiveTimestamp {
  /** The digest of the tree; that of the token's imprint when undefined (§4.1). */
  readonly digest: DigestName | undefined;
  /** From the leaf to the root; undefined when the token is over the object itself. */
  readonly reducedTree: readonly (readonly Buffer[])[] | undefined;
  /** The TimeStampToken (ContentInfo) in DER. */
  readonly token: Buffer;
}

/** Caps on an attacker's record: a tree of 2^64 leaves, renewed every year for a century. */
const limits = { maxLength: 4 * 1024 * 1024, maxDepth: 40 };
const mostChains = 32;
const mostTimestamps = 128;
const mostLists = 65;
const mostHashes = 1024;

const digestTag = constructedTag(0);
const attributesTag = constructedTag(1);
const treeTag = constructedTag(2);

/** An archive time-stamp as it is written: its digest is always named, since verifiers differ in what they take its absence for. */
export type NewArchiveTimestamp = ArchiveTimestamp & { readonly digest: DigestName };

/**
 * A record with one archive time-stamp over a SHA-256 tree (RFC 4998 §3.1 and §4.1).
 * @param reducedTree as `reducedTree` makes it
 * @param token the TimeStampToken over the root, in DER
 */
export function encodeEvidenceRecord(reducedTree: readonly (readonly Buffer[])[], token: Buffer): Buffer {
  return encodeRenewedRecord([[{ digest: "sha256", reducedTree, token }]]);
}

/** A record with all its renewals (RFC 4998 §3.1 and §5.2). @param chains in ascending time, none of them empty */
export function encodeRenewedRecord(chains: readonly (readonly NewArchiveTimestamp[])[]): Buffer {
  const digests = new Set(chains.flat().map(({ digest }) => digest));
  const algorithms = write.sequence(...[...digests].map(writeDigestAlgorithm));
  return write.sequence(write.integer(1), algorithms, encodeTimestampSequence(chains));
}

/** The ArchiveTimeStampSequence in DER: what a hash-tree renewal hashes beside each document (RFC 4998 §5.2). */
export function encodeTimestampSequence(chains: readonly (readonly NewArchiveTimestamp[])[]): Buffer {
  return write.sequence(...chains.map((chain) => write.sequence(...chain.map(encodeArchiveTimestamp))));
}

function encodeArchiveTimestamp({ digest, reducedTree, token }: NewArchiveTimestamp): Buffer {
  const lists = reducedTree?.map((list) => write.sequence(...list.map(write.octetString)));
  return write.sequence(
    write.implicit(0, writeDigestAlgorithm(digest)),
    ...(lists === undefined ? [] : [write.value(treeTag, ...lists)]),
    token,
  );
}

/**
 * Parses an EvidenceRecord (attacker-controlled).
 * @throws DerError for anything but one record of version 1 in DER; also for one over encrypted documents
 */
export function parseEvidenceRecord(der: Uint8Array): EvidenceRecord {
  const path = "EvidenceRecord";
  const fields = new DerFields(parseDer(Buffer.from(der), path, limits), path);
  if (readSmallInteger(fields.any("version"), `${path}.version`) !== 1)
    throw new DerError(path, "not version 1");
  const algorithms = capped(fields.any("digestAlgorithms"), `${path}.digestAlgorithms`, mostChains);
  // cryptoInfos only help to judge algorithms and certificates; encryptionInfo changes what was hashed.
  fields.optional(constructedTag(0));
  const sequence = capped(
    fields.required(tags.sequence, "archiveTimeStampSequence"),
    `${path}.archiveTimeStampSequence`,
    mostChains,
  );
  fields.end();
  const digests = algorithms.map((algorithm) => readDigestAlgorithm(algorithm, `${path}.digestAlgorithms`));
  return { digests, chains: sequence.map((chain, i) => readChain(chain, `${path}.chain[${i}]`)) };
}

/** The elements of a SEQUENCE OF that must not be empty. */
function capped(node: DerNode, path: string, most: number, tag: number = tags.sequence): readonly DerNode[] {
  const elements = tag === tags.sequence ? readSequence(node, path) : node.children;
  if (elements.length === 0) throw new DerError(path, "empty");
  if (elements.length > most) throw new DerError(path, `more than ${most} elements`);
  return elements;
}

function readChain(node: DerNode, path: string): ArchiveTimestampChain {
  const timestamps = capped(node, path, mostTimestamps);
  return {
    der: node.der,
    timestamps: timestamps.map((one, i) => readArchiveTimestamp(one, `${path}[${i}]`)),
  };
}

function readArchiveTimestamp(node: DerNode, path: string): ArchiveTimestamp {
  const fields = new DerFields(node, path);
  const digest = fields.optional(digestTag);
  fields.optional(attributesTag);
  const tree = fields.optional(treeTag);
  const token = fields.required(tags.sequence, "timeStamp");
  fields.end();
  return {
    // [0] IMPLICIT AlgorithmIdentifier: the same content under another tag.
    digest: digest && readDigestAlgorithm(asSequence(digest), `${path}.digestAlgorithm`),
    reducedTree: tree && readTree(tree, `${path}.reducedHashtree`),
    token: token.der,
  };
}

function asSequence({ der, content, children }: DerNode): DerNode {
  return { tag: tags.sequence, der, content, children };
}

function readTree(node: DerNode, path: string): Buffer[][] {
  return capped(node, path, mostLists, treeTag).map((list) =>
    capped(list, path, mostHashes).map((entry) => readOctets(entry, path)),
  );
}
