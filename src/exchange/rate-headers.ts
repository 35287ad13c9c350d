import type { HeaderLine } from "../message/head.ts";
import { type Rate, secondsLeft } from "../policy/quota.ts";

/**
 * What an answer tells of the quotas that it was counted in: `RateLimit-Limit`, `-Remaining`, `-Reset` of the window that
 * is nearest to its end (draft-ietf-httpapi-ratelimit-headers-06), and all of them as `RateLimit-Policy` and `RateLimit`
 * (draft 10 of the same).
 * @param now milliseconds
 */
export function rateHeaders(rates: readonly Rate[], now: number): HeaderLine[] {
  const [nearest] = rates.toSorted((one, other) => one.remaining - other.remaining || other.ends - one.ends);
  if (nearest === undefined) return [];
  const policies = rates.map(({ window, quota, length }) => `"${window}";q=${quota};w=${length}`);
  const states = rates.map((rate) => `"${rate.window}";r=${rate.remaining};t=${secondsLeft(rate, now)}`);
  return [
    ["RateLimit-Limit", String(nearest.quota)],
    ["RateLimit-Remaining", String(nearest.remaining)],
    ["RateLimit-Reset", String(secondsLeft(nearest, now))],
    ["RateLimit-Policy", policies.join(", ")],
    ["RateLimit", states.join(", ")],
  ];
}

const told = /^(?:retry-after|ratelimit(?:-[a-z]+)?)$/i;

/** The lines of a refusal's verified head (a peer may still be hostile) that say when to try again. */
export function retryLines(lines: readonly HeaderLine[]): HeaderLine[] {
  return lines.filter(([name, value]) => told.test(name) && value.length <= 200);
}
