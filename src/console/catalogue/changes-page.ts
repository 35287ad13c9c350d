import type { ShownService } from "../../admin/use-cases/catalogue.ts";
import { html } from "../../web/html.ts";
import { searchForm } from "../form.ts";
import { type Content, page } from "../page-route.ts";
import { routeOf } from "../route-of.ts";
import { table } from "../table.ts";
import type { Visit } from "../visit.ts";
import { fill } from "../words/word-book.ts";
import { serviceAddress } from "./search-page.ts";
import { showService } from "./service-in.ts";
import { textIn } from "./text-in.ts";
import { catalogueWords } from "./words.ts";

const listChanges = routeOf("GET /catalogue/changes");

interface Changes {
  readonly breaking: boolean;
  readonly changes: readonly {
    readonly effect: "breaking" | "compatible";
    readonly place: string;
    readonly detail: string;
  }[];
}

/** What a version of a service changes in another. */
export async function changesPage(visit: Visit): Promise<Content> {
  const words = visit.words(catalogueWords).changes;
  const query = visit.asked("service", "from", "to");
  const { breaking, changes } = (await visit.ask<Changes>(listChanges, { query })).body;
  const of = (await visit.ask<ShownService>(showService, { query: visit.asked("service") })).body;
  const { from = "", to = "" } = query;
  const options = of.versions.map(({ version }) => [version, version] as const);
  const rows = changes.map(({ detail, effect, place }) => [
    html`<code>${place}</code>`,
    words[effect],
    detail,
  ]);
  return page(
    fill(words.title, { from, to }),
    html`<p><a href="${serviceAddress(of.id, to)}">${textIn(visit, of.title)}</a></p>
<p role="status">${breaking ? words.breaks : words.breaksNot}</p>
${table(visit, words.list, [words.place, words.effect, words.detail], rows)}
${searchForm(visit, {
  action: "/catalogue/changes",
  submit: words.compare,
  fields: [
    { kind: "hidden", name: "service", value: of.id },
    { kind: "choice", name: "from", label: words.from, options },
    { kind: "choice", name: "to", label: words.to, options },
  ],
})}`,
  );
}
