import type { Area, PageRoute } from "../page-route.ts";
import { changesPage } from "./changes-page.ts";
import { correctionPages } from "./correction-page.ts";
import { formPages } from "./form-pages.ts";
import { observePages } from "./observe-pages.ts";
import { publishPages } from "./publish-pages.ts";
import { samplePage } from "./sample-page.ts";
import { listServices, searchPage } from "./search-page.ts";
import { servicePage } from "./service-page.ts";
import { tryPages } from "./try-pages.ts";
import { catalogueWords } from "./words.ts";

const readingPages: readonly PageRoute[] = [
  { method: "GET", path: "/catalogue", run: searchPage },
  { method: "GET", path: "/catalogue/service", run: servicePage },
  { method: "GET", path: "/catalogue/samples", run: samplePage },
  { method: "GET", path: "/catalogue/changes", run: changesPage },
];

/** Services: looked for, read, called, published. */
export const catalogueArea: Area = {
  path: "/catalogue",
  title: (visit) => visit.words(catalogueWords).title,
  needs: [listServices],
  pages: [...readingPages, ...publishPages, ...tryPages, ...formPages, ...correctionPages, ...observePages],
};
