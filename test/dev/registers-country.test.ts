import { createHash } from "node:crypto";
import fc from "fast-check";
import t from "tap";
import { birthday, dayNumber, incomeMonths, isoDay } from "../../src/dev/registers/calendar.ts";
import { castOf } from "../../src/dev/registers/cast.ts";
import { checkDigit } from "../../src/dev/registers/check-digit.ts";
import {
  type Country,
  companiesInCountry,
  defaultSeed,
  findPerson,
  generateCountry,
  peopleInCountry,
} from "../../src/dev/registers/country.ts";
import { incomesOf } from "../../src/dev/registers/incomes.ts";
import type { Person } from "../../src/dev/registers/person.ts";
import { birthOf, isPersonalCode, personalCode, sexOf } from "../../src/dev/registers/personal-code.ts";

const country = generateCountry(defaultSeed);
const get = (code: string): Person => findPerson(country, code)!;
const ageAt = (person: Person, day: string) => (dayNumber(day) - dayNumber(person.born)) / 365.25;
/** Passes when no person breaks the rule; names the first that does. */
const everybody = (rule: (person: Person) => boolean) => country.people.find((person) => !rule(person));

function digestOf({ people, companies, incomes, accounts, degrees, entitlements }: Country): string {
  const digest = createHash("sha256");
  for (const part of [people, companies, [...accounts], [...degrees], [...entitlements]]) {
    digest.update(JSON.stringify(part));
  }
  return digest.update(incomes.gross).update(incomes.employers).digest("hex");
}

t.test("a seed determines everything, on every machine and in every year", async (t) => {
  t.equal(digestOf(generateCountry(defaultSeed)), digestOf(country));
  t.equal(
    digestOf(country),
    "939420ada13a27ba0c1fd69234705ca6e6a7fcb542e15e4b0ccb70937bbef1b6",
    "change this digest when the country is meant to change",
  );
  t.not(digestOf(generateCountry("another")), digestOf(country));
});

t.test("it is large enough", async (t) => {
  t.ok(peopleInCountry >= 10_000 && country.people.length === peopleInCountry);
  t.ok(companiesInCountry >= 2_000 && country.companies.length === companiesInCountry);
  t.equal(country.positions.size, peopleInCountry, "codes of people are unique");
  t.equal(country.companyByCode.size, companiesInCountry, "codes of companies are unique");
});

t.test("it is generated quickly", async (t) => {
  const cpu = process.cpuUsage();
  generateCountry("quick");
  const { user, system } = process.cpuUsage(cpu);
  t.ok(user + system < 3_000_000, `${user + system} µs of CPU, many times what it takes`);
});

t.test("every code of a person and of a company is valid and states birth and sex", async (t) => {
  t.equal(
    everybody(({ code, born, sex }) => isPersonalCode(code) && birthOf(code) === born && sexOf(code) === sex),
    undefined,
  );
  t.ok(
    country.companies.every(
      ({ code }) => /^\d{8}$/.test(code) && checkDigit(code.slice(0, 7)) === Number(code[7]),
    ),
  );
});

t.test("personal codes", async (t) => {
  const anyDay = fc.integer({ min: dayNumber("1800-01-01"), max: dayNumber("2199-12-31") }).map(isoDay);
  const anySex = fc.constantFrom("female" as const, "male" as const);
  fc.assert(
    fc.property(anySex, anyDay, fc.nat(999), (sex, born, serial) => {
      const code = personalCode(sex, born, serial);
      return isPersonalCode(code) && birthOf(code) === born && sexOf(code) === sex;
    }),
  );
  t.equal(
    personalCode("male", "1980-01-01", 1),
    "38001010015",
    "two passes, by hand: 32 leaves 10, so 60, which leaves 5",
  );
  for (const [what, text] of Object.entries({
    "a wrong check digit": "38001010014",
    "a day that does not exist": `3800230001${checkDigit("3800230001")}`,
    "ten digits": "3800101001",
    "a century of 9": `9800101001${checkDigit("9800101001")}`,
    letters: "3800101001x",
  })) {
    t.notOk(isPersonalCode(text), what);
  }
});

t.test("days are those of the calendar", async (t) => {
  fc.assert(
    fc.property(fc.integer({ min: -70_000, max: 90_000 }), (day) => {
      const iso = new Date(day * 86_400_000).toISOString().slice(0, 10);
      return isoDay(day) === iso && dayNumber(iso) === day;
    }),
  );
  t.equal(birthday("2004-02-29", 18), "2022-03-01");
  t.equal(birthday("2004-02-29", 20), "2024-02-29");
  t.same([incomeMonths.length, incomeMonths[0], incomeMonths.at(-1)], [24, "2024-11", "2026-10"]);
});

t.test("families agree with each other", async (t) => {
  const rules: Record<string, (person: Person) => boolean> = {
    "a spouse's spouse is the person": ({ code, spouse }) =>
      spouse === undefined || get(spouse).spouse === code,
    "both spouses married on the same day": ({ spouse, married }) =>
      (spouse === undefined) === (married === undefined) && (!spouse || get(spouse).married === married),
    "spouses were 20 at the wedding": (person) => !person.married || ageAt(person, person.married) >= 19.99,
    "spouses are no siblings": ({ spouse, parents }) =>
      !spouse || !get(spouse).parents.some((parent) => parents.includes(parent)),
    "the married and widowed have a spouse, others none": ({ marital, spouse }) =>
      (marital === "married" || marital === "widowed") === (spouse !== undefined),
    "the widowed outlived their spouse": ({ marital, spouse }) =>
      marital !== "widowed" || !!get(spouse!).died,
    "the married who live have a living spouse": ({ marital, spouse, died }) =>
      marital !== "married" || !!died || !get(spouse!).died,
    "children name the person as parent": ({ code, children }) =>
      children.every((child) => get(child).parents.includes(code)),
    "parents name the person as child": ({ code, parents }) =>
      parents.every((parent) => get(parent).children.includes(code)),
    "a mother and a father, or none known": ({ parents }) =>
      parents.length === 0 || parents.map((parent) => get(parent).sex).join() === "female,male",
    "parents were 20 to 56, and alive": ({ born, parents }) =>
      parents
        .map(get)
        .every((one) => ageAt(one, born) >= 19.9 && ageAt(one, born) <= 57 && (one.died ?? "9") > born),
    "nobody died before birth or wedding": ({ born, married, died }) => !died || died > (married ?? born),
    "minors live with a living parent, if any": ({ code, born, address, died }) => {
      const living = get(code)
        .parents.map(get)
        .filter((parent) => !parent.died);
      return (
        born < "2008-11-02" || !!died || living.length === 0 || living.some((one) => one.address === address)
      );
    },
    "nobody lived anywhere before birth": ({ born, residentSince }) => residentSince >= born,
  };
  for (const [rule, holds] of Object.entries(rules)) t.equal(everybody(holds), undefined, rule);
  t.ok(country.people.filter(({ parents }) => parents.length > 0).length > peopleInCountry / 3);
});

t.test("companies and incomes agree with people", async (t) => {
  const { companies, companyByCode, people, incomes } = country;
  const seats = companies.flatMap(({ founded, board }) => board.map((seat) => ({ ...seat, founded })));
  t.ok(companies.every(({ board }) => board.length > 0 && board[0]!.role === "chair"));
  t.ok(
    seats.every(({ person, since, founded }) => since >= founded && birthday(get(person).born, 18) <= since),
  );
  for (const publication of ["full", "board-withheld", "excluded"]) {
    t.ok(companies.filter((company) => company.publication === publication).length > 20, publication);
  }
  let paid = 0;
  const wrong = people.find((person, position) => {
    const months = incomesOf(incomes, companies, position, "2024-11", "2026-10");
    paid += months.length > 0 ? 1 : 0;
    return months.some(
      ({ month, employer, grossCents }) =>
        companyByCode.get(employer)!.founded > month ||
        grossCents < 80_000 ||
        birthday(person.born, 18) > `${month}-31` ||
        (person.died !== undefined && person.died < `${month}-01`),
    );
  });
  t.equal(wrong, undefined, "wages come from companies that existed, to adults who lived");
  t.ok(paid > peopleInCountry / 3);
});

t.test("accounts, degrees and entitlements belong to people, within their lives", async (t) => {
  const { accounts, degrees, entitlements } = country;
  const remainder = (account: string) => BigInt(`${account.slice(4)}1331${account.slice(2, 4)}`) % 97n;
  t.ok(
    [...accounts].every(
      ([code, { account }]) => get(code) && /^DV\d{18}$/.test(account) && remainder(account) === 1n,
    ),
  );
  t.ok([...degrees].every(([code, held]) => held.every(({ awarded }) => ageAt(get(code), awarded) > 21.9)));
  t.ok(
    [...entitlements].every(([code, held]) =>
      held.every(
        ({ from, until }) => until === undefined || (from <= until && until <= (get(code).died ?? "9")),
      ),
    ),
  );
});

t.test("there is somebody for every part of the scenarios", async (t) => {
  const cast = castOf(country, Date.parse("2026-11-22"));
  t.ok(get(cast.parent).children.includes(cast.child));
  t.equal(country.companyByCode.get(cast.excluded)?.publication, "excluded");
  t.throws(() => castOf({ ...country, people: [] }, 0), { message: /nobody for the part: parent/ });
});
