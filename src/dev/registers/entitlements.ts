import type { Random } from "../random.ts";
import { birthday, dayNumber, isoDay, lastDay, years } from "./calendar.ts";
import { isAdult, isAlive, type Person } from "./person.ts";

export const benefits = [
  "child-allowance",
  "disability-support",
  "housing-support",
  "old-age-pension",
] as const;

export type Benefit = (typeof benefits)[number];

/** A decision of the Social Benefits Agency; `until` is the first day without it. Money in cents of the euro. */
export interface Entitlement {
  readonly decision: string;
  readonly benefit: Benefit;
  readonly child?: string;
  readonly from: string;
  readonly until?: string;
  readonly monthlyCents: number;
}

type Terms = Omit<Entitlement, "decision">;

/** Entitlements by personal code; people without one are absent. A death ends every entitlement. */
export function generateEntitlements(
  random: Random,
  people: readonly Person[],
): Map<string, readonly Entitlement[]> {
  const born = new Map(people.map((person) => [person.code, person.born]));
  const entitlements = new Map<string, readonly Entitlement[]>();
  let number = 0;
  for (const person of people) {
    const granted: Entitlement[] = [];
    for (const terms of claims(random, person, born)) {
      if (terms.from > lastIsoDay || !isAlive(person, terms.from)) continue;
      const decision = `SB-${terms.from.slice(0, 4)}-${String(++number).padStart(6, "0")}`;
      granted.push({ decision, ...endWithLife(terms, person) });
    }
    if (granted.length > 0) entitlements.set(person.code, granted);
  }
  return entitlements;
}

/** Whether one of the entitlements, of one benefit or of any, stands on a day (`YYYY-MM-DD`). */
export function isEntitled(held: readonly Entitlement[], day: string, benefit?: Benefit): boolean {
  return held.some(
    (one) =>
      one.from <= day &&
      (one.until === undefined || day < one.until) &&
      (benefit ?? one.benefit) === one.benefit,
  );
}

const lastIsoDay = isoDay(lastDay);
const lastPensioner = isoDay(lastDay - years(64));

/** What the person is, or may one day be, entitled to; allowances are the mother's, until the child is of age. */
function claims(random: Random, person: Person, born: ReadonlyMap<string, string>): Terms[] {
  const terms: Terms[] = [];
  if (person.born < lastPensioner) {
    const monthlyCents = 52_000 + random.below(48_000);
    terms.push({ benefit: "old-age-pension", from: birthday(person.born, 65), monthlyCents });
  }
  for (const child of person.sex === "female" ? person.children : []) {
    const from = born.get(child)!;
    terms.push({ benefit: "child-allowance", child, from, until: birthday(from, 18), monthlyCents: 8_000 });
  }
  const draw = random.below(100);
  const from = isoDay(lastDay - random.below(2500));
  if (draw >= 10 || !isAdult(person, from)) return terms;
  const until = isoDay(dayNumber(from) + random.between(180, 3000));
  const benefit = draw < 4 ? "disability-support" : "housing-support";
  terms.push({ benefit, from, until, monthlyCents: 6_000 + random.below(30_000) });
  return terms;
}

function endWithLife(terms: Terms, { died }: Person): Terms {
  return died !== undefined && (terms.until === undefined || died < terms.until)
    ? { ...terms, until: died }
    : terms;
}
