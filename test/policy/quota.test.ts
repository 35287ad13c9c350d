import t from "tap";
import { rateHeaders } from "../../src/exchange/rate-headers.ts";
import { calendarDay } from "../../src/policy/calendar-day.ts";
import {
  type QuotaTerms,
  quotaUses,
  quotaWindows,
  ratesOf,
  secondsLeft,
  spentRate,
} from "../../src/policy/quota.ts";
import { clients, services } from "../exchange/country/plan.ts";

/* In which windows a call is counted, what is left of them, and what is told of it. */

const noon = Date.UTC(2026, 10, 22, 12, 0, 30, 250);
const terms: QuotaTerms = {
  consumer: clients.benefits,
  service: services.open.id,
  described: { perMinute: 10, perDay: 1000 },
  agreed: { id: "benefits-open", quota: { perMinute: 5, over: "block" } },
  sight: "ordinary",
};

t.test("minutes begin with the clock's, days with the time zone's", async (t) => {
  const windows = quotaWindows(terms, noon, "UTC");
  t.match(windows, [
    { window: "minute", by: "service", over: "block", quota: 10, length: 60 },
    { window: "day", by: "service", over: "block", quota: 1000, length: 86_400 },
    { window: "minute", by: "agreement", over: "block", quota: 5, length: 60 },
  ]);
  t.strictSame(
    windows.map(({ ends }) => new Date(ends).toISOString()),
    ["2026-11-22T12:01:00.000Z", "2026-11-23T00:00:00.000Z", "2026-11-22T12:01:00.000Z"],
  );
  const [, day] = quotaWindows(terms, noon, "Europe/Tallinn");
  t.equal(new Date(day!.ends).toISOString(), "2026-11-22T22:00:00.000Z");
  t.strictSame(
    windows.map((window) => secondsLeft(window, noon)),
    [30, 43_170, 30],
  );
});

t.test("a counter is named by its window, its consumer and what limits it", async (t) => {
  const names = (changed: Partial<QuotaTerms> = {}, now = noon, zone = "UTC") =>
    quotaWindows({ ...terms, ...changed }, now, zone).map(({ counter }) => counter);
  const usual = names();
  t.equal(new Set(usual).size, 3);
  for (const name of usual) t.match(name, /^quota\/(?:service|agreement)\/[0-9TZ:-]+\/[A-Za-z0-9_-]{43}$/);
  t.strictSame(names({}, noon + 29_000), usual, "the same minute");
  t.not(names({}, noon + 30_000)[0], usual[0], "the next one");
  t.equal(names({}, noon + 30_000)[1], usual[1], "of the same day");
  const apart: Partial<QuotaTerms>[] = [
    { consumer: clients.inspection },
    { service: services.small.id },
    { sight: "restricted" },
  ];
  for (const changed of apart) {
    t.equal(new Set([...usual, ...names(changed)]).size, 6, JSON.stringify(changed));
  }
  const another = names({ agreed: { id: "another", quota: { perMinute: 5, over: "block" } } });
  t.strictSame(
    another.slice(0, 2),
    usual.slice(0, 2),
    "what the service grants a consumer is for all agreements",
  );
  t.not(another[2], usual[2]);
});

t.test("the stricter window of each kind is told", async (t) => {
  const windows = quotaWindows(terms, noon, "UTC");
  t.match(ratesOf(windows, [1, 1, 1]), [
    { window: "minute", quota: 5, remaining: 4 },
    { window: "day", quota: 1000, remaining: 999 },
  ]);
  t.match(ratesOf(windows, [9, 9, 1]), [{ quota: 10, remaining: 1 }, { remaining: 991 }]);
  t.strictSame(ratesOf([], []), []);
  t.equal(spentRate(windows[0]!).remaining, 0);
});

t.test(
  "a quota that is only watched is counted without an end, and nothing is left below nothing",
  async (t) => {
    const agreed = { id: "benefits-open", quota: { perDay: 3, over: "alert" } } as const;
    const windows = quotaWindows({ ...terms, described: undefined, agreed }, noon, "UTC");
    t.match(quotaUses(windows), [{ limit: Number.MAX_SAFE_INTEGER, expires: Date.UTC(2026, 10, 23, 1) }]);
    t.match(ratesOf(windows, [7]), [{ quota: 3, remaining: 0 }]);
    t.strictSame(quotaWindows({ ...terms, described: undefined, agreed: undefined }, noon, "UTC"), []);
  },
);

t.test("days of zones with daylight saving are as long as they are", async (t) => {
  const ends = (now: string, zone: string) => {
    const { name, ends } = calendarDay(Date.parse(now), zone);
    return [name, new Date(ends).toISOString()];
  };
  t.strictSame(ends("2026-03-29T10:00:00Z", "Europe/Tallinn"), ["2026-03-29", "2026-03-29T21:00:00.000Z"]);
  t.strictSame(ends("2026-03-28T22:00:00Z", "Europe/Tallinn"), ["2026-03-29", "2026-03-29T21:00:00.000Z"]);
  t.strictSame(ends("2026-10-24T21:00:00Z", "Europe/Tallinn"), ["2026-10-25", "2026-10-25T22:00:00.000Z"]);
  // Where clocks go forward at midnight the day begins at one o'clock.
  t.strictSame(ends("2026-09-05T12:00:00Z", "America/Santiago"), ["2026-09-05", "2026-09-06T04:00:00.000Z"]);
  // Samoa had no 30 December 2011.
  t.strictSame(ends("2011-12-30T09:59:59Z", "Pacific/Apia"), ["2011-12-29", "2011-12-30T10:00:00.000Z"]);
  t.strictSame(ends("2011-12-30T10:00:00Z", "Pacific/Apia"), ["2011-12-31", "2011-12-31T10:00:00.000Z"]);
  t.strictSame(ends("2026-01-01T00:00:00Z", "UTC"), ["2026-01-01", "2026-01-02T00:00:00.000Z"]);
  t.strictSame(ends("2025-12-31T23:59:59.999Z", "UTC"), ["2025-12-31", "2026-01-01T00:00:00.000Z"], "back");
  t.throws(() => calendarDay(0, "Mars/Olympus"), RangeError);
});

t.test("what an answer tells of quotas, in both drafts of the headers", async (t) => {
  t.strictSame(rateHeaders([], noon), []);
  const rates = ratesOf(quotaWindows(terms, noon, "UTC"), [2, 300, 3]);
  t.strictSame(rateHeaders(rates, noon), [
    ["RateLimit-Limit", "5"],
    ["RateLimit-Remaining", "2"],
    ["RateLimit-Reset", "30"],
    ["RateLimit-Policy", '"minute";q=5;w=60, "day";q=1000;w=86400'],
    ["RateLimit", '"minute";r=2;t=30, "day";r=700;t=43170'],
  ]);
  const equal = ratesOf(quotaWindows(terms, noon, "UTC"), [10, 1000, 5]);
  t.strictSame(rateHeaders(equal, noon).slice(0, 3), [
    ["RateLimit-Limit", "1000"],
    ["RateLimit-Remaining", "0"],
    ["RateLimit-Reset", "43170"],
  ]);
  t.equal(secondsLeft({ ends: noon }, noon), 1, "never at once");
});
