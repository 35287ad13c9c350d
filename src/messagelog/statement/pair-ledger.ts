import { SealwayError } from "../../core/errors.ts";
import type { ContextDocument } from "../message-record.ts";
import { type HourStatement, type ParsedHourStatement, parseHourStatement } from "./hour-statement.ts";
import { type PairHour, pairHourName, turned } from "./pair-hour.ts";
import { parseReconciliation, type ReconciliationResult } from "./reconciliation-result.ts";

/** One hour with one other member: what each side stated, and what came of it. */
export interface LedgerEntry {
  readonly hour: PairHour;
  own?: ParsedHourStatement;
  theirs?: ParsedHourStatement;
  result?: ReconciliationResult;
}

/** What is known of each hour of each pair; the documents in the log are the truth, this is made of them. */
export class PairLedger {
  readonly #entries = new Map<string, LedgerEntry>();

  /**
   * Takes in what the log holds; what cannot be read is left out.
   * @param documents of the kinds `statement` and `reconciliation`, oldest first
   * @param since hours before are not wanted, milliseconds
   */
  load(
    documents: readonly ContextDocument[],
    owns: (statement: HourStatement) => boolean,
    since: number,
  ): void {
    for (const { kind, bytes } of documents) {
      const read =
        kind === "statement" ? () => this.#noteStatement(bytes, owns) : () => this.#noteResult(bytes);
      attempt(read);
    }
    this.prune(since);
  }

  /** In the order of the hours. */
  get entries(): readonly LedgerEntry[] {
    return [...this.#entries.values()].sort((a, b) => a.hour.from - b.hour.from);
  }

  /** The entry of an hour, made when there is none. */
  at(hour: PairHour): LedgerEntry {
    const name = pairHourName(hour);
    let entry = this.#entries.get(name);
    if (entry === undefined) {
      const { member, server, peer, peerServer, from } = hour;
      entry = { hour: { member, server, peer, peerServer, from } };
      this.#entries.set(name, entry);
    }
    return entry;
  }

  /** Forgets hours that began before; the documents stay in the log. */
  prune(since: number): void {
    for (const [name, { hour }] of this.#entries) if (hour.from < since) this.#entries.delete(name);
  }

  /** Of two statements of one side for one hour the first counts. */
  #noteStatement(bytes: Buffer, owns: (statement: HourStatement) => boolean): void {
    const parsed = parseHourStatement(bytes);
    const { statement } = parsed;
    if (owns(statement)) this.at(statement).own ??= parsed;
    else this.at({ ...turned(statement), from: statement.from }).theirs ??= parsed;
  }

  #noteResult(bytes: Buffer): void {
    const result = parseReconciliation(bytes);
    this.at(result).result = result;
  }
}

function attempt(read: () => void): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof SealwayError)) throw error;
  }
}
