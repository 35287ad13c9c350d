import { sha256, toBase64Url } from "../core/bytes.ts";
import type { ClientId, ServiceId } from "../core/ids.ts";
import { calendarDay } from "./calendar-day.ts";

/** How many calls there may be in a calendar minute (UTC), and on a calendar day of the instance's time zone. */
export interface Quota {
  readonly perMinute?: number;
  readonly perDay?: number;
}

/** What becomes of a call above it: it is refused, or it passes and the operator is told. */
export interface AgreedQuota extends Quota {
  readonly over: "block" | "alert";
}

/** Whose limits hold for a call. The stricter one wins: both are counted. */
export interface QuotaTerms {
  readonly consumer: ClientId;
  readonly service: ServiceId;
  /** The service description's, for each consumer; calls above it are refused. */
  readonly described: Quota | undefined;
  /** The agreement by which the call is. */
  readonly agreed: { readonly id: string; readonly quota: AgreedQuota } | undefined;
  /** Restricted calls are counted apart, with limits as high: nothing that is told of the others depends on them. */
  readonly sight: "ordinary" | "restricted";
}

/** One window in which a call is counted. */
export interface QuotaWindow {
  readonly window: "minute" | "day";
  readonly by: "service" | "agreement";
  readonly over: AgreedQuota["over"];
  /** Names the window, consumer and service, or agreement; nobody else's calls are counted there. */
  readonly counter: string;
  readonly quota: number;
  /** Nominal length, seconds. */
  readonly length: number;
  /** Milliseconds. */
  readonly ends: number;
}

/** What is left of a window. */
export interface Rate extends Pick<QuotaWindow, "window" | "quota" | "length" | "ends"> {
  readonly remaining: number;
}

const minute = 60_000;
/** A use may be given back some time after its window has ended. */
const keptAfter = 3_600_000;

/**
 * The windows in which a call at a time is counted; none where nothing limits it.
 * @param now milliseconds @param timeZone of days, IANA's name
 */
export function quotaWindows(terms: QuotaTerms, now: number, timeZone: string): QuotaWindow[] {
  const { consumer, service, described, agreed, sight } = terms;
  if (described === undefined && agreed === undefined) return [];
  const windows: QuotaWindow[] = [];
  if (described !== undefined) {
    const name = { by: "service", over: "block", key: digest([sight, consumer, service]) } as const;
    windows.push(...windowsOf(described, name, now, timeZone));
  }
  if (agreed !== undefined) {
    const { id, quota } = agreed;
    const name = { by: "agreement", over: quota.over, key: digest([sight, consumer, service, id]) } as const;
    windows.push(...windowsOf(quota, name, now, timeZone));
  }
  return windows;
}

/** The counters of windows as a record uses them: where calls above the quota pass, they are counted all the same. */
export function quotaUses(windows: readonly QuotaWindow[]) {
  return windows.map(({ counter, over, quota, ends }) => {
    return { counter, limit: over === "block" ? quota : Number.MAX_SAFE_INTEGER, expires: ends + keptAfter };
  });
}

/** Counters that count calls of quotas begin so. */
export const quotaCounters = "quota/";

/** What is left of each kind of window: of the agreement's or the service's, whatever is stricter. */
export function ratesOf(windows: readonly QuotaWindow[], counts: readonly number[]): Rate[] {
  const strictest = new Map<QuotaWindow["window"], Rate>();
  for (const [i, { window, quota, length, ends }] of windows.entries()) {
    const rate = { window, quota, length, ends, remaining: Math.max(0, quota - counts[i]!) };
    const other = strictest.get(window);
    if (other === undefined || rate.remaining < other.remaining) strictest.set(window, rate);
  }
  return [...strictest.values()];
}

/** What is left of a window whose quota is used up. */
export function spentRate({ window, quota, length, ends }: QuotaWindow): Rate {
  return { window, quota, length, ends, remaining: 0 };
}

/** Whole seconds until a window ends, at least one. */
export function secondsLeft({ ends }: Pick<QuotaWindow, "ends">, now: number): number {
  return Math.max(1, Math.ceil((ends - now) / 1000));
}

interface Name extends Pick<QuotaWindow, "by" | "over"> {
  readonly key: string;
}

function* windowsOf(
  { perMinute, perDay }: Quota,
  { by, over, key }: Name,
  now: number,
  timeZone: string,
): Generator<QuotaWindow> {
  if (perMinute !== undefined) {
    const begins = now - (now % minute);
    const counter = `${quotaCounters}${by}/${new Date(begins).toISOString().slice(0, 16)}Z/${key}`;
    yield { window: "minute", by, over, counter, quota: perMinute, length: 60, ends: begins + minute };
  }
  if (perDay !== undefined) {
    const { name, ends } = calendarDay(now, timeZone);
    const counter = `${quotaCounters}${by}/${name}/${key}`;
    yield { window: "day", by, over, counter, quota: perDay, length: 86_400, ends };
  }
}

const digests = new Map<string, string>();
const mostDigests = 10_000;

/** Names are longer than a counter's may be. */
function digest(parts: readonly string[]): string {
  const text = parts.join("\n");
  let known = digests.get(text);
  if (known === undefined) {
    known = toBase64Url(sha256(text));
    if (digests.size >= mostDigests) digests.clear();
    digests.set(text, known);
  }
  return known;
}
