import type { Area, Download, PageRoute } from "../page-route.ts";
import { routeOf } from "../route-of.ts";
import type { Visit } from "../visit.ts";
import { changesPage } from "./changes-page.ts";
import { formPages } from "./form-pages.ts";
import { publishPages } from "./publish-pages.ts";
import { samplePage } from "./sample-page.ts";
import { listServices, searchPage } from "./search-page.ts";
import { servicePage } from "./service-page.ts";
import { tryPages } from "./try-pages.ts";
import { catalogueWords } from "./words.ts";

const openApi = routeOf("GET /catalogue/openapi");
const types = routeOf("GET /catalogue/types");

const readingPages: readonly PageRoute[] = [
  { method: "GET", path: "/catalogue", run: searchPage },
  { method: "GET", path: "/catalogue/service", run: servicePage },
  { method: "GET", path: "/catalogue/samples", run: samplePage },
  { method: "GET", path: "/catalogue/changes", run: changesPage },
  { method: "GET", path: "/catalogue/openapi", run: openApiFile },
  { method: "GET", path: "/catalogue/types", run: typesFile },
];

/** Services: looked for, read, called, published. */
export const catalogueArea: Area = {
  path: "/catalogue",
  title: (visit) => visit.words(catalogueWords).title,
  needs: [listServices],
  pages: [...readingPages, ...publishPages, ...tryPages, ...formPages],
};

async function openApiFile(visit: Visit): Promise<Download> {
  const { body } = await visit.ask(openApi, { query: visit.asked("service") });
  const bytes = Buffer.from(JSON.stringify(body, undefined, 2));
  return { kind: "file", type: "application/json", name: "openapi.json", bytes };
}

async function typesFile(visit: Visit): Promise<Download> {
  const { file } = await visit.ask(types, { query: visit.asked("service", "version") });
  return { kind: "file", ...file! };
}
