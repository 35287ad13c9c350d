import { degreeLevels } from "./degrees.ts";
import { unknownPerson } from "./population-register.ts";
import { type Call, json, type Reply, refuse } from "./route.ts";
import { today } from "./today.ts";

/** GET /degrees/{code}: none is an empty list. */
export function getDegrees({ source, parameters }: Call): Reply {
  const code = parameters.code!;
  if (!source.country.positions.has(code)) return unknownPerson(code);
  return json({ code, degrees: source.country.degrees.get(code) ?? [] });
}

/** GET /degrees/{code}/held?level=…&field=…: yes or no, about a level and, when it is named, a field. */
export function getDegreeHeld({ source, parameters, query }: Call): Reply {
  const code = parameters.code!;
  const level = query.get("level");
  const field = query.get("field");
  if (!degreeLevels.some((known) => known === level)) {
    return refuse(400, "unknown_level", `level is one of ${degreeLevels.join(", ")}`);
  }
  if (!source.country.positions.has(code)) return unknownPerson(code);
  const held = (source.country.degrees.get(code) ?? []).some(
    (degree) => degree.level === level && (field ?? degree.field) === degree.field,
  );
  return json({ held, source: "Education Agency, register of degrees", on: today(source.clock) });
}
