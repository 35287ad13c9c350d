import { sha256, toBase64Url } from "../../core/bytes.ts";
import type { ContextDocument } from "../../messagelog/message-record.ts";
import {
  type ParsedHourStatement,
  parseHourStatement,
  signHourStatement,
} from "../../messagelog/statement/hour-statement.ts";
import type { PairSum } from "../../messagelog/statement/hour-tables.ts";
import type { Entry, PairHour, RangeQuestion, Sum } from "../../messagelog/statement/pair-hour.ts";
import { pairHourName, pairName } from "../../messagelog/statement/pair-hour.ts";
import type { LedgerEntry, PairLedger } from "../../messagelog/statement/pair-ledger.ts";
import {
  type ReconciliationResult,
  signReconciliation,
} from "../../messagelog/statement/reconciliation-result.ts";
import { sumOf } from "../../messagelog/statement/statement-tree.ts";
import type { GatewayServices } from "../gateway-services.ts";
import { required } from "../required.ts";
import { checkHourStatement } from "./check-hour-statement.ts";

/** What the log holds, hour by hour; it answers beside the traffic. */
export interface HourDesk {
  /** @param from of the hour, milliseconds */
  hour(from: number): Promise<readonly PairSum[]>;
  ranges(question: RangeQuestion): Promise<readonly Sum[]>;
  entries(question: RangeQuestion): Promise<readonly Entry[]>;
  /** This side's statement of an hour, when the log has one. */
  statedBefore(hour: PairHour): Promise<Buffer | undefined>;
  /** What was stated and found before, oldest first. */
  documents(): Promise<readonly ContextDocument[]>;
}

/** Makes this server's statements and takes those of others: each is durable before anybody gets it. */
export class HourStatements {
  readonly #services: () => GatewayServices;
  readonly #desk: HourDesk;
  readonly ledger: PairLedger;
  /** Statements that are being made. */
  readonly #making = new Map<string, Promise<ParsedHourStatement>>();

  constructor(services: () => GatewayServices, desk: HourDesk, ledger: PairLedger) {
    this.#services = services;
    this.#desk = desk;
    this.ledger = ledger;
  }

  /**
   * This server's statement of an hour, made once.
   * @param sum what the log holds, where it is known
   * @throws SealwayError `log_unavailable`, `signer_unavailable`
   */
  own(hour: PairHour, sum?: Sum): Promise<ParsedHourStatement> {
    const entry = this.ledger.at(hour);
    if (entry.own !== undefined) return Promise.resolve(entry.own);
    const name = pairHourName(hour);
    let making = this.#making.get(name);
    if (making === undefined) {
      making = this.#make(entry, sum).finally(() => this.#making.delete(name));
      this.#making.set(name, making);
    }
    return making;
  }

  async #make(entry: LedgerEntry, known: Sum | undefined): Promise<ParsedHourStatement> {
    const { hour } = entry;
    const before = await this.#desk.statedBefore(hour);
    if (before !== undefined) {
      entry.own = parseHourStatement(before);
      return entry.own;
    }
    const sum = known ?? (await this.#sumOf(hour));
    const { clock, seals, trust } = this.#services();
    const { signer } = required(seals.get(hour.member));
    const { instance } = trust().configuration.parameters;
    const bytes = await signHourStatement(signer, { instance, time: clock.now(), hour, sum });
    await this.#keep("statement", bytes);
    entry.own = parseHourStatement(bytes);
    return entry.own;
  }

  async #sumOf(hour: PairHour): Promise<Sum> {
    const sums = await this.#desk.hour(hour.from);
    return sums.find((one) => pairName(one) === pairName(hour)) ?? sumOf([]);
  }

  /**
   * Takes the other side's statement of an hour. A second one that says something else is kept as well: it proves that
   * the other side signed both.
   * @throws SealwayError as `parseHourStatement` and `checkHourStatement`; `log_unavailable`
   */
  async take(bytes: Buffer, hour: PairHour): Promise<void> {
    const parsed = parseHourStatement(bytes);
    checkHourStatement(this.#services(), parsed, hour);
    const entry = this.ledger.at(hour);
    const before = entry.theirs?.statement;
    if (before !== undefined && isSame(before, parsed.statement)) return;
    await this.#keep("statement", bytes);
    entry.theirs ??= parsed;
    if (before !== undefined) await this.conclude(entry, { outcome: "conflict" });
  }

  /** Keeps what became of an hour. @throws SealwayError `log_unavailable`, `signer_unavailable` */
  async conclude(
    entry: LedgerEntry,
    said: Pick<ReconciliationResult, "outcome"> & Partial<ReconciliationResult>,
  ): Promise<void> {
    const { clock, seals, trust } = this.#services();
    const { member, server, peer, peerServer, from } = entry.hour;
    const result: ReconciliationResult = {
      ...{ v: 1, instance: trust().configuration.parameters.instance, time: clock.now() },
      ...{ member, server, peer, peerServer, from },
      ...{ reason: null, findings: [], unresolved: 0 },
      ...said,
    };
    const bytes = await signReconciliation(required(seals.get(member)).signer, result);
    await this.#keep("reconciliation", bytes);
    entry.result = result;
  }

  async #keep(kind: "statement" | "reconciliation", bytes: Buffer): Promise<void> {
    await this.#services().log.keep({ kind, sha256: toBase64Url(sha256(bytes)), bytes });
  }
}

function isSame(one: Sum, other: Sum): boolean {
  return one.count === other.count && one.root === other.root;
}
