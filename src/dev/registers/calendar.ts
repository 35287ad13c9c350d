/*
 * Days are whole numbers since 1970-01-01 while the country is generated, ISO 8601 texts afterwards. The
 * country's records end on a fixed day, so that a seed gives the same country in every year.
 */
const daysPerEra = 146_097;
const daysToEpoch = 719_468;

/** `YYYY-MM-DD` as a day number. */
export function dayNumber(iso: string): number {
  return dayOf(Number(iso.slice(0, 4)), Number(iso.slice(5, 7)), Number(iso.slice(8)));
}

/** A day number as `YYYY-MM-DD`. In whole numbers, since `Date` took two thirds of the generation. */
export function isoDay(day: number): string {
  const shifted = day + daysToEpoch;
  const era = Math.floor(shifted / daysPerEra);
  const dayOfEra = shifted - era * daysPerEra;
  const leapDays =
    Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365);
  const dayOfYear = dayOfEra - daysBeforeYear(yearOfEra);
  const fromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  const year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0);
  return `${year}-${twoDigits[month]}-${twoDigits[dayOfYear - daysBeforeMonth(fromMarch) + 1]}`;
}

/** Years begin in March here, so that the leap day is the last of its year (proleptic Gregorian calendar). */
function dayOf(year: number, month: number, day: number): number {
  const marchYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(marchYear / 400);
  const dayOfYear = daysBeforeMonth((month + 9) % 12) + day - 1;
  return era * daysPerEra + daysBeforeYear(marchYear - era * 400) + dayOfYear - daysToEpoch;
}

function daysBeforeYear(yearOfEra: number): number {
  return yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100);
}

function daysBeforeMonth(fromMarch: number): number {
  return Math.floor((153 * fromMarch + 2) / 5);
}

const twoDigits: readonly string[] = Array.from({ length: 32 }, (_, i) => String(i).padStart(2, "0"));

/** The day on which the country's records end. */
export const lastDay = dayNumber("2026-10-31");

/** Years as days, near enough for invented lives. */
export function years(count: number): number {
  return Math.round(count * 365.25);
}

/** The birthday `count` years after a day of birth (1 March for a 29 February that does not exist). */
export function birthday(iso: string, count: number): string {
  return isoDay(
    dayNumber(`${Number(iso.slice(0, 4)) + count}${iso.slice(4, 8)}01`) + Number(iso.slice(8)) - 1,
  );
}

/** The months for which incomes are kept, oldest first: two years, `YYYY-MM`. */
export const incomeMonths: readonly string[] = Array.from({ length: 24 }, (_, i) => {
  const month = 2024 * 12 + 10 + i;
  return `${Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, "0")}`;
});
