import type { Logger } from "pino";
import type { Alarm, Health } from "../http/health-interface.ts";

/** How often alarms are looked for, milliseconds. */
const alarmInterval = 15_000;

/**
 * Lets alarms begin when their cause does, whether anybody asks or not.
 * @returns what ends it
 */
export function watchAlarms(health: () => Health, logger: Pick<Logger, "warn" | "error">): () => void {
  const tell = expiryTeller(logger);
  const look = () => {
    try {
      tell(health().alarms);
    } catch (err) {
      logger.error({ err }, "health cannot be told");
    }
  };
  const watch = setInterval(look, alarmInterval).unref();
  return () => clearInterval(watch);
}

/** Writes a line when a certificate comes to 30 days, 7 days, one day before its end, and when it has ended: once each. */
export function expiryTeller(logger: Pick<Logger, "warn">): (alarms: readonly Alarm[]) => void {
  const told = new Set<string>();
  return (alarms) => {
    for (const { code, about, detail, remedy } of alarms) {
      // The detail names stage and time: a new certificate is told anew.
      const stage = `${about} ${detail}`;
      if (code !== "certificate_expiring" || told.has(stage)) continue;
      told.add(stage);
      logger.warn({ about, detail, remedy }, "a certificate ends soon");
    }
  };
}
