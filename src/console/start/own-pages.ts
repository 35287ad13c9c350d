import { html } from "../../web/html.ts";
import { type PageRoute, page } from "../page-route.ts";
import { routeOf } from "../route-of.ts";
import { definitions, table } from "../table.ts";
import { layoutWords } from "../words/layout-words.ts";
import { named } from "../words/word-book.ts";
import { startWords } from "./words.ts";

const me = routeOf("GET /me");

/** As `GET /me` answers. */
interface Me {
  readonly name: string;
  readonly place: string;
  readonly roles: readonly { readonly id: string; readonly role: string; readonly place: string }[];
}

export const ownPages: readonly PageRoute[] = [
  {
    ...{ method: "GET", path: "/me" },
    run: async (visit) => {
      const { name, place, roles } = (await visit.ask<Me>(me)).body;
      const words = visit.words(startWords).me;
      const usual = visit.words(layoutWords);
      const placeText = (at: string) => (at === "*" ? usual.server : at);
      const rows = roles.map((one) => [named(usual.roles, one.role), placeText(one.place)]);
      return page(
        words.title,
        html`${definitions([
          [words.name, name],
          [words.place, placeText(place)],
        ])}
${roles.length === 0 ? html`<p>${words.none}</p>` : table(visit, words.roles, [words.role, words.where], rows)}`,
      );
    },
  },
];
