import { findPerson } from "./country.ts";
import type { Person } from "./person.ts";
import { isPersonalCode } from "./personal-code.ts";
import { readBody } from "./read-body.ts";
import { type Call, json, type Reply, refuse } from "./route.ts";

const mostFound = 20;
const searchBytes = 4096;

/** GET /persons/{code} */
export function getPerson({ source, parameters }: Call): Reply {
  const person = findPerson(source.country, parameters.code!);
  if (person === undefined) return unknownPerson(parameters.code!);
  const { code, given, family, sex, born, birthplace, died, citizenship, marital, address } = person;
  return json({
    code,
    name: { given, family },
    sex,
    birth: { date: born, place: birthplace },
    ...(died === undefined ? { status: "alive" } : { status: "deceased", died }),
    citizenship,
    maritalStatus: marital,
    address: { ...address, since: person.residentSince },
  });
}

/** GET /persons/{code}/family */
export function getFamily({ source, parameters }: Call): Reply {
  const person = findPerson(source.country, parameters.code!);
  if (person === undefined) return unknownPerson(parameters.code!);
  const relative = (code: string) => brief(findPerson(source.country, code)!);
  return json({
    code: person.code,
    spouse: person.spouse === undefined ? null : { ...relative(person.spouse), married: person.married },
    parents: person.parents.map(relative),
    children: person.children.map(relative),
  });
}

/** POST /persons/search with `{"family": "…", "born": "YYYY-MM-DD"}`; `family` or both. */
export async function searchPersons({ source, request }: Call): Promise<Reply> {
  const wanted = parseSearch(await readBody(request, searchBytes));
  if (wanted === undefined)
    return refuse(400, "bad_search", 'send {"family": "…"} and, to narrow it, "born"');
  const { family, born } = wanted;
  const found = source.country.people.filter(
    (person) => person.family.toLowerCase() === family.toLowerCase() && (born ?? person.born) === person.born,
  );
  return json({ found: found.length, persons: found.slice(0, mostFound).map(brief) });
}

/** The answer about a code that no person has. */
export function unknownPerson(code: string): Reply {
  return isPersonalCode(code)
    ? refuse(404, "unknown_person", "no person has this code")
    : refuse(404, "not_a_personal_code", "a personal code has 11 digits, a day of birth and a check digit");
}

function brief({ code, given, family, born, died }: Person) {
  return { code, name: { given, family }, born, ...(died !== undefined && { died }) };
}

/** @param body the caller's */
function parseSearch(body: Buffer | undefined): { family: string; born?: string } | undefined {
  let search: unknown;
  try {
    search = JSON.parse(body?.toString() ?? "");
  } catch {
    return undefined;
  }
  if (typeof search !== "object" || search === null || !("family" in search)) return undefined;
  const born = "born" in search ? search.born : undefined;
  if (typeof search.family !== "string") return undefined;
  if (born === undefined) return { family: search.family };
  return typeof born === "string" ? { family: search.family, born } : undefined;
}
