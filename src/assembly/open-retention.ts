import type { Logger } from "pino";
import type { Clock } from "../core/clock.ts";
import type { MemberSeal } from "../exchange/gateway-services.ts";
import type { Alarm } from "../http/health-interface.ts";
import type { DurableMessageLog } from "../messagelog/message-log.ts";
import { parseRetentionOrder } from "../messagelog/retention/parse-retention-order.ts";
import { RetentionOffice } from "../messagelog/retention/retention-office.ts";
import { RetentionSchedule } from "../messagelog/retention/retention-schedule.ts";
import { afterTimeout } from "../pki/ocsp-stapler.ts";
import type { Casework } from "./casework.ts";
import type { Close } from "./open-doors.ts";
import { timestampSources } from "./open-log.ts";
import type { Offices } from "./open-offices.ts";
import { takeOrders } from "./order-socket.ts";
import { retentionTools, spelledOut, timeOfAuthority } from "./retention-tools.ts";
import type { ServerConfiguration } from "./server-configuration.ts";
import type { TrustInUse } from "./trust-in-use.ts";

export interface RetentionOptions {
  readonly configuration: ServerConfiguration;
  readonly log: DurableMessageLog;
  readonly seals: ReadonlyMap<string, MemberSeal>;
  readonly trust: TrustInUse;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Take all other orders. */
  readonly offices: Offices;
  /** Places holds. */
  readonly casework: Casework;
  /** Takes what ends each part. */
  readonly opened: Close[];
}

/** Erasures and holds of a running server. */
export interface Retention {
  alarms(): Alarm[];
}

/**
 * Finishes what an earlier run began to erase, then has due keys destroyed each day and takes orders of commands.
 * @throws Error when the erasures or holds in the log cannot be read
 */
export async function openRetention(options: RetentionOptions): Promise<Retention> {
  const { configuration, log, seals, trust, clock, logger, offices, casework, opened } = options;
  const signers = { get: (member: string) => seals.get(member)?.signer };
  const trustedTime = timeOfAuthority(() => timestampSources(trust, clock));
  const tools = retentionTools({ ...log.content, configuration, log, signers, clock, trustedTime });
  const office = new RetentionOffice(tools);
  const finished = await office.start();
  if (finished > 0)
    logger.warn({ keys: finished }, "keys that were stated as destroyed were there; they are gone");
  const schedule = new RetentionSchedule({
    run: () => office.runDue(),
    ...{ runAt: configuration.retention.runAt, clock, after: afterTimeout },
    done: (report) => logger.info(report, "keys whose time had come are destroyed"),
    failed: (err) => logger.error({ err }, "keys whose time has come cannot be destroyed"),
  });
  opened.push(() => schedule.close());
  opened.push(() => casework.stop());
  await casework.start(office);
  const orders = await takeOrders(configuration.stateDirectory, async (order) => {
    for (const execute of offices.all) {
      const done = execute(order);
      if (done !== undefined) return done;
    }
    return office.execute(await spelledOut(parseRetentionOrder(order), configuration));
  });
  opened.push(() => orders?.close());
  if (orders === undefined)
    logger.warn("the path of stateDirectory is too long for orders to the running server");
  return {
    alarms: () => [
      ...retentionAlarms(office, schedule.failingSince),
      ...casework.alarms(),
      ...offices.emergencies.alarms(),
    ],
  };
}

function retentionAlarms(office: RetentionOffice, failingSince: number | undefined): Alarm[] {
  const { late, stale } = office.state();
  const alarms: Alarm[] = [];
  if (failingSince !== undefined || late > 0) {
    const since = failingSince === undefined ? "" : ` since ${new Date(failingSince).toISOString()}`;
    const detail = `keys whose time has come cannot be destroyed${since}`;
    const remedy =
      "Look at the vault's disk, the time-stamping authorities, the seals and the server's clock.";
    alarms.push({ code: "retention_failing", severity: "warning", detail, remedy });
  }
  for (const about of stale) {
    const detail = `nobody has reviewed the legal hold of case ${about} in time`;
    const remedy =
      "Ask the authority whether it is needed still; lift it, or place it anew with another date.";
    alarms.push({ code: "hold_review_due", severity: "warning", about, detail, remedy });
  }
  return alarms;
}
