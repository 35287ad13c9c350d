import { html } from "../../web/html.ts";
import { type Area, type Content, page } from "../page-route.ts";
import { routeOf } from "../route-of.ts";
import { definitions } from "../table.ts";
import type { Visit } from "../visit.ts";
import { keyPages, keySection } from "./key-pages.ts";
import { rolesTable } from "./role-table.ts";
import { placeText, type ShownKey, type ShownUser } from "./shown-user.ts";
import { peopleWords } from "./words.ts";

const me = routeOf("GET /me");
const listKeys = routeOf("GET /me/keys");

/** One's own page; the name at the top of every page leads to it. */
export const ownArea: Area = {
  path: "/me",
  title: (visit) => visit.words(peopleWords).me.title,
  needs: [],
  pages: [
    { method: "GET", path: "/me", run: ownPage },
    ...keyPages({ at: "/me", api: "/me/keys", again: ownPage }),
  ],
};

async function ownPage(visit: Visit): Promise<Content> {
  const { name, place, roles } = (await visit.ask<Pick<ShownUser, "name" | "place" | "roles">>(me)).body;
  const { keys } = (await visit.ask<{ readonly keys: readonly ShownKey[] }>(listKeys)).body;
  const words = visit.words(peopleWords).me;
  return page(
    words.title,
    html`${definitions([
      [words.name, name],
      [words.place, placeText(visit, place)],
    ])}
${rolesTable(visit, roles, words.none)}
${keySection(visit, { at: "/me", api: "/me/keys" }, keys, roles)}`,
  );
}
