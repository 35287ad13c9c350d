import type { CatalogueEntry } from "../../admin/use-cases/catalogue.ts";
import { type Html, html } from "../../web/html.ts";
import { searchForm } from "../form.ts";
import { withQuery } from "../link.ts";
import { type Content, page } from "../page-route.ts";
import { routeOf } from "../route-of.ts";
import { table } from "../table.ts";
import type { Visit } from "../visit.ts";
import { layoutWords } from "../words/layout-words.ts";
import { fill, named } from "../words/word-book.ts";
import { textIn } from "./text-in.ts";
import { catalogueWords } from "./words.ts";
import { workWords } from "./work-words.ts";

export const listServices = routeOf("GET /catalogue");
const searchServices = routeOf("GET /catalogue/search");
const publish = routeOf("POST /services");
const checkForms = routeOf("POST /catalogue/form-checks");
const onPage = "50";

interface Found {
  readonly services: readonly CatalogueEntry[];
  readonly total: number;
  /** The query of the next page. */
  readonly next: Readonly<Record<string, string | undefined>> | null;
}

/** Services that the visitor's members find: all of them, or those that have the words. */
export async function searchPage(visit: Visit): Promise<Content> {
  const words = visit.words(catalogueWords);
  const q = visit.query.get("q")?.trim() ?? "";
  const found = await (q === "" ? listed(visit) : searched(visit, q));
  const { list, total } = words.search;
  const { name, version, state, register, authority } = words.entry;
  const rows = found.services.map((one) => [
    html`<a href="${serviceAddress(one.id)}">${textIn(visit, one.title)}</a><br><small>${one.id}</small>`,
    one.version,
    named(words.states, one.state),
    one.register,
    one.responsibleAuthority,
  ]);
  return page(
    words.title,
    html`${searchForm(visit, {
      action: "/catalogue",
      submit: words.search.look,
      fields: [
        { kind: "search", name: "q", label: words.search.words, hint: words.search.hint, need: "optional" },
      ],
    })}
<p role="status">${fill(total, { total: found.total })}</p>
${table(visit, list, [name, version, state, register, authority], rows)}
${pageLinks(visit, found.next)}
${workLinks(visit)}`,
  );
}

export function serviceAddress(service: string, version?: string): string {
  return withQuery("/catalogue/service", { service, version });
}

async function listed(visit: Visit): Promise<Found> {
  const query = { limit: onPage, ...visit.asked("after") };
  const { services, total, next } = (
    await visit.ask<{ services: CatalogueEntry[]; total: number; next: string | null }>(listServices, {
      query,
    })
  ).body;
  return { services, total, next: next === null ? null : { after: next } };
}

async function searched(visit: Visit, q: string): Promise<Found> {
  const query = { q, limit: onPage, ...visit.asked("cursor") };
  const { services, total, cursor } = (
    await visit.ask<{ services: CatalogueEntry[]; total: number; cursor: string | null }>(searchServices, {
      query,
    })
  ).body;
  return { services, total, next: cursor === null ? null : { q, cursor } };
}

function pageLinks(visit: Visit, next: Found["next"]): Html | null {
  const words = visit.words(layoutWords).table;
  const isFirst = !visit.query.has("after") && !visit.query.has("cursor");
  const first = { q: visit.query.get("q") ?? undefined };
  if (isFirst && next === null) return null;
  return html`<p>${isFirst ? null : html`<a href="${withQuery("/catalogue", first)}">${words.first}</a> `}
${next === null ? null : html`<a href="${withQuery("/catalogue", next)}" rel="next">${words.next}</a>`}</p>`;
}

function workLinks(visit: Visit): Html {
  const words = visit.words(workWords);
  const publishing = visit.may(publish)
    ? html`<a class="button" href="/catalogue/publish">${words.publish.title}</a> `
    : null;
  const forms = visit.may(checkForms)
    ? html`<a class="button" href="/catalogue/forms">${words.forms.title}</a>`
    : null;
  return html`<p>${publishing}${forms}</p>`;
}
