import type { Logger } from "pino";
import { asSealwayError } from "../core/errors.ts";
import { LossRecoverer } from "../exchange/builtin/recover-exchanges.ts";
import type { GatewayServices } from "../exchange/gateway-services.ts";
import type { Alarm } from "../http/health-interface.ts";
import { type Discontinuity, headText } from "../messagelog/checkpoint/discontinuity.ts";
import type { LogDesk } from "../messagelog/desk/log-desk.ts";
import { type Loss, lossOf, mostAsked } from "../messagelog/recovery/loss.ts";
import { RecoveredFolder } from "../messagelog/recovery/recovered-folder.ts";
import { awaitedOf, RecoveryLedger } from "../messagelog/recovery/recovery-ledger.ts";
import { Rounds } from "./rounds.ts";
import type { ServerConfiguration } from "./server-configuration.ts";

const times = { firstAfter: 1_000, every: 60_000 };

export interface RecoveryOptions {
  readonly configuration: Pick<ServerConfiguration, "stateDirectory">;
  readonly services: GatewayServices;
  readonly desk: LogDesk;
  /** The discontinuity records that this server holds, verified. */
  readonly records: readonly Discontinuity[];
  readonly logger: Logger;
}

/** Gets back from peers, beside the traffic, what the discontinuities of this log lost. */
export class Recovery {
  readonly #options: RecoveryOptions;
  readonly #rounds = new Rounds(times, (signal) => this.#round(signal));
  #losses: readonly Loss[] = [];
  #left: readonly Loss[] = [];
  #ledger = new RecoveryLedger();
  #recoverer: LossRecoverer | undefined;

  constructor(options: RecoveryOptions) {
    this.#options = options;
  }

  /** @throws SealwayError `log_unavailable` */
  static async start(options: RecoveryOptions): Promise<Recovery> {
    const recovery = new Recovery(options);
    await recovery.#start();
    return recovery;
  }

  async #start(): Promise<void> {
    const { configuration, desk, logger, records, services } = this.#options;
    if (records.length === 0) return;
    const losses = await Promise.all(
      records.map(async ({ bytes, kept, lost, ...rest }) => {
        const keptAt = kept.size === 0 ? undefined : await desk.ask("sealedAt", { batch: kept.size });
        return lossOf(bytes, { ...rest, kept: headText(kept), lost: headText(lost) }, keptAt);
      }),
    );
    // Of what is older peers answer no question any more.
    this.#losses = losses.filter(({ declared }) => declared > services.clock.now() - mostAsked);
    this.#left = this.#losses;
    this.#ledger = RecoveryLedger.of(await desk.ask("documents", { kind: "recovery" }));
    const folder = new RecoveredFolder(configuration.stateDirectory);
    this.#ledger.checkThere((exchangeId) => folder.has(exchangeId));
    this.#recoverer = new LossRecoverer({
      ...{ services, ledger: this.#ledger, folder },
      desk: {
        ranges: (question) => desk.ask("ranges", question),
        entries: (question) => desk.ask("entries", question),
      },
      judge: (question) => desk.ask("judgeRecovered", question),
      stated: ({ exchanges, peerServer, unresolved }) => {
        const recovered = exchanges.filter(({ outcome }) => outcome === "recovered").length;
        const awaited = exchanges.filter(({ outcome }) => outcome === "awaited");
        const figures = { peer: peerServer, recovered, awaited: awaited.length, unresolved };
        logger.info(figures, "the other side's evidence of lost exchanges was asked for");
        for (const { exchange, reason } of awaited)
          logger.warn({ peer: peerServer, exchange, reason }, "a lost exchange is not recovered");
      },
      failed: (peer, { code, detail }) =>
        logger.warn({ peer, code, detail }, "a peer could not be asked for what the log lost"),
    });
    this.#rounds.start();
  }

  /** Waits for the round that runs, but not for a peer that does not answer. */
  stop(): Promise<void> {
    return this.#rounds.stop();
  }

  /** An alarm as long as a peer has more to give, or was not asked yet. */
  alarms(): Alarm[] {
    if (this.#left.length === 0) return [];
    const awaited = this.#losses.flatMap(({ record }) =>
      this.#ledger.hours(record).flatMap(awaitedOf),
    ).length;
    return [
      {
        code: "log_loss_not_recovered",
        severity: "warning",
        detail: `peers are asked for what the log lost: ${awaited} exchanges are named and not recovered`,
        remedy: "`sealway log lost` says from whom what is awaited; ask the contact of that server.",
      },
    ];
  }

  /** What ends a round is told; the next one goes on. */
  async #round(signal: AbortSignal): Promise<"more" | "done"> {
    const { logger } = this.#options;
    const left: Loss[] = [];
    for (const loss of this.#left) {
      try {
        if (!(await this.#recoverer!.round(loss, signal))) left.push(loss);
        else logger.info({ record: loss.record }, "every peer was asked for what the log lost");
      } catch (thrown) {
        left.push(loss);
        const { code, detail } = asSealwayError(thrown);
        logger.warn({ code, detail }, "a round of asking for what the log lost ended early");
      }
    }
    this.#left = left;
    return left.length > 0 ? "more" : "done";
  }
}
