import type { Logger } from "pino";
import { asSealwayError } from "../core/errors.ts";
import { oldestHour } from "../exchange/builtin/check-hour-statement.ts";
import type { HourDesk, HourStatements } from "../exchange/builtin/hour-statements.ts";
import type { HourReconciler } from "../exchange/builtin/reconcile-hours.ts";
import type { GatewayServices } from "../exchange/gateway-services.ts";
import type { Alarm } from "../http/health-interface.ts";
import { isAlarming, type ReconciliationResult } from "../messagelog/statement/reconciliation-result.ts";
import { Rounds } from "./rounds.ts";

const times = { firstAfter: 60_000, every: 5 * 60_000 };

export interface ReconciliationOptions {
  readonly services: GatewayServices;
  readonly desk: HourDesk;
  readonly statements: HourStatements;
  readonly reconciler: HourReconciler;
  readonly logger: Logger;
}

/** Runs the reconciliation beside the traffic, and tells what it found. */
export class Reconciliation {
  readonly #options: ReconciliationOptions;
  readonly #rounds = new Rounds(times, (signal) => this.#round(signal));

  constructor(options: ReconciliationOptions) {
    this.#options = options;
  }

  /**
   * Reads what was stated before, so that no hour is stated twice: before the first peer is answered.
   * @throws SealwayError `log_unavailable`
   */
  async start(): Promise<void> {
    const { desk, services, statements } = this.#options;
    const owns = ({ server }: { readonly server: string }) => server === services.self;
    statements.ledger.load(await desk.documents(), owns, services.clock.now() - oldestHour);
    this.#rounds.start();
  }

  /** Waits for the round that runs, but not for a peer that does not answer. */
  stop(): Promise<void> {
    return this.#rounds.stop();
  }

  /** One round now, after the one that runs. */
  async roundNow(): Promise<void> {
    await this.#rounds.now();
  }

  /** What is not as it should be, of the last days; oldest first. */
  findings(): readonly ReconciliationResult[] {
    return this.#options.statements.ledger.entries.flatMap(({ result }) => {
      return result !== undefined && isAlarming(result) ? [result] : [];
    });
  }

  /** What ends a round is told; the next one goes on. */
  async #round(signal: AbortSignal): Promise<"more"> {
    const { logger, reconciler } = this.#options;
    try {
      await reconciler.round(signal);
    } catch (thrown) {
      const { code, detail } = asSealwayError(thrown);
      logger.warn({ code, detail }, "a round of the reconciliation ended early");
    }
    return "more";
  }
}

const remedies = {
  differs:
    "`sealway log reconcile` names the exchanges: compare the evidence of both sides (`sealway verify A B`).",
  conflict:
    "The other side signed two statements of one hour: both are in the log. A discontinuity of its log, which the " +
    "governing authority shows, explains it; else ask its operator.",
  silent: "Ask the contact of the other server why it makes no statement.",
} as const;

/** One alarm for each kind of finding: the hours and ids stand in the log. */
export function reconciliationAlarms(results: readonly ReconciliationResult[]): Alarm[] {
  return (["differs", "conflict", "silent"] as const).flatMap((outcome) => {
    const found = results.filter((result) => result.outcome === outcome);
    if (found.length === 0) return [];
    const peers = [...new Set(found.map(({ peerServer }) => peerServer))].join(", ");
    const detail = `${found.length} hours with ${peers}`;
    return [
      { code: `reconciliation_${outcome}`, severity: "warning" as const, detail, remedy: remedies[outcome] },
    ];
  });
}
