import { SealwayError } from "../../core/errors.ts";
import { type Html, html } from "../../web/html.ts";
import { type Field, form, reasonField, searchForm } from "../form.ts";
import { PageProblem } from "../page-problem.ts";
import { type Content, type PageRoute, page } from "../page-route.ts";
import { routeOf } from "../route-of.ts";
import type { Visit } from "../visit.ts";
import { layoutWords } from "../words/layout-words.ts";
import { exchangeList, type FoundPage } from "./exchange-list.ts";
import { filterFields, filterNames, filtersOf } from "./filters.ts";
import { exchangesWords } from "./words.ts";

const search = routeOf("GET /exchanges");
const searchPersonal = routeOf("POST /exchanges/search");
const exportFound = routeOf("POST /exchanges/export");

/** What may tell of a person. */
const personalNames = ["queryId", "status", "permission"] as const;
const personNames = ["scheme", "value", ...personalNames] as const;

export const searchPages: readonly PageRoute[] = [
  { method: "GET", path: "/exchanges", run: listPage },
  {
    ...{ method: "GET", path: "/exchanges/search" },
    run: async (visit) => {
      visit.checkMay(searchPersonal);
      return personPage(visit, null);
    },
  },
  {
    ...{ method: "POST", path: "/exchanges/search", again: async (visit) => personPage(visit, null) },
    run: async (visit) => {
      const body = { ...personalQuery(visit), ...visit.fields("cursor", "reason") };
      const found = (await visit.ask<FoundPage>(searchPersonal, { body })).body;
      return personPage(visit, foundPersonal(visit, found));
    },
  },
  {
    ...{ method: "POST", path: "/exchanges/export", again: exportAgain },
    run: async (visit) => {
      const body = { ...personalQuery(visit), ...visit.fields("format", "reason") };
      return { kind: "file", ...(await visit.ask(exportFound, { body })).file! };
    },
  },
];

/** The log's newest exchanges, or what is sought among them. */
async function listPage(visit: Visit): Promise<Content> {
  const words = visit.words(exchangesWords);
  const found = await foundBy(visit);
  const order: Field = {
    ...{ kind: "choice", name: "order", label: words.search.order, need: "optional" },
    options: Object.entries(words.orders),
  };
  const fields = [...filterFields(visit), order];
  return page(
    words.search.title,
    html`<p>${words.search.introduction}</p>
${searchForm(visit, { action: "/exchanges", submit: words.search.find, fields })}
${visit.may(searchPersonal) ? html`<p><a href="/exchanges/search">${words.person.link}</a></p>` : null}
${found === null ? null : html`${exchangeList(visit, found)}${moreLink(visit, found)}`}
${visit.may(exportFound) ? exportForm(visit) : null}`,
  );
}

/** What was to be exported, and the form for it: an export of what was found of a person stays one. */
async function exportAgain(visit: Visit): Promise<Content> {
  const isPersonal = Object.keys(visit.fields(...personNames)).length > 0;
  return isPersonal ? personPage(visit, exportForm(visit)) : listPage(visit);
}

/** Null for a search that is refused: the page says why, and keeps what was filled in. */
async function foundBy(visit: Visit): Promise<FoundPage | null> {
  if (visit.problem !== undefined) return null;
  const query = { ...filtersOf(visit.asked(...filterNames)), ...visit.asked("order", "cursor") };
  try {
    return (await visit.ask<FoundPage>(search, { query })).body;
  } catch (error) {
    if (!(error instanceof SealwayError) || error.entry.status !== 400) throw error;
    visit.problem = PageProblem.of(error);
    return null;
  }
}

function moreLink(visit: Visit, { cursor }: FoundPage): Html | null {
  if (cursor === null) return null;
  const query = new URLSearchParams(visit.query);
  query.set("cursor", cursor);
  query.delete("language");
  const { next } = visit.words(layoutWords).table;
  return html`<p><a href="${`/exchanges?${query}`}">${next}</a></p>`;
}

/** Of the filters those that people narrow a person's exchanges down by. */
const narrowing: ReadonlySet<string> = new Set(["since", "until", "consumer", "service"]);

/** @param found what was found, and what is done with it */
function personPage(visit: Visit, found: Html | null): Content {
  const words = visit.words(exchangesWords);
  const texts = words.person;
  const hints: Partial<Record<string, string>> = { scheme: texts.schemeHint, status: texts.statusHint };
  const personal = personNames.map((name): Field => {
    const hint = hints[name];
    const shared = { kind: "text", name, label: texts[name], value: visit.field(name) } as const;
    return { ...shared, ...(hint !== undefined && { hint }), need: "optional" };
  });
  const narrower = filterFields(visit).filter(({ name }) => narrowing.has(name));
  const fields = [...personal, ...narrower, reasonField(visit)];
  return page(
    texts.title,
    html`<p>${texts.introduction}</p>
${found}
${form(visit, { action: "/exchanges/search", submit: words.search.find, fields })}
<p><a href="/exchanges">${words.one.back}</a></p>`,
  );
}

/** What was found, how it goes on, and how it is exported: by forms, as no address may name a person. */
function foundPersonal(visit: Visit, found: FoundPage): Html {
  const { next } = visit.words(layoutWords).table;
  const more = hiddenOf({ ...visit.fields("reason"), ...(found.cursor && { cursor: found.cursor }) });
  const again = { action: "/exchanges/search", submit: next, fields: [...hiddenFilters(visit), ...more] };
  return html`${exchangeList(visit, found)}
${found.cursor === null ? null : form(visit, again)}
${visit.may(exportFound) ? exportForm(visit) : null}`;
}

/** Of a form: filters, and what may tell of a person where that was filled in. */
function personalQuery(visit: Visit) {
  const { scheme, value } = visit.fields("scheme", "value");
  const person = scheme === undefined && value === undefined ? {} : { person: { scheme, value } };
  return { ...filtersOf(visit.fields(...filterNames)), ...visit.fields(...personalNames), ...person };
}

function exportForm(visit: Visit): Html {
  const words = visit.words(exchangesWords).export;
  const format: Field = {
    ...{ kind: "choice", name: "format", label: words.format },
    options: [
      ["csv", words.csv],
      ["jsonl", words.jsonl],
    ],
  };
  return html`<h2>${words.title}</h2><p>${words.introduction}</p>
${form(visit, { action: "/exchanges/export", submit: words.submit, fields: [...hiddenFilters(visit), format, reasonField(visit)] })}`;
}

/** What is shown is what is exported: all pages of it. */
function hiddenFilters(visit: Visit): readonly Field[] {
  if (visit.method === "GET") return hiddenOf(visit.asked(...filterNames));
  return hiddenOf(visit.fields(...filterNames, ...personNames));
}

function hiddenOf(given: Readonly<Record<string, string>>): Field[] {
  return Object.entries(given).map(([name, value]) => ({ kind: "hidden", name, value }));
}
