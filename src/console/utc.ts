/** What browsers send of a moment (`2026-11-22T10:00`), read as UTC, as the API takes it; anything else as it came. */
export function inUtc(local: string): string {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(local) ? `${local}:00Z` : local;
}

/** The beginning of a day (`2026-11-22`), or of one so many days later; what is no day as it came. */
export function dayInUtc(day: string, later: number): string {
  const at = /^\d{4}-\d\d-\d\d$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN;
  // `Date.parse` makes of the 30th of February one of March.
  const isDay = !Number.isNaN(at) && new Date(at).toISOString().startsWith(day);
  return isDay ? new Date(at + later * 86_400_000).toISOString() : day;
}
