import { type Country, findPerson } from "./country.ts";
import { isAlive } from "./person.ts";
import { towns } from "./places.ts";
import { unknownPerson } from "./population-register.ts";
import { type Call, json, type Reply, refuse } from "./route.ts";
import { today } from "./today.ts";
import { parseWhole } from "./whole-number.ts";

/** Fewer people than this are not counted: they could be recognised. */
const leastCount = 10;
const regions = [...new Set(towns.map(([, region]) => region))];
const areas: ReadonlySet<string> = new Set([...regions, ...towns.map(([town]) => town)]);

/** GET /residents/{code}?area=…: whether the person lives in a town or region, yes or no. */
export function getResidentOf({ source, parameters, query }: Call): Reply {
  const area = query.get("area") ?? "";
  if (!areas.has(area)) return refuse(400, "unknown_area", "area is a town or a region");
  const person = findPerson(source.country, parameters.code!);
  if (person === undefined) return unknownPerson(parameters.code!);
  const { town, region } = person.address;
  const on = today(source.clock);
  return json({ resident: isAlive(person, on) && (town === area || region === area), on });
}

/** GET /statistics/residents?bornIn=YYYY: how many live in each region; small numbers are withheld. */
export function getResidentCounts({ source, query }: Call): Reply {
  const bornIn = parseWhole(query.get("bornIn"), 0, 9999);
  if (bornIn === undefined) return refuse(400, "bad_year", "bornIn is a year, YYYY");
  const on = today(source.clock);
  const counts = countByRegion(source.country, on, bornIn);
  return json({
    on,
    threshold: leastCount,
    regions: regions.map((region) => {
      const residents = counts.get(region) ?? 0;
      return residents < leastCount ? { region, withheld: true } : { region, residents };
    }),
  });
}

/** @param bornIn 0 for any year */
function countByRegion({ people }: Country, day: string, bornIn: number): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const person of people) {
    if (!isAlive(person, day) || (bornIn !== 0 && Number(person.born.slice(0, 4)) !== bornIn)) continue;
    const { region } = person.address;
    counts.set(region, (counts.get(region) ?? 0) + 1);
  }
  return counts;
}
