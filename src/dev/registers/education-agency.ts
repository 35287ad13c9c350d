import { unknownPerson } from "./population-register.ts";
import { type Call, json, type Reply } from "./route.ts";

/** GET /degrees/{code}: none is an empty list. */
export function getDegrees({ source, parameters }: Call): Reply {
  const code = parameters.code!;
  if (!source.country.positions.has(code)) return unknownPerson(code);
  return json({ code, degrees: source.country.degrees.get(code) ?? [] });
}
