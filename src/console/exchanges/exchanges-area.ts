import type { Area } from "../page-route.ts";
import { routeOf } from "../route-of.ts";
import { exchangePages } from "./exchange-pages.ts";
import { searchPages } from "./search-pages.ts";
import { verificationPage } from "./verification-page.ts";
import { exchangesWords } from "./words.ts";

/** The auditor's pages. */
export const exchangesArea: Area = {
  path: "/exchanges",
  title: (visit) => visit.words(exchangesWords).search.title,
  needs: [routeOf("GET /exchanges")],
  pages: [...searchPages, ...exchangePages, verificationPage],
};
