import { createRandom } from "../random.ts";
import { generateAccounts, type PaymentAccount } from "./accounts.ts";
import { type Company, generateCompanies } from "./companies.ts";
import { type Degree, generateDegrees } from "./degrees.ts";
import { type Entitlement, generateEntitlements } from "./entitlements.ts";
import { generatePeople } from "./families.ts";
import { generateIncomes, type Incomes } from "./incomes.ts";
import type { Person } from "./person.ts";

/** Everything that the registers of the invented country know. Maps are keyed by personal or registration code. */
export interface Country {
  readonly people: readonly Person[];
  /** Places in `people` by personal code. */
  readonly positions: ReadonlyMap<string, number>;
  readonly companies: readonly Company[];
  readonly companyByCode: ReadonlyMap<string, Company>;
  readonly incomes: Incomes;
  readonly accounts: ReadonlyMap<string, PaymentAccount>;
  readonly degrees: ReadonlyMap<string, readonly Degree[]>;
  readonly entitlements: ReadonlyMap<string, readonly Entitlement[]>;
}

export const peopleInCountry = 10_000;
export const companiesInCountry = 2_000;
export const defaultSeed = "DEV";

/** The country that a seed determines: the same on every machine and in every year. */
export function generateCountry(seed: string): Country {
  const random = createRandom(seed);
  const people = generatePeople(random.fork("people"), peopleInCountry);
  const companies = generateCompanies(random.fork("companies"), people, companiesInCountry);
  return {
    people,
    positions: new Map(people.map((person, i) => [person.code, i])),
    companies,
    companyByCode: new Map(companies.map((company) => [company.code, company])),
    incomes: generateIncomes(random.fork("incomes"), people, companies),
    accounts: generateAccounts(random.fork("accounts"), people),
    degrees: generateDegrees(random.fork("degrees"), people),
    entitlements: generateEntitlements(random.fork("entitlements"), people),
  };
}

/** The person with a code, or undefined. */
export function findPerson(country: Country, code: string): Person | undefined {
  return country.people[country.positions.get(code) ?? -1];
}
