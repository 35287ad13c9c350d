import { SealwayError } from "../core/errors.ts";
import type { GatewayServices } from "./gateway-services.ts";

/**
 * Refuses new exchanges while evidence could not be made good: messages have waited too long for their time-stamp.
 * @throws SealwayError `timestamping_overdue`
 */
export function checkAble(services: GatewayServices): void {
  const lag = services.log.timestampLag();
  if (lag <= services.timestampMaxLag()) return;
  throw new SealwayError(
    "timestamping_overdue",
    `the oldest message has waited ${Math.round(lag / 60_000)} minutes for its time-stamp`,
  );
}
