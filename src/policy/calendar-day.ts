/** A calendar day of a time zone. */
export interface CalendarDay {
  /** `2026-11-22`. */
  readonly name: string;
  /** The first moment of the next day, milliseconds. */
  readonly ends: number;
}

const hour = 3_600_000;

/** The longest day that a time zone ever had, with some room. */
const longestDay = 50 * hour;

const formats = new Map<string, Intl.DateTimeFormat>();
/** The day of the last call, by zone: all calls but a day's first ask for it. */
const last = new Map<string, CalendarDay & { readonly asked: number }>();

/**
 * The day in which a time lies. Days of zones with daylight saving have 23 to 25 hours, and do not all begin at midnight:
 * where the next one begins is sought, not reckoned.
 * @param now milliseconds
 * @param timeZone of the IANA's list
 * @throws RangeError for a zone that is not known
 */
export function calendarDay(now: number, timeZone: string): CalendarDay {
  const known = last.get(timeZone);
  if (known !== undefined && known.asked <= now && now < known.ends) return known;
  const name = dayName(now, timeZone);
  let [inside, beyond] = [now, now + longestDay];
  while (beyond - inside > 1) {
    const middle = Math.floor((inside + beyond) / 2);
    if (dayName(middle, timeZone) === name) inside = middle;
    else beyond = middle;
  }
  const day = { name, ends: beyond, asked: now };
  last.set(timeZone, day);
  return day;
}

function dayName(time: number, timeZone: string): string {
  let format = formats.get(timeZone);
  if (format === undefined) {
    // Canada's form is the one of ISO 8601.
    format = new Intl.DateTimeFormat("en-CA", {
      timeZone,
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
    });
    formats.set(timeZone, format);
  }
  return format.format(time);
}
