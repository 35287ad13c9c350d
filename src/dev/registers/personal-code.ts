import { dayNumber, isoDay } from "./calendar.ts";
import { checkDigit } from "./check-digit.ts";

export type Sex = "female" | "male";

/**
 * The 11-digit code of a person: century and sex, year, month, day, serial number of the day, check digit.
 * @param born `YYYY-MM-DD`, 1800 to 2199
 * @param serial 0 to 999
 */
export function personalCode(sex: Sex, born: string, serial: number): string {
  const century = (Number(born.slice(0, 2)) - 18) * 2 + (sex === "male" ? 1 : 2);
  const digits = `${century}${born.slice(2, 4)}${born.slice(5, 7)}${born.slice(8)}${String(serial).padStart(3, "0")}`;
  return digits + checkDigit(digits);
}

/** Whether a caller's text has the form of a personal code: a day that exists and the right check digit. */
export function isPersonalCode(text: string): boolean {
  if (!/^[1-8]\d{10}$/.test(text) || checkDigit(text.slice(0, 10)) !== Number(text[10])) return false;
  const born = birthOf(text);
  const day = dayNumber(born);
  return !Number.isNaN(day) && isoDay(day) === born;
}

/** The day of birth that a personal code states, `YYYY-MM-DD`. */
export function birthOf(code: string): string {
  const century = 18 + Math.floor((Number(code[0]) - 1) / 2);
  return `${century}${code.slice(1, 3)}-${code.slice(3, 5)}-${code.slice(5, 7)}`;
}

/** The sex that a personal code states. */
export function sexOf(code: string): Sex {
  return Number(code[0]) % 2 === 1 ? "male" : "female";
}
