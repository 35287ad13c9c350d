import type { Logger } from "pino";
import type { Clock } from "../core/clock.ts";
import { SealwayError } from "../core/errors.ts";
import { parseStrictJson } from "../core/strict-json.ts";
import type { ExceededQuota, QuotaWatch } from "../exchange/quota-watch.ts";
import type { DurableMessageLog } from "../messagelog/message-log.ts";
import type { Agreements } from "../policy/agreements/agreements.ts";
import type { QuotaRaise } from "../policy/quota-raise.ts";
import { ExceededQuotas } from "./exceeded-quotas.ts";
import { openReader } from "./log-store.ts";
import { raiseOrder } from "./order-quota.ts";
import { RaisedQuotas } from "./raised-quotas.ts";
import type { ServerConfiguration } from "./server-configuration.ts";
import type { TrustInUse } from "./trust-in-use.ts";

export interface QuotaDeskParts {
  readonly configuration: ServerConfiguration;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly log: DurableMessageLog;
  readonly trust: TrustInUse;
  readonly agreements: Agreements;
}

/** What a gateway knows of quotas beside the counts: which are raised for now, and which are exceeded. */
export class QuotaDesk implements QuotaWatch {
  readonly #exceeded: ExceededQuotas;
  readonly #raised: RaisedQuotas;

  private constructor(exceeded: ExceededQuotas, raised: RaisedQuotas) {
    this.#exceeded = exceeded;
    this.#raised = raised;
  }

  /** @throws Error when the log cannot be read */
  static async open({
    configuration,
    clock,
    logger,
    log,
    trust,
    agreements,
  }: QuotaDeskParts): Promise<QuotaDesk> {
    const parts = {
      ...{ clock, log, agreements, self: configuration.server },
      trust: () => trust.snapshot(),
      openReader: () => openReader(configuration),
    };
    return new QuotaDesk(new ExceededQuotas(clock, logger), await RaisedQuotas.open(parts, log.nodes));
  }

  exceeded(quota: ExceededQuota): void {
    this.#exceeded.exceeded(quota);
  }

  raisesOf(agreement: string): readonly QuotaRaise[] {
    return this.#raised.of(agreement);
  }

  alarms() {
    return this.#exceeded.alarms();
  }

  /**
   * Carries out an order.
   * @returns undefined for one that is not about quotas
   * @throws SealwayError as `RaisedQuotas.take`; `bad_request`
   */
  execute(order: Buffer): Promise<QuotaRaise> | undefined {
    const value = parseStrictJson(order, "bad_request") as Readonly<Record<string, unknown>> | null;
    if (value?.order !== raiseOrder) return undefined;
    if (typeof value.signed !== "string")
      throw new SealwayError("bad_request", "the order's signed cannot be used");
    return this.#raised.take(Buffer.from(value.signed, "latin1"));
  }

  close(): Promise<void> {
    return this.#raised.close();
  }
}
