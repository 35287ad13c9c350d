import { sha256 } from "../../core/bytes.ts";
import { indexRoot, indexRow } from "../batch.ts";
import { isTreeOf } from "../batch-tree.ts";
import { batchLeaf } from "../checkpoint/checkpoint.ts";
import type { Batch, LogReader, StoredRecord, Tip } from "../message-store.ts";
import { readErasures } from "../retention/erasure-statement.ts";
import type { SealedHead } from "./check-checkpoint-seals.ts";
import {
  type CheckpointRules,
  GrowingTree,
  type HeldCheckpoint,
  type ReadCheckpoint,
  readCheckpoints,
} from "./check-checkpoints.ts";
import { ContentCheck, type ContentCounts, type ContentRules } from "./check-content.ts";
import { checkCover } from "./check-cover.ts";
import { checkExpired } from "./check-expired.ts";
import { DigestCheck, SignatureCheck } from "./check-signature.ts";
import { checkToken, type TokenRules } from "./check-token.ts";
import { type Damage, DamageList } from "./damage.ts";
import { Misplaced } from "./misplaced.ts";
import { FrozenLeaves } from "./signature-forms.ts";
import { WriterChain } from "./writer-chains.ts";

export interface LogCheckRules extends TokenRules, CheckpointRules, ContentRules {
  /** What this server noted and what its witnesses hold. */
  readonly held: readonly HeldCheckpoint[];
  /** Tree heads that members sealed; judged. */
  readonly sealed?: readonly SealedHead[];
  /** Told of each chunk. */
  readonly progress?: (checked: { readonly records: number; readonly batches: number }) => void;
}

export interface LogCheckResult {
  readonly records: number;
  readonly batches: number;
  /** Records that no batch covers yet: their order alone is checked. */
  readonly unsealed: number;
  readonly contents: ContentCounts;
  /** Who holds which checkpoint, and who cosigned it. */
  readonly checkpoints: readonly Pick<ReadCheckpoint, "by" | "size" | "witnesses">[];
  readonly damages: readonly Damage[];
  /** Damages beyond those that are listed. */
  readonly more: number;
}

/**
 * Computes everything in a log anew and compares: records, signatures, contents, chains, trees, index, documents,
 * time-stamps, and what witnesses have seen. It streams; nothing that was computed when the log was written is trusted.
 */
export async function checkLog(log: LogReader, rules: LogCheckRules): Promise<LogCheckResult> {
  return new LogCheck(log, rules, await readErasures(log)).run();
}

/** What is computed of a record before its signature is verified. */
interface Expected {
  readonly batch: number;
  readonly leaf: Buffer;
  readonly leaves: FrozenLeaves;
}

class LogCheck {
  readonly #log: LogReader;
  readonly #rules: LogCheckRules;
  readonly #damages = new DamageList();
  readonly #misplaced = new Misplaced();
  readonly #digests = new DigestCheck();
  readonly #signatures = new SignatureCheck();
  readonly #contents: ContentCheck;
  readonly #chains = new Map<string, WriterChain>();
  /** Records whose successor's link cannot be judged: they are not what was recorded. */
  readonly #broken = new Set<string>();
  readonly #tree = new GrowingTree();
  readonly #roots = new Map<number, Buffer>();
  #closedTips: readonly Tip[] = [];
  readonly #heads = new Map<string, ReadCheckpoint["heads"][number]>();
  #records = 0;
  #unsealed = 0;
  /** The verification of the chunk before: it runs while the next one is read. */
  #pending: Promise<void> = Promise.resolve();

  constructor(log: LogReader, rules: LogCheckRules, erasures: Awaited<ReturnType<typeof readErasures>>) {
    this.#log = log;
    this.#rules = rules;
    this.#contents = new ContentCheck(rules, erasures);
  }

  async run(): Promise<LogCheckResult> {
    const { checkpoints, damages } = readCheckpoints(this.#rules.held, this.#rules);
    this.#tell(damages);
    for (const head of checkpoints.flatMap(({ heads }) => heads))
      this.#heads.set(`${head.writer} ${head.number}`, head);
    const seen = [...checkpoints, ...(this.#rules.sealed ?? [])];
    const wanted = new Set(seen.map(({ size }) => size));
    const last = (await this.#log.unsealed(0)).previous?.number ?? 0;
    this.#closedTips = await this.#log.closedTips();
    let previous: Batch | undefined;
    for (let number = 1; number <= last; number++) {
      previous = await this.#checkBatch(number, previous);
      if (wanted.has(number)) this.#roots.set(number, this.#tree.root());
    }
    await this.#checkUnsealed();
    await this.#pending;
    this.#checkEnds(checkpoints);
    this.#tell(this.#misplaced.damages());
    for (const chain of this.#chains.values()) this.#tell(chain.damages());
    this.#checkWitnessed(seen, last);
    return {
      records: this.#records,
      batches: last,
      unsealed: this.#unsealed,
      contents: this.#contents.counts,
      checkpoints: checkpoints.map(({ by, size, witnesses }) => ({ by, size, witnesses })),
      damages: this.#damages.found,
      more: this.#damages.more,
    };
  }

  #tell(damages: readonly Damage[]): void {
    for (const damage of damages) this.#damages.add(damage);
  }

  async #checkBatch(number: number, previous: Batch | undefined): Promise<Batch | undefined> {
    const batch = await this.#log.batch(number);
    if (batch === undefined) {
      this.#damages.add({ kind: "batch-missing", batch: number });
      this.#tree.append(Buffer.alloc(32));
      return undefined;
    }
    this.#tree.append(batchLeaf(batch));
    const timestamp = checkToken(batch, this.#rules);
    if (Array.isArray(timestamp)) this.#tell(timestamp);
    else this.#tell(await checkExpired(batch, timestamp, this.#log, this.#rules));
    const count = batch.spans.reduce((sum, { first, last }) => sum + last - first + 1, 0);
    if (batch.leaves.length / 32 <= count || !isTreeOf(batch)) {
      this.#damages.add({
        kind: "batch-changed",
        batch: number,
        detail: "its leaves and nodes do not lead to its root",
      });
    }
    const rows = await this.#checkSpans(batch);
    const index = rows.length === count ? indexRoot(rows) : undefined;
    const openTips = batch.spans.map(({ writer }) => this.#chain(writer).tip);
    const cover = { batch, previous, index, openTips, closedTips: this.#closedTips };
    // Without the batch before nobody knows what this one was to cover.
    const isJudged = previous !== undefined || number === 1;
    this.#tell(
      (await checkCover(cover, this.#log)).filter(({ kind }) => isJudged || kind === "index-changed"),
    );
    this.#rules.progress?.({ records: this.#records, batches: number });
    return batch;
  }

  /** @returns the rows of the index */
  async #checkSpans(batch: Batch): Promise<Buffer[]> {
    const leaves = await FrozenLeaves.of(batch, this.#log);
    const rows: Buffer[] = [];
    let before = 0;
    for (const span of batch.spans) {
      const chain = this.#chain(span.writer);
      if (span.first !== chain.number + 1) {
        this.#damages.add({
          kind: "batch-changed",
          batch: batch.number,
          detail: "its spans leave records out",
        });
      }
      for await (const records of this.#log.records(span)) {
        const expected = records.map((record) => {
          const place = before + record.number - span.first;
          return { batch: batch.number, leaves, leaf: batch.leaves.subarray(32 * place, 32 * place + 32) };
        });
        for (const { writer, number, tags } of records) rows.push(indexRow({ writer, number }, tags));
        await this.#checkChunk(records, chain, expected);
      }
      chain.skip(span.last);
      before += span.last - span.first + 1;
    }
    return rows;
  }

  async #checkUnsealed(): Promise<void> {
    for (const { writer, number } of await this.#log.writers()) {
      const chain = this.#chain(writer);
      for await (const records of this.#log.records({ writer, first: chain.number + 1, last: number })) {
        this.#unsealed += records.length;
        await this.#checkChunk(records, chain, undefined);
      }
    }
  }

  async #checkChunk(
    records: readonly StoredRecord[],
    chain: WriterChain,
    expected: readonly Expected[] | undefined,
  ): Promise<void> {
    const checks: Promise<void>[] = [];
    for (const [i, record] of records.entries()) {
      const exchange = sha256(record.exchange);
      this.#checkPlace(record, exchange, chain, expected?.[i]);
      checks.push(this.#checkAlone(record, exchange, expected?.[i]?.batch));
    }
    this.#records += records.length;
    const before = this.#pending;
    this.#pending = Promise.all(checks).then(() => undefined);
    await before;
  }

  /** What binds a record to its place: chain, leaf, and heads that witnesses have seen. */
  #checkPlace(
    record: StoredRecord,
    exchange: Buffer,
    chain: WriterChain,
    expected: Expected | undefined,
  ): void {
    const { writer, number } = record;
    const isAfterBreak = this.#broken.has(`${writer} ${number - 1}`);
    const follows = chain.follow(record, exchange);
    const leaf = expected?.leaves.leafOf(record, exchange);
    const fits = leaf === undefined ? undefined : leaf.equals(expected!.leaf);
    const head = this.#heads.get(`${writer} ${number}`);
    const isSeen = head === undefined || head.chain.equals(record.chain);
    const faults = [
      ...(follows === false ? ["the chain"] : []),
      ...(fits === false ? ["the time-stamped leaf"] : []),
      ...(isSeen ? [] : ["the chain that witnesses have seen"]),
    ];
    if (faults.length === 0) return;
    // Behind a record that is not the one that was recorded the link alone proves nothing.
    if (isAfterBreak && fits !== false && isSeen) return;
    this.#broken.add(`${writer} ${number}`);
    const detail = `it does not fit ${faults.join(" and ")}`;
    if (fits !== false) this.#damages.add({ kind: "changed", writer, number, ...batchOf(expected), detail });
    else {
      const { batch, leaf: wanted } = expected!;
      this.#misplaced.add({ writer, number, batch, leaf: leaf!, expected: wanted, detail });
    }
  }

  /** What a record must be in itself. */
  async #checkAlone(record: StoredRecord, exchange: Buffer, batch: number | undefined): Promise<void> {
    const place = { writer: record.writer, number: record.number, ...(batch !== undefined && { batch }) };
    for (const stored of [record.certificate, record.ocsp]) {
      const changed = this.#digests.changed(stored);
      if (changed !== undefined)
        this.#damages.add({ kind: "certificate-changed", ...place, detail: changed });
    }
    const problem = await this.#signatures.problemOf(record, exchange);
    if (problem !== undefined) this.#damages.add({ kind: "signature-wrong", ...place, detail: problem });
    for (const content of await this.#contents.damagesOf(record)) this.#damages.add({ ...content, ...place });
  }

  /** The ends of the chains as successors and witnesses saw them. */
  #checkEnds(checkpoints: readonly ReadCheckpoint[]): void {
    for (const closed of this.#closedTips) {
      const chain = this.#chain(closed.writer);
      const { tip, writer, number } = chain;
      const isEnd = number < closed.number || tip === undefined || tip.chain.equals(closed.chain);
      if (number > closed.number || !isEnd)
        this.#damages.add({ kind: "chain-end", writer, number: closed.number });
      chain.skip(closed.number);
    }
    for (const { heads } of checkpoints) {
      for (const { writer, number } of heads) this.#chain(writer).skip(number);
    }
  }

  #checkWitnessed(checkpoints: readonly SealedHead[], last: number): void {
    for (const { by, size, root } of checkpoints) {
      if (size > last) {
        const detail = `the log has ${last} batches, ${by} has seen ${size}`;
        this.#damages.add({ kind: "rolled-back", batch: size, detail });
      } else if (size > 0 && !this.#roots.get(size)!.equals(root)) {
        const detail = `the first ${size} batches are not those that ${by} has seen`;
        this.#damages.add({ kind: "split-view", batch: size, detail });
      }
    }
  }

  #chain(writer: string): WriterChain {
    let chain = this.#chains.get(writer);
    if (chain === undefined) {
      chain = new WriterChain(writer, this.#digests);
      this.#chains.set(writer, chain);
    }
    return chain;
  }
}

function batchOf(expected: Expected | undefined): { batch?: number } {
  return expected === undefined ? {} : { batch: expected.batch };
}
