import { incomeMonths, isoDay } from "./calendar.ts";
import type { Company, Publication } from "./companies.ts";
import type { Country } from "./country.ts";
import { isEntitled } from "./entitlements.ts";
import { incomesOf } from "./incomes.ts";
import { isAdult, isAlive, type Person } from "./person.ts";

/** People and companies of a country in the parts that the scenarios need: personal and registration codes. */
export interface Cast {
  /** Works, has an account, a degree, a spouse and a minor child, and draws the child's allowance. */
  readonly parent: string;
  readonly child: string;
  /** An adult, alive, who is entitled to nothing today. */
  readonly notEntitled: string;
  readonly pensioner: string;
  readonly deceased: string;
  readonly published: string;
  /** Lives, and sits on the board of `published`. */
  readonly director: string;
  readonly boardWithheld: string;
  readonly excluded: string;
}

/**
 * The first of each kind.
 * @param now milliseconds since the epoch: what "today" is
 * @throws Error when the country has nobody for a part
 */
export function castOf(country: Country, now: number): Cast {
  const today = isoDay(Math.floor(now / 86_400_000));
  const living = country.people.filter((person) => isAlive(person, today));
  const entitled = (person: Person, benefit?: "child-allowance" | "old-age-pension") =>
    isEntitled(country.entitlements.get(person.code) ?? [], today, benefit);
  const isMinor = (code: string) => living.some((one) => one.code === code && !isAdult(one, today));
  const parent = first("parent", living, (one) => isParentInWork(country, one) && one.children.some(isMinor));
  const company = (publication: Publication): string =>
    first(publication, country.companies, (one: Company) => one.publication === publication).code;
  return {
    parent: parent.code,
    child: parent.children.find(isMinor)!,
    notEntitled: first("not entitled", living, (one) => isAdult(one, today) && !entitled(one)).code,
    pensioner: first("pensioner", living, (one) => entitled(one, "old-age-pension")).code,
    deceased: first("deceased", country.people, (one) => one.died !== undefined).code,
    published: company("full"),
    director: directorOf(country, company("full"), today),
    boardWithheld: company("board-withheld"),
    excluded: company("excluded"),
  };
}

function directorOf({ companyByCode, people }: Country, company: string, today: string): string {
  const seats = companyByCode.get(company)!.board.map(({ person }) => person);
  return first("director", people, (one) => seats.includes(one.code) && isAlive(one, today)).code;
}

/** A mother, since allowances are hers, with what the scenarios about one person ask for. */
function isParentInWork(country: Country, person: Person): boolean {
  const position = country.positions.get(person.code)!;
  const [from, to] = [incomeMonths[0]!, incomeMonths.at(-1)!];
  const wages = incomesOf(country.incomes, country.companies, position, from, to);
  return (
    person.sex === "female" &&
    person.marital === "married" &&
    country.accounts.has(person.code) &&
    country.degrees.has(person.code) &&
    wages.length === incomeMonths.length
  );
}

function first<T>(part: string, list: readonly T[], fits: (one: T) => boolean): T {
  const found = list.find(fits);
  if (found === undefined) throw new Error(`the country has nobody for the part: ${part}`);
  return found;
}
