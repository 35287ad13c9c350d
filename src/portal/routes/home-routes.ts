import { homePage, welcomePage } from "../pages/home-page.ts";
import type { Route } from "./route.ts";

export const homeRoutes: readonly Route[] = [
  [
    "GET",
    "/",
    (visit) => {
      const { session, reader } = visit;
      return visit.show(session === undefined ? welcomePage(reader) : homePage(reader, session.person));
    },
  ],
];
