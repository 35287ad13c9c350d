import { UsageError } from "./arguments.ts";

/**
 * Reads a day, such as 2027-06-30.
 * @returns its beginning in UTC, milliseconds
 * @throws UsageError for what is no day
 */
export function readDay(flag: string, text: string): number {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  // `Date.parse` makes of the 30th of February one of March.
  if (Number.isNaN(time) || !new Date(time).toISOString().startsWith(text))
    throw new UsageError(`--${flag} ${text} is no date`, "Write 2027-06-30.");
  return time;
}
