import { setImmediate } from "node:timers/promises";
import type { Batch, LogReader, Tip } from "../message-store.ts";
import { batchLeaf } from "./checkpoint.ts";
import type { TreeFile } from "./tree-file.ts";

/**
 * Brings the tree to what the log has: adds the batches that it lacks, and makes it anew when its end is not that of
 * the log, as after a copy was put back. Batches before the compared ones are `sealway log check`'s business.
 * @param compared leaves at the end that are compared before more are added: a batch's row may take 4 MiB
 * @returns the newest batch, undefined when there is none
 */
export async function syncTree(tree: TreeFile, log: LogReader, compared: number): Promise<Batch | undefined> {
  const last = (await log.unsealed(0)).previous?.number ?? 0;
  if (!(await fits(tree, log, Math.min(compared, tree.size), last))) tree.truncate(0);
  let batch: Batch | undefined;
  for (let number = tree.size + 1; number <= last; number++) {
    batch = await batchAt(log, number);
    tree.append(batchLeaf(batch));
    // Many batches must not keep others waiting.
    await setImmediate();
  }
  if (batch !== undefined) await tree.sync();
  return last === 0 ? undefined : (batch ?? batchAt(log, last));
}

/** Where the chains of the writers stand that a batch covers. */
export async function headsOf(batch: Batch, log: LogReader): Promise<Tip[]> {
  const last = new Map(batch.spans.map(({ writer, last }) => [writer, last]));
  const heads: Tip[] = [];
  for (const [writer, number] of last) {
    for await (const [record] of log.records({ writer, first: number, last: number })) {
      if (record !== undefined) heads.push({ writer, number, chain: record.chain });
    }
  }
  return heads;
}

async function fits(tree: TreeFile, log: LogReader, compared: number, last: number): Promise<boolean> {
  if (tree.size > last) return false;
  for (let number = tree.size - compared + 1; number <= tree.size; number++) {
    if (!batchLeaf(await batchAt(log, number)).equals(tree.read(0, number - 1))) return false;
  }
  return true;
}

async function batchAt(log: LogReader, number: number): Promise<Batch> {
  const batch = await log.batch(number);
  if (batch === undefined) throw new Error(`the log has no batch ${number}, but later ones`);
  return batch;
}
