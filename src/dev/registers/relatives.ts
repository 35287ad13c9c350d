import { birthday } from "./calendar.ts";
import { type Country, findPerson } from "./country.ts";
import { isAdult, isAlive, type Person } from "./person.ts";
import { unknownPerson } from "./population-register.ts";
import { type Call, json, type Reply } from "./route.ts";
import { today } from "./today.ts";

/** GET /kin/{code}: where the person lives, and the nearest relatives who live. */
export function getNextOfKin({ source, parameters }: Call): Reply {
  const person = findPerson(source.country, parameters.code!);
  if (person === undefined) return unknownPerson(parameters.code!);
  const { code, spouse, children, parents, address } = person;
  const relatives = [
    ...(spouse === undefined ? [] : [["spouse", spouse] as const]),
    ...children.map((child) => ["child", child] as const),
    ...parents.map((parent) => ["parent", parent] as const),
  ].map(([relation, other]) => ({ relation, person: findPerson(source.country, other)! }));
  const nextOfKin = relatives
    .filter((relative) => isAlive(relative.person, today(source.clock)))
    .map(({ relation, person: { given, family } }) => ({ relation, name: { given, family } }));
  return json({ code, address, nextOfKin });
}

/** GET /custody/{code}: the minors for whom the person may act, each with the day on which that ends. */
export function getCustody({ source, parameters }: Call): Reply {
  const { country, clock } = source;
  const person = findPerson(country, parameters.code!);
  if (person === undefined) return unknownPerson(parameters.code!);
  const day = today(clock);
  const children = minorsOf(country, person, day).map(({ code, born }) => {
    return { code, until: birthday(born, 18) };
  });
  return json({ code: person.code, children });
}

function minorsOf(country: Country, person: Person, day: string): Person[] {
  if (!isAlive(person, day)) return [];
  return person.children
    .map((code) => findPerson(country, code)!)
    .filter((child) => isAlive(child, day) && !isAdult(child, day));
}
