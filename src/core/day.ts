/**
 * The beginning in UTC of a day such as `2027-06-30`, milliseconds; undefined for a text of another form and for a day
 * that no calendar has: `Date.parse` makes of the 30th of February one of March.
 */
export function startOfDay(day: string): number | undefined {
  const time = /^\d{4}-\d\d-\d\d$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN;
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(day) ? time : undefined;
}
