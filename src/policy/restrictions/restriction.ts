import { isDryRun } from "../is-dry-run.ts";
import type { RestrictionAct } from "./restriction-act.ts";

/** A restriction as its newest act left it. */
export interface Restriction {
  readonly act: RestrictionAct;
  /** Digests (base64url) of all acts on it, oldest first. */
  readonly acts: readonly string[];
}

/** What of an exchange decides whether a restriction covers it. */
export interface CoverableExchange {
  readonly exchangeId: string;
  readonly consumer: string | null;
  readonly service: string | null;
  /** Its id alone; null for an exchange without one, which no restriction covers. */
  readonly purpose: string | null;
  /** When its request was recorded, milliseconds. */
  readonly time: number;
}

/**
 * Whether a restriction holds. A missed review lifts it by itself: where nobody says any more that the person must not
 * see, the person sees.
 */
export function isInForce({ act: { state, reviewBy } }: Restriction, now: number): boolean {
  return state !== "lifted" && now < reviewBy;
}

/**
 * The restriction that covers an exchange now; undefined when the person and everybody else may see it.
 * @param now milliseconds: it is asked anew at every look, so that a lift takes effect on the next one
 */
export function coveredBy(
  exchange: CoverableExchange,
  restrictions: Iterable<Restriction>,
  now: number,
): Restriction | undefined {
  for (const restriction of restrictions) {
    if (covers(restriction.act, exchange) && isInForce(restriction, now)) return restriction;
  }
  return undefined;
}

function covers({ covers: use, from, until }: RestrictionAct, exchange: CoverableExchange): boolean {
  const { consumer, service, purpose, time } = exchange;
  if (use.consumer !== consumer || !isUseOf(service, use.service) || use.purpose !== purpose) return false;
  if (use.exchanges.length > 0) return use.exchanges.includes(exchange.exchangeId);
  return time >= from && (until === null || time < until);
}

/** A dry run says for which purpose it was, and at which subsystem: there it could have been of this service. */
function isUseOf(service: string | null, restricted: string): boolean {
  if (service === null || !isDryRun(service)) return service === restricted;
  return subsystemOf(service) === subsystemOf(restricted);
}

function subsystemOf(service: string): string {
  return service.slice(0, service.lastIndexOf("/"));
}
