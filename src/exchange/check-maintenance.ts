import { SealwayError } from "../core/errors.ts";
import type { HeaderLine } from "../message/head.ts";
import type { SecurityServer } from "../trust/global-configuration.ts";
import { maintenanceOf } from "../trust/maintenance.ts";

/** Seconds after which to ask again when nobody knows the end, and the most that anybody is told to wait. */
const unknownEnd = 60;
const longest = 3_600;

/** The provider's security server is in maintenance: nothing was sent to it, or done by it. */
export class MaintenanceError extends SealwayError {
  /** Seconds. */
  readonly retryAfter: number;

  constructor(detail: string, retryAfter: number) {
    super("server_in_maintenance", detail);
    this.retryAfter = retryAfter;
  }
}

/**
 * Whether a server takes new exchanges, by the configuration.
 * @param now milliseconds
 * @throws MaintenanceError with the notice of the server's operator
 */
export function checkMaintenance(server: SecurityServer, now: number): void {
  const maintenance = maintenanceOf(server, now);
  if (maintenance === undefined) return;
  const { notice, until } = maintenance;
  const seconds = until === null ? unknownEnd : Math.ceil((until - now) / 1000);
  const end = until === null ? "" : `, until ${new Date(until).toISOString()}`;
  throw new MaintenanceError(`${server.id}${end}: ${notice}`, Math.min(Math.max(seconds, 1), longest));
}

/** When to try again, as a refusal or fault says it in its head. */
export function retryAfterLines(error: SealwayError): HeaderLine[] {
  return error instanceof MaintenanceError ? [["Retry-After", String(error.retryAfter)]] : [];
}
