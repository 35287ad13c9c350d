import type { Clock } from "../core/clock.ts";
import type { ContextKeeper } from "../exchange/context-keeper.ts";
import type { DurableMessageLog } from "../messagelog/message-log.ts";
import { RenewalSchedule } from "../messagelog/renewal/renewal-schedule.ts";
import { renewalSteps } from "../messagelog/renewal/renewal-thread.ts";
import { defaultRenewalRules } from "../messagelog/renewal/token-ages.ts";
import { afterTimeout } from "../pki/ocsp-stapler.ts";
import { obtainTimestamp } from "../pki/timestamp-client.ts";
import type { TimestampStanding } from "../pki/timestamp-standing.ts";
import { logAddress } from "./log-store.ts";
import { timestampSources } from "./open-log.ts";
import { endRenewalOrder, readRenewalOrder } from "./renewal-orders.ts";
import type { ServerConfiguration } from "./server-configuration.ts";
import type { TrustInUse } from "./trust-in-use.ts";

export interface RenewalOptions {
  readonly configuration: ServerConfiguration;
  readonly log: DurableMessageLog;
  readonly context: ContextKeeper;
  readonly trust: TrustInUse;
  readonly standing: TimestampStanding;
  readonly clock: Clock;
}

/** Renews time-stamps of a running server before they age, and what is ordered of it. */
export function startRenewal({
  configuration,
  log,
  context,
  trust,
  standing,
  clock,
}: RenewalOptions): RenewalSchedule {
  const { stateDirectory } = configuration;
  const keepConfiguration = async () => {
    const inForce = trust.snapshot().configuration;
    await context.keep(inForce, undefined, null);
    return inForce.sha256;
  };
  const schedule = new RenewalSchedule({
    steps: (order) => {
      const anchors = trust.index().timestampingAuthorities.map(({ certificate }) => certificate.der);
      return renewalSteps(logAddress(configuration), { order, anchors, at: clock.now() });
    },
    desk: {
      keep: (document) => log.keep(document),
      stamp: (imprint, others) => obtainTimestamp(imprint, timestampSources(trust, clock, standing), others),
      configuration: keepConfiguration,
      clock,
    },
    rules: defaultRenewalRules,
    orders: {
      waiting: () => readRenewalOrder(stateDirectory),
      done: () => endRenewalOrder(stateDirectory),
    },
    holdsSealing: () => log.holdsSealing(),
    clock,
    after: afterTimeout,
  });
  schedule.start();
  return schedule;
}
