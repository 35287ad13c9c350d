import type { Area } from "../page-route.ts";
import { routeOf } from "../route-of.ts";
import { enterPages } from "./enter-pages.ts";
import { startPages } from "./start-pages.ts";
import { startWords } from "./words.ts";

export const startArea: Area = {
  path: "/",
  title: (visit) => visit.words(startWords).start.title,
  needs: [routeOf("GET /me")],
  pages: [...startPages, ...enterPages],
};
