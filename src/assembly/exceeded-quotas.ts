import type { Logger } from "pino";
import type { Clock } from "../core/clock.ts";
import type { ExceededQuota } from "../exchange/quota-watch.ts";
import type { Alarm } from "../http/health-interface.ts";

/** How long an alarm stands at least, milliseconds: a minute's quota would be forgotten before anybody looks. */
const standsFor = 15 * 60_000;

interface Standing extends ExceededQuota {
  readonly until: number;
}

/**
 * Tells the operator of agreements whose quota is exceeded by calls that pass all the same: an alarm for each agreement
 * and kind of window, and one line when it begins. Each node tells of its own calls; the counts are those of all.
 */
export class ExceededQuotas {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #standing = new Map<string, Standing>();

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  exceeded(exceeded: ExceededQuota): void {
    const { agreement, window, quota, ends } = exceeded;
    const key = `${agreement} ${window}`;
    const now = this.#clock.now();
    const before = this.#standing.get(key);
    if (before === undefined || before.until <= now)
      this.#logger.warn({ agreement, window, quota }, "an agreement's quota is exceeded");
    const counted = before?.ends === ends ? Math.max(before.counted, exceeded.counted) : exceeded.counted;
    this.#standing.set(key, { ...exceeded, counted, until: Math.max(ends, now + standsFor) });
  }

  alarms(): Alarm[] {
    const now = this.#clock.now();
    for (const [key, { until }] of this.#standing) if (until <= now) this.#standing.delete(key);
    return [...this.#standing.values()].map(({ agreement, window, quota, counted, ends }) => ({
      code: "quota_exceeded",
      severity: "warning",
      about: agreement,
      detail: `${counted} calls in the ${window} that ends at ${new Date(ends).toISOString()}; ${quota} are agreed`,
      remedy: "Talk to the consumer: agree on a higher quota, or have calls above it refused.",
    }));
  }
}
