import { sha256Base64Url } from "../../core/bytes.ts";
import { documentGroup, indexGroup, leafOf, previousGroup, tipGroup } from "../batch.ts";
import type { Batch, LogReader, Tip } from "../message-store.ts";
import type { Damage } from "./damage.ts";

/** What a batch's leaves behind the records' must be. */
export interface Cover {
  readonly batch: Batch;
  readonly previous: Pick<Batch, "number" | "root"> | undefined;
  /** Root over the rows of the index; undefined when records are missing: it cannot be computed then. */
  readonly index: Buffer | undefined;
  /** The chains at the ends of the spans, as they were computed; undefined where the last record is missing. */
  readonly openTips: readonly (Tip | undefined)[];
  readonly closedTips: readonly Tip[];
}

/** Checks that everything that a batch covers beside records is there as it was, and nothing else. */
export async function checkCover(cover: Cover, log: LogReader): Promise<Damage[]> {
  const { batch, previous, index, openTips, closedTips } = cover;
  const damages: Damage[] = [];
  const records = batch.spans.reduce((sum, { first, last }) => sum + last - first + 1, 0);
  const left = new Set<string>();
  for (let at = 32 * records; at < batch.leaves.length; at += 32) {
    left.add(batch.leaves.toString("hex", at, at + 32));
  }
  let notFound = 0;
  const take = (leaf: Buffer, damage: Omit<Damage, "batch">) => {
    if (left.delete(leaf.toString("hex"))) return;
    damages.push({ ...damage, batch: batch.number });
    notFound++;
  };
  const indexLeaf = batch.leaves.subarray(32 * records, 32 * records + 32);
  if (index === undefined) left.delete(indexLeaf.toString("hex"));
  else take(leafOf(indexGroup(index)), { kind: "index-changed" });
  if (previous !== undefined) take(leafOf(previousGroup(previous)), { kind: "link-changed" });
  for await (const { kind, sha256, bytes } of log.documentsIn(batch.number)) {
    const detail = `${kind} ${sha256}`;
    if (sha256Base64Url(bytes) !== sha256)
      damages.push({ kind: "document-changed", batch: batch.number, detail });
    take(leafOf(documentGroup(kind, sha256)), { kind: "document-changed", detail });
  }
  for (const tip of openTips) {
    if (tip === undefined) {
      notFound++;
      continue;
    }
    take(leafOf(tipGroup("open", tip)), { kind: "chain-end", writer: tip.writer, number: tip.number });
  }
  for (const tip of closedTips) left.delete(leafOf(tipGroup("closed", tip)).toString("hex"));
  // What does not fit was told, and its leaf is left over.
  const unknown = left.size - notFound;
  if (unknown > 0)
    damages.push({ kind: "covered-missing", batch: batch.number, detail: `${unknown} of its leaves` });
  return damages;
}
