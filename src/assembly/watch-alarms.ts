import type { Logger } from "pino";
import type { Health } from "../http/health-interface.ts";

/** How often alarms are looked for, milliseconds. */
const alarmInterval = 15_000;

/**
 * Lets alarms begin when their cause does, whether anybody asks or not.
 * @returns what ends it
 */
export function watchAlarms(health: () => Health, logger: Logger): () => void {
  const look = () => {
    try {
      health();
    } catch (err) {
      logger.error({ err }, "health cannot be told");
    }
  };
  const watch = setInterval(look, alarmInterval).unref();
  return () => clearInterval(watch);
}
