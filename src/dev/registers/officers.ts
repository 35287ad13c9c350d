import { isoDay } from "./calendar.ts";
import { castOf } from "./cast.ts";
import type { Country } from "./country.ts";
import { isAdult, isAlive, type Person } from "./person.ts";

/** What people are at the management servers of the country, in the API's words; the first one makes the others. */
export const officerRoles = [
  "administrator",
  "auditor",
  "service-developer",
  "approver",
  "security-officer",
  "registration-officer",
  "data-protection-officer",
  "observer",
] as const;

/** Somebody who works at a security server. */
export interface Officer {
  readonly role: (typeof officerRoles)[number];
  readonly person: Person;
}

/**
 * One for each role: adults who live, have studied, and have no part in the scenes.
 * @param now milliseconds since the epoch: what "today" is
 */
export function officersOf(country: Country, now: number): readonly Officer[] {
  const today = isoDay(Math.floor(now / 86_400_000));
  const cast = new Set<string>(Object.values(castOf(country, now)));
  const people = country.people.filter((one) => {
    return isAlive(one, today) && isAdult(one, today) && country.degrees.has(one.code) && !cast.has(one.code);
  });
  return officerRoles.map((role, i) => ({ role, person: people[i]! }));
}
