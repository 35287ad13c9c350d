import type { Random } from "../random.ts";
import { birthday, dayNumber, isoDay, lastDay } from "./calendar.ts";
import type { Person } from "./person.ts";

export const degreeLevels = ["bachelor", "master", "doctor"] as const;

/** A degree that the Education Agency vouches for. */
export interface Degree {
  readonly diploma: string;
  readonly level: (typeof degreeLevels)[number];
  readonly field: string;
  readonly institution: string;
  readonly awarded: string;
}

/** Level, age at the award, share in percent of those who have the level before. */
const levels: readonly (readonly [level: Degree["level"], age: number, percent: number])[] = [
  ["bachelor", 22, 42],
  ["master", 25, 45],
  ["doctor", 31, 10],
];

const institutions: readonly (readonly [code: string, name: string])[] = [
  ["HCU", "University of Harbour City"],
  ["OTC", "Oldbridge Technical College"],
  ["BAU", "Birchfield Agricultural University"],
  ["SSM", "Southgate School of Medicine"],
  ["ISA", "Islands Academy of Arts"],
];

const fields = [
  ..."Law Medicine Nursing History Mathematics Physics Chemistry Economics Architecture Forestry".split(" "),
  "Civil Engineering",
  "Computer Science",
  "Marine Biology",
  "Teacher Education",
  "Public Administration",
  "Electrical Engineering",
];

/** Degrees by personal code, lowest first; people without one are absent. */
export function generateDegrees(random: Random, people: readonly Person[]): Map<string, readonly Degree[]> {
  const degrees = new Map<string, readonly Degree[]>();
  for (const person of people) {
    const held = drawDegrees(random, person);
    if (held.length > 0) degrees.set(person.code, held);
  }
  return degrees;
}

function drawDegrees(random: Random, person: Person): Degree[] {
  const field = random.pick(fields);
  const held: Degree[] = [];
  for (const [level, age, percent] of levels) {
    const day = dayNumber(birthday(person.born, age)) + random.below(900);
    if (!random.chance(percent) || day > lastDay || (person.died !== undefined && isoDay(day) > person.died))
      break;
    const awarded = isoDay(day);
    const [code, institution] = random.pick(institutions);
    const diploma = `${code}-${awarded.slice(0, 4)}-${String(random.below(1_000_000)).padStart(6, "0")}`;
    held.push({ diploma, level, field, institution, awarded });
  }
  return held;
}
