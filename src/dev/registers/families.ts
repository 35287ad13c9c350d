import type { Random } from "../random.ts";
import { isoDay, lastDay, years } from "./calendar.ts";
import { drawAddress, drawTown } from "./dwelling.ts";
import { type Community, communities } from "./names.ts";
import type { Person } from "./person.ts";
import { personalCode, type Sex } from "./personal-code.ts";
import type { Address } from "./places.ts";

/** A person in the making; the wedding and deaths of others still change the entry. */
interface Draft {
  readonly code: string;
  readonly sex: Sex;
  readonly given: string;
  family: string;
  readonly born: number;
  readonly birthplace: string;
  readonly citizenship: string;
  readonly community: Community;
  readonly parents: readonly Draft[];
  readonly children: Draft[];
  marital: Person["marital"];
  married?: number;
  spouse?: Draft;
  died?: number;
  home?: { readonly address: Address; readonly since: number };
}

interface Registry {
  readonly random: Random;
  readonly size: number;
  readonly people: Draft[];
  readonly codes: Set<string>;
}

/** Few registers number this many births a day: invented codes keep to the top of the range. */
const firstSerial = 900;
const byShare = communities.flatMap((community) => Array<Community>(community.share).fill(community));
const numbersOfChildren = [0, 1, 1, 2, 2, 2, 3, 3, 4, 5];
const foreign = ["XAL", "XOR", "XVE"];

/**
 * Generations from 1932 to the country's last day: founders, their descendants, and newcomers without known
 * relatives for what is missing to `size`. Parents stand before their children.
 */
export function generatePeople(random: Random, size: number): Person[] {
  const registry: Registry = { random, size, people: [], codes: new Set() };
  let generation = Array.from({ length: Math.floor(size * 0.35) }, () => newcomer(registry, 1932, 1962, 2));
  while (generation.length > 0) {
    generation = couples(random, generation).flatMap((couple) => bearChildren(registry, couple));
  }
  while (registry.people.length < size) newcomer(registry, 1955, 2018, 40);
  for (const draft of registry.people) if (!outlives(random, draft)) bury(random, draft);
  for (const draft of registry.people) if (isWidowed(draft)) draft.marital = "widowed";
  for (const draft of registry.people) settle(random, draft);
  return registry.people.map(toPerson);
}

function newcomer(registry: Registry, firstYear: number, lastYear: number, foreignPercent: number): Draft {
  const { random } = registry;
  const born = random.between(years(firstYear - 1970), years(lastYear - 1970));
  const community = random.pick(byShare);
  const citizenship = random.chance(foreignPercent) ? random.pick(foreign) : "DEV";
  return enter(registry, {
    born,
    community,
    citizenship,
    family: random.pick(community.family),
    parents: [],
  });
}

type Arrival = Pick<Draft, "born" | "community" | "citizenship" | "family" | "parents">;

function enter(registry: Registry, arrival: Arrival): Draft {
  const { random, people, codes } = registry;
  const sex: Sex = random.chance(50) ? "female" : "male";
  const born = isoDay(arrival.born);
  let serial = firstSerial + random.below(100);
  let code = personalCode(sex, born, serial);
  while (codes.has(code)) {
    serial = (serial + 1) % 1000;
    code = personalCode(sex, born, serial);
  }
  codes.add(code);
  const given = random.pick(arrival.community[sex]);
  const birthplace = drawTown(random)[0];
  const draft: Draft = { ...arrival, code, sex, given, birthplace, children: [], marital: "single" };
  people.push(draft);
  return draft;
}

type Couple = readonly [mother: Draft, father: Draft];

/** People of like age, never siblings; those too young are left out. */
function couples(random: Random, generation: readonly Draft[]): Couple[] {
  const byAge = (sex: Sex) =>
    generation
      .filter((draft) => draft.sex === sex && draft.born + years(20) < lastDay)
      .map((draft) => ({ draft, rank: draft.born + random.below(years(3)) }))
      .sort((a, b) => a.rank - b.rank)
      .map(({ draft }) => draft);
  const men = byAge("male");
  return byAge("female").flatMap((woman, i): Couple[] => {
    const man = men[i];
    if (man === undefined || !random.chance(85) || Math.abs(man.born - woman.born) > years(12)) return [];
    if (woman.parents.some((parent) => man.parents.includes(parent))) return [];
    wed(random, woman, man);
    return [[woman, man]];
  });
}

function wed(random: Random, woman: Draft, man: Draft): void {
  const day = Math.max(woman.born, man.born) + years(20) + random.below(years(9));
  if (day > lastDay || random.chance(12)) return;
  if (random.chance(65)) woman.family = man.family;
  else if (random.chance(20)) man.family = woman.family;
  const divorced = random.chance(12);
  for (const [one, other] of [
    [woman, man],
    [man, woman],
  ] as const) {
    one.marital = divorced ? "divorced" : "married";
    if (divorced) continue;
    one.married = day;
    one.spouse = other;
  }
}

function bearChildren(registry: Registry, [mother, father]: Couple): Draft[] {
  const { random, people, size } = registry;
  const family = random.chance(70) ? father.family : mother.family;
  const community = random.pick([mother, father]).community;
  const born: Draft[] = [];
  let day = Math.max(mother.born, father.born) + years(20) + random.below(years(12));
  for (let wanted = random.pick(numbersOfChildren); wanted > 0; wanted--) {
    if (day > lastDay || day > mother.born + years(44) || people.length >= size) break;
    const child = enter(registry, {
      born: day,
      community,
      citizenship: "DEV",
      family,
      parents: [mother, father],
    });
    mother.children.push(child);
    father.children.push(child);
    born.push(child);
    day += years(1) + 180 + random.below(years(4));
  }
  return born;
}

function outlives(random: Random, draft: Draft): boolean {
  if (draft.born > lastDay - years(30)) return true;
  return !random.chance(draft.born < lastDay - years(77) ? 40 : 2);
}

/** A death in the last two years for the younger ones, after the birth of every child and after the wedding. */
function bury(random: Random, draft: Draft): void {
  const span = draft.born < lastDay - years(77) ? years(14) : years(2);
  const day = lastDay - random.below(span);
  const before = Math.max(draft.married ?? draft.born, ...draft.children.map((child) => child.born));
  if (day > before) draft.died = day;
}

function isWidowed({ spouse, died }: Draft): boolean {
  return spouse?.died !== undefined && (died === undefined || spouse.died < died);
}

/** Spouses live together, minors with a living parent. Parents and elder spouses were settled before. */
function settle(random: Random, draft: Draft): void {
  const minor = draft.born > lastDay - years(18);
  const housemates = minor ? draft.parents : draft.spouse === undefined ? [] : [draft.spouse];
  const host =
    draft.died === undefined ? housemates.find((mate) => mate.died === undefined && mate.home) : undefined;
  if (host?.home !== undefined) {
    draft.home = { address: host.home.address, since: Math.max(host.home.since, draft.born) };
    return;
  }
  const end = draft.died ?? lastDay;
  const earliest = Math.max(draft.born, end - years(25));
  draft.home = { address: drawAddress(random), since: random.between(earliest, end) };
}

function toPerson(draft: Draft): Person {
  const person: { -readonly [Name in keyof Person]: Person[Name] } = {
    code: draft.code,
    sex: draft.sex,
    given: draft.given,
    family: draft.family,
    born: isoDay(draft.born),
    birthplace: draft.birthplace,
    citizenship: draft.citizenship,
    marital: draft.marital,
    parents: draft.parents.map((parent) => parent.code),
    children: draft.children.map((child) => child.code),
    address: draft.home!.address,
    residentSince: isoDay(draft.home!.since),
  };
  if (draft.died !== undefined) person.died = isoDay(draft.died);
  if (draft.married !== undefined) person.married = isoDay(draft.married);
  if (draft.spouse !== undefined) person.spouse = draft.spouse.code;
  return person;
}
