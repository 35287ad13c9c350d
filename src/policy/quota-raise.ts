import { SealwayError } from "../core/errors.ts";
import type { Quota } from "./quota.ts";

/** A higher quota of an agreement for a while, as two officers of the provider's server state it. */
export interface QuotaRaise extends Quota {
  readonly instance: string;
  /** The provider's security server. */
  readonly server: string;
  readonly agreement: string;
  readonly reason: string;
  /** When it was stated, and until when it holds, milliseconds. */
  readonly time: number;
  readonly until: number;
}

/** Longest time that a raise holds, milliseconds. */
export const longestRaise = 24 * 3_600_000;

type Check = (value: unknown) => boolean;

const text =
  (pattern: RegExp): Check =>
  (value) =>
    typeof value === "string" && pattern.test(value);
const time: Check = (value) => Number.isSafeInteger(value) && (value as number) > 0;
const calls =
  (most: number): Check =>
  (value) =>
    value === undefined ||
    (Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= most);

const members: Readonly<Record<string, Check>> = {
  instance: text(/^.{1,100}$/),
  server: text(/^.{1,1024}$/),
  agreement: text(/^[A-Za-z0-9._:~-]{1,100}$/),
  reason: text(/^[^\p{Cc}]{10,500}$/u),
  time,
  until: time,
  perMinute: calls(10_000_000),
  perDay: calls(10_000_000_000),
};

/**
 * Reads what the officers signed.
 * @throws SealwayError `malformed_statement` naming the member; also for one that holds longer than `longestRaise`, or
 *   raises nothing
 */
export function parseQuotaRaise(payload: Readonly<Record<string, unknown>>): QuotaRaise {
  const wrong = Object.entries(members).find(([name, check]) => !check(payload[name]))?.[0];
  const unknown = Object.keys(payload).find((name) => !Object.hasOwn(members, name));
  if (wrong !== undefined || unknown !== undefined)
    throw new SealwayError("malformed_statement", `the raise of a quota: ${wrong ?? unknown} cannot be used`);
  const raise = payload as unknown as QuotaRaise;
  if (raise.until <= raise.time || raise.until - raise.time > longestRaise)
    throw new SealwayError("malformed_statement", "the raise of a quota holds for up to 24 hours");
  if (raise.perMinute === undefined && raise.perDay === undefined)
    throw new SealwayError("malformed_statement", "the raise of a quota names neither perMinute nor perDay");
  return raise;
}

/** A quota as it is raised; it is never lowered, and a window that it does not limit stays without a limit. */
export function raised<Stated extends Quota>(
  quota: Stated,
  raises: readonly QuotaRaise[],
  now: number,
): Stated {
  let { perMinute, perDay } = quota;
  for (const raise of raises) {
    if (now < raise.time || now >= raise.until) continue;
    if (perMinute !== undefined) perMinute = Math.max(perMinute, raise.perMinute ?? 0);
    if (perDay !== undefined) perDay = Math.max(perDay, raise.perDay ?? 0);
  }
  return {
    ...quota,
    ...(perMinute !== undefined && { perMinute }),
    ...(perDay !== undefined && { perDay }),
  };
}
