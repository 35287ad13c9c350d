import type { ErrorCode } from "../core/error-codes.ts";
import { SealwayError } from "../core/errors.ts";
import type { HeaderLine } from "../message/head.ts";
import type { Agreement } from "../policy/agreement.ts";
import {
  type AgreedQuota,
  type QuotaWindow,
  quotaWindows,
  ratesOf,
  secondsLeft,
  spentRate,
} from "../policy/quota.ts";
import { raised } from "../policy/quota-raise.ts";
import type { GatewayServices } from "./gateway-services.ts";
import { DenialError } from "./problem.ts";
import type { ProviderExchange } from "./provider-exchange.ts";
import { rateHeaders } from "./rate-headers.ts";
import type { UsedUpError } from "./record.ts";
import { isRestrictedRequest } from "./restriction-of.ts";

/**
 * The windows in which the call is counted, at this moment. Emergency access waits for no quota.
 * @param agreement by which it is, or would have been
 */
export function quotasOf(x: ProviderExchange, agreement: Agreement | null): QuotaWindow[] {
  const { document } = x.verified;
  if (document.emergency !== null) return [];
  const { description, services, trust } = x;
  const now = services.clock.now();
  const terms = {
    consumer: document.client,
    service: document.service.id,
    described: description?.document.quota,
    agreed:
      agreement?.quota === undefined ? undefined : raisedQuota(services, agreement.id, agreement.quota, now),
    sight: isRestrictedRequest(x) ? ("restricted" as const) : ("ordinary" as const),
  };
  return quotaWindows(terms, now, trust.configuration.parameters.timeZone);
}

function raisedQuota({ quotaWatch }: GatewayServices, id: string, quota: AgreedQuota, now: number) {
  return { id, quota: raised(quota, quotaWatch.raisesOf(id), now) };
}

/** Notes what is left once the call is counted, and tells of what was only watched. */
export function countQuotas(
  x: ProviderExchange,
  agreement: Agreement | null,
  quotas: readonly QuotaWindow[],
): void {
  const counts = x.recorded?.uses ?? [];
  x.rates = ratesOf(quotas, counts);
  if (agreement === null || isRestrictedRequest(x)) return;
  for (const [i, { window, quota, ends }] of quotas.entries()) {
    const counted = counts[i]!;
    if (counted > quota)
      x.services.quotaWatch.exceeded({ agreement: agreement.id, window, quota, counted, ends });
  }
}

/** Why a call is refused that would use something that is used up. */
export function usedUp(
  x: ProviderExchange,
  quotas: readonly QuotaWindow[],
  { counter }: UsedUpError,
): SealwayError {
  const spent = quotas.find((quota) => quota.counter === counter);
  if (spent !== undefined) {
    x.rates = [spentRate(spent)];
    const { by, quota, window } = spent;
    return new DenialError(
      "quota_exceeded",
      `${by}.quota`,
      `${quota} a ${window}; the next one begins at ${new Date(spent.ends).toISOString()}`,
    );
  }
  return new SealwayError("internal_error", "a counter of nobody's is used up");
}

/** Headers of an answer, refusal or fault that tell of quotas; `Retry-After` where one is used up. */
export function quotaHeaders(x: ProviderExchange, code: ErrorCode | null): HeaderLine[] {
  const now = x.services.clock.now();
  const lines = rateHeaders(x.rates, now);
  const [spent] = x.rates;
  if (code === "quota_exceeded" && spent !== undefined)
    lines.push(["Retry-After", String(secondsLeft(spent, now))]);
  return lines;
}

/** Faults that say that the information system heard nothing of the call. */
const neverCalled: ReadonlySet<ErrorCode> = new Set([
  "service_busy",
  "service_unreachable",
  "target_not_allowed",
  "deadline_exceeded",
]);

/** What the record of a fault gives back. */
export function usesGivenBack({ counted }: ProviderExchange, code: ErrorCode): readonly string[] {
  return neverCalled.has(code) ? counted : [];
}
