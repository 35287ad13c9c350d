import { encodeEvidenceRecord } from "../../pki/evidence-record.ts";
import { buildHashTree, reducedTree } from "../../pki/hash-tree.ts";
import { batchGroups, type GroupDigests, indexRoot, leafOf, splitLeaves, tipGroup } from "../batch.ts";
import { judgeEvidence } from "../evidence/verify-time.ts";
import type { Span, Tip } from "../message-store.ts";
import { FindingsAt } from "./archive-findings.ts";
import type { ArchivedBatch } from "./archive-lines.ts";
import type { BatchCase } from "./batch-case.ts";
import type { RenewedEvidence } from "./renewed-evidence.ts";
import type { FileSpan } from "./segment-manifest.ts";

/** The chains at the ends of a batch's spans, by the word of the manifest; records are judged against it. */
export function openTips(spans: readonly FileSpan[]): Tip[] {
  return joined(spans).map(({ writer, last, after }) => {
    return { writer, number: last, chain: Buffer.from(after, "base64url") };
  });
}

/**
 * Judges the token of a batch, with its renewals.
 * @returns the time that it proves for its leaves, milliseconds
 */
export async function judgeToken(
  one: BatchCase,
  renewed: RenewedEvidence | undefined,
): Promise<number | undefined> {
  const { batch, spans, context, at, findings } = one;
  const place = `batch ${batch.number}`;
  const found = await renewed?.judge(one, place);
  if (found !== undefined) return found.provenAt;
  const evidence = evidenceOf(batch, openTips(spans));
  if (evidence === undefined) {
    findings.add("batch-contradicts", place, "its last leaf is not the end of its records' chain");
    return undefined;
  }
  const group = { digests: { sha256: evidence.digests }, lacksSignature: false };
  const x = { trust: context.trust, at, findings: new FindingsAt(findings, place) };
  return judgeEvidence(x, evidence.record, group, place);
}

/** An evidence record over the last leaf of the batch, which is the end of a chain. */
function evidenceOf(
  { leaves, token }: ArchivedBatch,
  tips: readonly Tip[],
): { record: Buffer; digests: GroupDigests } | undefined {
  const tip = tips.at(-1);
  const nodes = splitLeaves(leaves);
  if (tip === undefined || nodes.length === 0) return undefined;
  const digests = tipGroup("open", tip);
  try {
    return {
      record: encodeEvidenceRecord(reducedTree(buildHashTree(nodes), nodes.length - 1, digests), token),
      digests,
    };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/**
 * Whether a batch's tree has what the archive has, and nothing else.
 * @param rows of the index, 32 bytes a record, in the order of the batch
 */
export function judgeTree({ batch, previous, spans, findings }: BatchCase, rows: Buffer): void {
  const place = `batch ${batch.number}`;
  const leaves = splitLeaves(batch.leaves);
  const records = rows.length / 32;
  const before = findings.counts.find(([code]) => code === "batch-contradicts")?.[1];
  const contradict = (detail: string) => findings.add("batch-contradicts", place, detail);
  if (!isSame(joined(spans), batch.spans)) contradict("its records are not those of the files");
  const { documents, closedTips } = batch;
  const index = indexRoot(splitLeaves(rows));
  const groups = batchGroups({ previous, documents, closedTips, openTips: openTips(spans) }, index);
  if (leaves.length !== records + groups.length) contradict(`${leaves.length} leaves`);
  for (const [i, group] of groups.entries()) {
    const leaf = leaves[records + i];
    if (leaf === undefined || !leaf.equals(leafOf(group))) contradict(groupName(i, previous, batch));
  }
  if (leaves.length === 0 || !buildHashTree(leaves).root.equals(batch.root)) contradict("its root");
  const after = findings.counts.find(([code]) => code === "batch-contradicts")?.[1];
  if (before === after) findings.add("batch-complete", place);
}

/** What stands in the leaf behind the records', in words. */
function groupName(i: number, previous: BatchCase["previous"], batch: ArchivedBatch): string {
  const names = [
    "the index of persons",
    ...(previous === undefined ? [] : ["the root of the batch before"]),
    ...batch.documents.map(({ kind, sha256 }) => `the document ${kind} ${sha256}`),
    ...batch.closedTips.map(({ writer }) => `the end of the closed chain ${writer}`),
  ];
  return names[i] ?? "the end of a chain";
}

function isSame(some: readonly Span[], others: readonly Span[]): boolean {
  return (
    some.length === others.length &&
    some.every((span, i) => {
      const other = others[i]!;
      return span.writer === other.writer && span.first === other.first && span.last === other.last;
    })
  );
}

/** The spans of a batch, which may go on from one file to the next. */
function joined(spans: readonly FileSpan[]): FileSpan[] {
  const found: FileSpan[] = [];
  for (const span of spans) {
    const last = found.at(-1);
    if (last?.writer === span.writer && last.last === span.first - 1)
      found[found.length - 1] = { ...last, last: span.last, after: span.after };
    else found.push(span);
  }
  return found;
}
