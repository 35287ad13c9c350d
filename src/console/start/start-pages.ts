import { html } from "../../web/html.ts";
import { type PageRoute, page } from "../page-route.ts";
import { routeOf } from "../route-of.ts";
import { startWords } from "./words.ts";

const me = routeOf("GET /me");

export const startPages: readonly PageRoute[] = [
  {
    ...{ method: "GET", path: "/" },
    run: async (visit) => {
      await visit.ask(me);
      return page(visit.words(startWords).start.title, html``);
    },
  },
];
