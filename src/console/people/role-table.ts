import { type Child, type Html, html } from "../../web/html.ts";
import { table } from "../table.ts";
import type { Visit } from "../visit.ts";
import { placeText, roleText, type ShownRole } from "./shown-user.ts";
import { peopleWords } from "./words.ts";

/** Roles with where they reach. @param act what can be done with each, when anything */
export function rolesTable(
  visit: Visit,
  roles: readonly ShownRole[],
  none: string,
  act?: (role: ShownRole) => Child,
): Html {
  const words = visit.words(peopleWords).roles;
  if (roles.length === 0) return html`<h2>${words.list}</h2><p>${none}</p>`;
  const heads = [words.role, words.where, ...(act === undefined ? [] : [words.act])];
  const rows = roles.map((one) => {
    const cells: Child[] = [roleText(visit, one.role), placeText(visit, one.place)];
    return act === undefined ? cells : [...cells, act(one)];
  });
  return html`<h2>${words.list}</h2>${table(visit, words.list, heads, rows)}`;
}
