import { setImmediate as giveWay } from "node:timers/promises";
import { hashOf, sha256 } from "../../core/bytes.ts";
import type { DigestName } from "../../pki/algorithms.ts";
import { buildHashTree, groupHash, reducedTree } from "../../pki/hash-tree.ts";
import { splitLeaves } from "../batch.ts";
import { pathInBatch } from "../batch-tree.ts";
import type { Batch, LogReader, StoredRecord } from "../message-store.ts";
import { lastBatchNumber } from "./build-timestamp-renewal.ts";
import { hashedThrough } from "./coverage.ts";
import { FrozenFiles } from "./frozen-files.ts";
import { RenewalHistory, type RenewedRecord, renewedGroup } from "./renewal-history.ts";
import type { RenewalStep } from "./renewal-steps.ts";
import { TreeAssembly } from "./tree-assembly.ts";

/**
 * Hashes the signature file and the exchange document of every sealed record anew (RFC 4998 §5.2, hash-tree renewal),
 * batch by batch; what an earlier run has done under this digest is left out. Heads are not hashed: they may be erased
 * by then, and the signature file holds their digest.
 * @throws RangeError when the log was altered: a record, or a renewal before this one
 */
export async function* buildHashTreeRenewal(log: LogReader, digest: DigestName): AsyncGenerator<RenewalStep> {
  const history = new RenewalHistory(log);
  await history.refresh();
  const after = history.renewals.at(-1)?.sha256 ?? null;
  const done = hashedThrough(history.renewals.filter((renewal) => renewal.digest === digest));
  const last = await lastBatchNumber(log);
  const assembly = new TreeAssembly(digest);
  const files = new FrozenFiles(log);
  const end = (lastBatch: number) =>
    assembly.finish({ method: "hash-tree", after, lastBatch, expires: undefined, signers: [] });
  for (let number = done + 1; number <= last; number++) {
    const batch = await log.batch(number);
    if (batch === undefined) throw new RangeError(`the log was altered: batch ${number} is missing`);
    for await (const { leaf, index } of leavesOf(batch, { log, history, files, digest })) {
      yield* assembly.add(leaf, { kind: "records", batch: number, first: index, count: 1 });
    }
    yield { step: "progress", done: number, of: last };
    if (assembly.isFull) yield* end(number);
  }
  yield* end(last);
}

interface Tools {
  readonly log: LogReader;
  readonly history: RenewalHistory;
  readonly files: FrozenFiles;
  readonly digest: DigestName;
}

async function* leavesOf(batch: Batch, { log, history, files, digest }: Tools) {
  const tree = buildHashTree(splitLeaves(batch.leaves));
  let index = 0;
  for (const span of batch.spans) {
    const end = index + span.last - span.first + 1;
    for await (const records of log.records(span)) {
      for (const record of records) {
        const file = await files.of(record, batch);
        const renewed = renewedRecord({ record, file, batch, index });
        const { chains } = await history.chainsOf(
          renewed,
          firstTimestamp({ record, file, batch, index }, (group) => reducedTree(tree, index, group)),
        );
        const leaf = groupHash(renewedGroup(renewed.digests(digest), chains, digest), digest);
        yield { leaf, index: index++ };
      }
      await giveWay();
    }
    if (index !== end) {
      throw new RangeError(`the log was altered: a record of ${span.writer} is missing`);
    }
  }
}

interface SealedRecord {
  readonly record: StoredRecord;
  /** Its frozen signature file. */
  readonly file: Buffer;
  readonly batch: Batch;
  readonly index: number;
}

/** What renewals need to know of a record. */
export function renewedRecord({ record, file, batch, index }: SealedRecord): RenewedRecord {
  const digests = (digest: DigestName) => [hashOf(digest, file), hashOf(digest, record.exchange)] as const;
  return { batch: batch.number, index, digests };
}

/**
 * The archive time-stamp of a record in its batch.
 * @param path of the group in the batch, as `pathInBatch` unless told
 * @throws RangeError when the record or its signature file is not what the batch sealed
 */
export function firstTimestamp(
  { record, file, batch, index }: SealedRecord,
  path = (group: readonly Buffer[]) => pathInBatch(batch, index, group),
) {
  const group = [sha256(file), sha256(record.exchange), record.head.sha256];
  return { digest: "sha256", reducedTree: path(group), token: batch.token } as const;
}
