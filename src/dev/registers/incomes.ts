import type { Random } from "../random.ts";
import { incomeMonths } from "./calendar.ts";
import type { Company } from "./companies.ts";
import type { Person } from "./person.ts";

const months = incomeMonths.length;
const firstMonth = incomeMonths[0]!;

/** What one employer paid one person in one month (`YYYY-MM`), in cents of the euro. */
export interface Income {
  readonly month: string;
  readonly employer: string;
  readonly grossCents: number;
  readonly taxCents: number;
}

/** Wages of everybody, two flat arrays of people × months; a gross of 0 is a month without wages. */
export interface Incomes {
  readonly gross: Int32Array;
  readonly employers: Uint16Array;
}

/** Wages for those of working age, 18 to 66, while they live, from companies that exist. */
export function generateIncomes(
  random: Random,
  people: readonly Person[],
  companies: readonly Company[],
): Incomes {
  const gross = new Int32Array(people.length * months);
  const employers = new Uint16Array(people.length * months);
  const hiring = companies.flatMap((company, i) => (company.founded < firstMonth ? [i] : []));
  const hire = () => hiring[Math.min(random.below(hiring.length), random.below(hiring.length))]!;
  for (let i = 0; i < people.length; i++) {
    const [first, end] = workingMonths(people[i]!);
    if (first >= end || !random.chance(78)) continue;
    let employer = hire();
    const base = 90_000 + random.below(140_000) + random.below(140_000) + (random.chance(6) ? 250_000 : 0);
    const change = random.chance(25) ? random.between(first, end) : -1;
    const gap = random.chance(30) ? random.below(5) : 0;
    for (let month = first; month < end; month++) {
      if (month === change) employer = hire();
      if (month >= change && month < change + gap) continue;
      gross[i * months + month] = base + random.below(base >> 4) + (month % 12 === 1 ? base >> 3 : 0);
      employers[i * months + month] = employer;
    }
  }
  return { gross, employers };
}

/** The months, as positions, in which the person may have worked: alive all month and of working age. */
function workingMonths(person: Person): readonly [first: number, end: number] {
  const year = Number(person.born.slice(0, 4));
  const born = person.born.slice(4, 7);
  const first = incomeMonths.findIndex((month) => month > `${year + 18}${born}`);
  const last = [`${year + 67}${born}`, person.died?.slice(0, 7) ?? "9999-12"].sort()[0]!;
  const end = incomeMonths.findIndex((month) => month >= last);
  return [first < 0 ? months : first, end < 0 ? months : end];
}

/**
 * The wages of one person.
 * @param position the person's place in the list of people
 * @param from first month, `YYYY-MM`
 * @param to last month
 */
export function incomesOf(
  incomes: Incomes,
  companies: readonly Company[],
  position: number,
  from: string,
  to: string,
): Income[] {
  return incomeMonths.flatMap((month, i): Income[] => {
    const grossCents = incomes.gross[position * months + i]!;
    if (grossCents === 0 || month < from || month > to) return [];
    const employer = companies[incomes.employers[position * months + i]!]!.code;
    return [{ month, employer, grossCents, taxCents: Math.round(grossCents * 0.22) }];
  });
}
