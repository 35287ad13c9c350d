import { startOfDay } from "../core/day.ts";
import { UsageError } from "./arguments.ts";

/**
 * Reads a day, such as 2027-06-30.
 * @returns its beginning in UTC, milliseconds
 * @throws UsageError for what is no day
 */
export function readDay(flag: string, text: string): number {
  const time = startOfDay(text);
  if (time === undefined) throw new UsageError(`--${flag} ${text} is no date`, "Write 2027-06-30.");
  return time;
}
