import type { Language } from "../languages.ts";

/** A moment in the words of a language, to the second, in the portal's time zone. @param time milliseconds or RFC 3339 */
export function momentIn(language: Language, time: number | string): string {
  return new Intl.DateTimeFormat(localeOf(language), {
    ...{ year: "numeric", month: "long", day: "numeric" },
    ...{ hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "short" },
  }).format(new Date(time));
}

/** A day, in UTC, as what lasts for days is counted. @param time milliseconds since the epoch */
export function dayIn(language: Language, time: number): string {
  const day = { year: "numeric", month: "long", day: "numeric", timeZone: "UTC" } as const;
  return new Intl.DateTimeFormat(localeOf(language), day).format(new Date(time));
}

/** A month. @param month `YYYY-MM` */
export function monthIn(language: Language, month: string): string {
  const options = { year: "numeric", month: "long", timeZone: "UTC" } as const;
  return new Intl.DateTimeFormat(localeOf(language), options).format(new Date(`${month}-01T00:00:00Z`));
}

/** English dates with the day first, as most who read them write them. */
function localeOf(language: Language): string {
  return language === "en" ? "en-GB" : language;
}
