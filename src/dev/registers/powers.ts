import { birthday } from "./calendar.ts";
import { type Country, findPerson } from "./country.ts";
import { isAdult, isAlive, type Person } from "./person.ts";
import { unknownPerson } from "./population-register.ts";
import { type Call, json, type Reply } from "./route.ts";
import { today } from "./today.ts";

/*
 * For whom somebody may act, as `schemas/representation` has it: of all, or of one.
 */

interface Power {
  readonly represented: string;
  readonly name: string;
  readonly kind: "guardian" | "heir" | "employee";
  readonly acts: readonly ("permit" | "see")[];
  readonly from: string;
  readonly until?: string;
  readonly ends?: "majority";
}

type PowersOf = (country: Country, person: Person, day: string) => readonly Power[];

/** GET /powers/{representative} and /powers/{representative}/{represented}, at the Population Register. */
export const getGuardianPowers = answering((country, person, day) => [
  ...custody(country, person, day),
  ...inheritance(country, person, day),
]);

/** The same at the Business Register: whoever sits on a board acts for the company. */
export const getDirectorPowers = answering(({ companies }, person) =>
  companies.flatMap(({ board, code, name }) =>
    board
      .filter((seat) => seat.person === person.code)
      .map(({ since }): Power => {
        return { represented: code, name, kind: "employee", acts: ["permit", "see"], from: since };
      }),
  ),
);

function answering(powersOf: PowersOf) {
  return ({ source: { country, clock }, parameters }: Call): Reply => {
    const { representative = "", represented } = parameters;
    const person = findPerson(country, representative);
    if (person === undefined) return unknownPerson(representative);
    const day = today(clock);
    const all = isAlive(person, day) && isAdult(person, day) ? powersOf(country, person, day) : [];
    if (represented === undefined) return json({ powers: all });
    // Names are for those who choose; whoever asks about one knows whom it asks about.
    const one = all.filter((power) => power.represented === represented);
    return json({ powers: one.map(({ name: _, ...power }) => power) });
  };
}

function custody(country: Country, { children }: Person, day: string): Power[] {
  return children
    .map((code) => findPerson(country, code)!)
    .filter((child) => isAlive(child, day) && !isAdult(child, day))
    .map(({ born, ...child }) => ({
      ...{ represented: child.code, name: nameOf(child), kind: "guardian", acts: ["permit", "see"] },
      ...{ from: born, until: birthday(born, 18), ends: "majority" },
    }));
}

/** Spouse and children of who died; parents of who had neither. */
function inheritance(country: Country, { code, ...person }: Person, day: string): Power[] {
  const near = [
    ...(person.spouse === undefined ? [] : [person.spouse]),
    ...person.parents,
    ...person.children,
  ];
  return near
    .map((other) => findPerson(country, other)!)
    .filter((dead) => !isAlive(dead, day) && heirsOf(dead).includes(code))
    .map((dead) => ({
      ...{ represented: dead.code, name: nameOf(dead), kind: "heir", acts: ["see"], from: dead.died! },
    }));
}

function heirsOf({ children, parents, spouse }: Person): readonly string[] {
  const first = [...(spouse === undefined ? [] : [spouse]), ...children];
  return first.length > 0 ? first : parents;
}

function nameOf({ family, given }: Pick<Person, "family" | "given">): string {
  return `${given} ${family}`;
}
