import { isoDay } from "../registers/calendar.ts";
import { type Cast, castOf } from "../registers/cast.ts";
import { type Country, findPerson } from "../registers/country.ts";
import { officersOf } from "../registers/officers.ts";
import { isAlive } from "../registers/person.ts";

/** Somebody who can sign in. */
export interface Account {
  /** Personal code: the claim `sub`. */
  readonly code: string;
  readonly given: string;
  readonly family: string;
}

/** Who stands on the sign-in page, and as what. */
export interface OfferedAccount extends Account {
  readonly part: string;
}

/** The parts of the demonstration that are people, in words. */
const parts = [
  ["parent", "a mother with a minor child, in work"],
  ["child", "her child"],
  ["pensioner", "draws a pension"],
  ["notEntitled", "draws nothing"],
] as const satisfies readonly (readonly [keyof Cast, string])[];

/** Who is offered, in the country as it is at a moment (milliseconds since the epoch). */
export const offeredAccounts = { citizens, officers } as const;

function officers(country: Country, now: number): readonly OfferedAccount[] {
  return officersOf(country, now).map(({ role, person: { code, given, family } }) => {
    return { code, given, family, part: role };
  });
}

/** The people of the demonstration's scenes, and a parent's spouse. */
function citizens(country: Country, now: number): readonly OfferedAccount[] {
  const cast = castOf(country, now);
  const spouse = findPerson(country, cast.parent)?.spouse;
  const [mother, ...others] = parts.map(([name, part]) => ({ code: cast[name], part: part as string }));
  const husband = spouse === undefined ? [] : [{ code: spouse, part: "her husband" }];
  return [mother!, ...husband, ...others]
    .map(({ code, part }) => ({ account: accountOf(country, code, now), part }))
    .filter(({ account }) => account !== undefined)
    .map(({ account, part }) => ({ ...account!, part }));
}

/** Anybody who lives; undefined for everybody else. @param code as somebody typed it */
export function accountOf(country: Country, code: string, now: number): Account | undefined {
  const person = findPerson(country, code);
  if (person === undefined || !isAlive(person, isoDay(Math.floor(now / 86_400_000)))) return undefined;
  return { code: person.code, given: person.given, family: person.family };
}
