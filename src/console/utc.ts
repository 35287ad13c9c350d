import { startOfDay } from "../core/day.ts";

/** What browsers send of a moment (`2026-11-22T10:00`), read as UTC, as the API takes it; anything else as it came. */
export function inUtc(local: string): string {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(local) ? `${local}:00Z` : local;
}

/** The beginning of a day (`2026-11-22`), or of one so many days later; what is no day as it came. */
export function dayInUtc(day: string, later: number): string {
  const time = startOfDay(day);
  return time === undefined ? day : new Date(time + later * 86_400_000).toISOString();
}
