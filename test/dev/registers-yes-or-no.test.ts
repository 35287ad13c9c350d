import t, { type Test } from "tap";
import { castOf } from "../../src/dev/registers/cast.ts";
import { defaultSeed, findPerson, generateCountry } from "../../src/dev/registers/country.ts";
import type { RegisterName } from "../../src/dev/registers/register-table.ts";
import { startRegister } from "../../src/dev/registers/start-register.ts";

const now = Date.parse("2026-11-22T12:00:00Z");
const country = generateCountry(defaultSeed);
const cast = castOf(country, now);
const { parent, child, deceased, published } = cast;

/** Asks one register. @returns the body of its answer */
async function asker(t: Test, name: RegisterName) {
  const { url, close } = await startRegister({ name, port: 0, country, clock: { now: () => now } });
  t.teardown(close);
  return async (path: string, body?: object) => {
    const init = body && { method: "POST", body: JSON.stringify(body) };
    return (await (await fetch(url + path, init)).json()) as { readonly [name: string]: unknown };
  };
}

t.test(
  "where somebody lives, yes or no: in the town, in its region, not elsewhere, not after death",
  async (t) => {
    const ask = await asker(t, "population");
    const { town, region } = findPerson(country, parent)!.address;
    const lives = async (code: string, area: string) =>
      (await ask(`/residents/${code}?area=${encodeURIComponent(area)}`)).resident;
    t.equal(await lives(parent, town), true);
    t.equal(await lives(parent, region), true);
    t.equal(await lives(parent, "Gull Rock"), false);
    t.equal(await lives(deceased, findPerson(country, deceased)!.address.town), false);
  },
);

t.test("whether wages stay below a sum: it is not reached when it is equal", async (t) => {
  const ask = await asker(t, "tax");
  const period = "from=2026-01&to=2026-03";
  const { totalCents } = await ask(`/income/${parent}?${period}`);
  const below = async (cents: number) =>
    (await ask(`/income-below/${parent}?${period}&cents=${cents}`)).below;
  t.equal(await below(Number(totalCents)), false);
  t.equal(await below(Number(totalCents) + 1), true);
});

t.test("whether a degree is held: of the level, and of the field when it is named", async (t) => {
  const ask = await asker(t, "diplomas");
  const { level, field } = country.degrees.get(parent)![0]!;
  const held = async (code: string, query: string) => (await ask(`/degrees/${code}/held?${query}`)).held;
  t.equal(await held(parent, `level=${level}`), true);
  t.equal(await held(parent, `level=${level}&field=${encodeURIComponent(field)}`), true);
  t.equal(await held(parent, `level=${level}&field=Alchemy`), false);
  t.equal(await held(child, "level=doctor"), false);
});

t.test(
  "for whom somebody may act: for minors in custody, and for a company on whose board one sits",
  async (t) => {
    const population = await asker(t, "population");
    const { children } = await population(`/custody/${parent}`);
    t.match(children, [{ code: child, until: /^20\d\d-/ }]);
    t.strictSame((await population(`/custody/${deceased}`)).children, []);
    const business = await asker(t, "business");
    const { person, role, since } = country.companyByCode.get(published)!.board[0]!;
    const mandate = (code: string) => business(`/companies/${published}/mandates/${code}`);
    t.strictSame(await mandate(person), { company: published, mayAct: true, role, since });
    t.strictSame(await mandate(child), { company: published, mayAct: false });
    const guardian = { represented: child, kind: "guardian", acts: ["permit", "see"], ends: "majority" };
    t.match((await population(`/powers/${parent}`)).powers, [{ ...guardian, name: /./ }]);
    const one = (await population(`/powers/${parent}/${child}`)).powers as object[];
    t.match(one, [guardian]);
    t.notOk("name" in one[0]!, "who asks about one is told no name");
    for (const [by, whom] of [
      [child, parent],
      [cast.pensioner, child],
      [deceased, child],
    ])
      t.strictSame((await population(`/powers/${by}/${whom}`)).powers, [], "only a parent acts for a child");
    const { children: heirs, spouse } = findPerson(country, deceased)!;
    const heir = [...heirs, ...(spouse === undefined ? [] : [spouse])].find(
      (code) => findPerson(country, code)!.died === undefined,
    );
    if (heir !== undefined)
      t.match((await population(`/powers/${heir}/${deceased}`)).powers, [{ kind: "heir", acts: ["see"] }]);
    const director = { represented: published, kind: "employee" };
    t.match((await business(`/powers/${cast.director}/${published}`)).powers, [director]);
    t.strictSame((await business(`/powers/${parent}/${published}`)).powers, []);
  },
);

t.test("the nearest relatives live", async (t) => {
  const ask = await asker(t, "population");
  const { address, nextOfKin } = await ask(`/kin/${parent}`);
  const person = findPerson(country, parent)!;
  t.strictSame(address, person.address);
  const living = [person.spouse!, ...person.children, ...person.parents].filter(
    (code) => findPerson(country, code)!.died === undefined,
  );
  t.equal((nextOfKin as object[]).length, living.length);
});

t.test("residents are counted by region, unless they are too few to be hidden among", async (t) => {
  const ask = await asker(t, "population");
  type Count = { readonly residents?: number; readonly withheld?: true };
  const count = async (query: string) => (await ask(`/statistics/residents${query}`)).regions as Count[];
  const living = country.people.filter(({ died }) => died === undefined).length;
  t.equal(
    (await count("")).reduce((sum, { residents = 0 }) => sum + residents, 0),
    living,
  );
  const few = await count("?bornIn=1980");
  t.ok(few.some(({ withheld }) => withheld));
  t.ok(few.every(({ residents, withheld }) => (withheld ? residents === undefined : residents! >= 10)));
  const none = await count("?bornIn=1700");
  t.equal(none.length, few.length);
  t.ok(none.every(({ withheld, residents }) => withheld && residents === undefined));
});

t.test("a message has a receipt, the same for the same message", async (t) => {
  const ask = await asker(t, "benefits");
  const news = { code: deceased, died: "2025-06-12" };
  const { reference } = await ask("/deaths", news);
  t.match(reference, /^RC-[0-9A-F]{12}$/);
  t.equal((await ask("/deaths", news)).reference, reference);
  t.not((await ask("/deaths", { ...news, died: "2025-06-13" })).reference, reference);
  t.match(await ask("/deaths", { code: deceased }), { error: "bad_message" });
  t.match(await ask("/deaths", { ...news, more: "x".repeat(20_000) }), { error: "bad_message" });
});
