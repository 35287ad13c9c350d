import { SealwayError } from "../../core/errors.ts";
import type { ContextDocument } from "../message-record.ts";
import { type PairHour, pairHourName } from "../statement/pair-hour.ts";
import { type LostExchange, parseRecovery, type RecoveryStatement } from "./recovery-statement.ts";

/** What is known of one hour with one other member. */
export interface LostHour {
  readonly hour: PairHour;
  /** By id; the newest account of each. */
  readonly exchanges: Map<string, LostExchange>;
  unresolved: number;
}

/** What the statements in the log say was lost and recovered, by discontinuity and hour. */
export class RecoveryLedger {
  readonly #records = new Map<string, Map<string, LostHour>>();

  /** @param documents of the kind `recovery`, oldest first; what cannot be read is left out */
  static of(documents: readonly Pick<ContextDocument, "bytes">[]): RecoveryLedger {
    const ledger = new RecoveryLedger();
    for (const { bytes } of documents) {
      try {
        ledger.note(parseRecovery(Buffer.from(bytes)));
      } catch (error) {
        if (!(error instanceof SealwayError)) throw error;
      }
    }
    return ledger;
  }

  note(statement: RecoveryStatement): void {
    const { exchanges, unresolved } = statement;
    const hour = this.at(statement.discontinuity, statement);
    for (const one of exchanges) hour.exchanges.set(one.exchange, one);
    hour.unresolved = unresolved;
  }

  /** What was recovered and is there no more is awaited again. @param isThere by exchange id */
  checkThere(isThere: (exchangeId: string) => boolean): void {
    for (const hours of this.#records.values()) {
      for (const { exchanges } of hours.values()) {
        for (const one of exchanges.values()) {
          if (one.outcome === "awaited" || isThere(one.exchange)) continue;
          exchanges.set(one.exchange, { ...one, outcome: "awaited", package: null, reason: "package_gone" });
        }
      }
    }
  }

  /** The hours of a discontinuity in which something was lost, oldest first. */
  hours(discontinuity: string): readonly LostHour[] {
    const hours = [...(this.#records.get(discontinuity)?.values() ?? [])];
    return hours.sort((a, b) => a.hour.from - b.hour.from);
  }

  at(discontinuity: string, { member, server, peer, peerServer, from }: PairHour): LostHour {
    let hours = this.#records.get(discontinuity);
    if (hours === undefined) {
      hours = new Map();
      this.#records.set(discontinuity, hours);
    }
    const hour = { member, server, peer, peerServer, from };
    const name = pairHourName(hour);
    let lost = hours.get(name);
    if (lost === undefined) {
      lost = { hour, exchanges: new Map(), unresolved: 0 };
      hours.set(name, lost);
    }
    return lost;
  }
}

/** Those of which no verified package is there. */
export function awaitedOf({ exchanges }: LostHour): LostExchange[] {
  return [...exchanges.values()].filter(({ outcome }) => outcome === "awaited");
}
