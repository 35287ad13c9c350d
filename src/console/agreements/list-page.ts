import { type Html, html } from "../../web/html.ts";
import { searchForm } from "../form.ts";
import { withQuery } from "../link.ts";
import { type Content, page } from "../page-route.ts";
import { routeOf } from "../route-of.ts";
import { moment, table } from "../table.ts";
import type { Visit } from "../visit.ts";
import { layoutWords } from "../words/layout-words.ts";
import { fill, named } from "../words/word-book.ts";
import type { ListedAgreement } from "./told-agreement.ts";
import { agreementsWords } from "./words.ts";

export const listAgreements = routeOf("GET /agreements");
const requestAgreement = routeOf("POST /agreement-requests");
const countUse = routeOf("GET /agreement-use");

interface AgreementPage {
  readonly agreements: readonly ListedAgreement[];
  readonly total: number;
  readonly cursor: string | null;
}

/** The agreements of the visitor's members: all, or those that fit. */
export async function listPage(visit: Visit): Promise<Content> {
  const words = visit.words(agreementsWords);
  const { caption, consumer, id, service, state, suspended, total, until } = words.list;
  const query = visit.asked("q", "state", "cursor");
  const { agreements, cursor, total: all } = (await visit.ask<AgreementPage>(listAgreements, { query })).body;
  const rows = agreements.map((one) => [
    html`<a href="${agreementAddress(one.id)}">${one.id}</a>`,
    one.consumer,
    one.service,
    named(words.states, one.state),
    moment(one.to),
    one.suspendedBy.map((side) => named(words.sides, side)).join(", "),
  ]);
  return page(
    words.title,
    html`${filters(visit)}
<p role="status">${fill(total, { total: all })}</p>
${table(visit, caption, [id, consumer, service, state, until, suspended], rows)}
${pageLinks(visit, cursor)}
${links(visit)}`,
  );
}

export function agreementAddress(agreement: string): string {
  return withQuery("/agreements/one", { agreement });
}

function filters(visit: Visit): Html {
  const { list, states } = visit.words(agreementsWords);
  return searchForm(visit, {
    action: "/agreements",
    submit: list.look,
    fields: [
      { kind: "search", name: "q", label: list.words, hint: list.wordsHint, need: "optional" },
      {
        ...{ kind: "choice", name: "state", label: list.state },
        options: [["", list.any], ...Object.entries(states)],
      },
    ],
  });
}

function pageLinks(visit: Visit, cursor: string | null): Html | null {
  const { first, next } = visit.words(layoutWords).table;
  const at = (start: string | undefined) =>
    withQuery("/agreements", { ...visit.asked("q", "state"), cursor: start });
  const isFirst = visit.asked("cursor").cursor === undefined;
  if (isFirst && cursor === null) return null;
  return html`<p>${isFirst ? null : html`<a href="${at(undefined)}">${first}</a> `}
${cursor === null ? null : html`<a href="${at(cursor)}" rel="next">${next}</a>`}</p>`;
}

function links(visit: Visit): Html {
  const { list } = visit.words(agreementsWords);
  const ask = visit.may(requestAgreement)
    ? html`<a class="button" href="/agreements/request">${list.ask}</a> `
    : null;
  const use = visit.may(countUse) ? html`<a class="button" href="/agreements/use">${list.use}</a>` : null;
  return html`<p>${ask}${use}</p>`;
}
