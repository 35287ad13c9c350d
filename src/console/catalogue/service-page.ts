import type { ShownService } from "../../admin/use-cases/catalogue.ts";
import { type Child, type Html, html } from "../../web/html.ts";
import { withQuery } from "../link.ts";
import { onThisPage } from "../on-this-page.ts";
import { type Content, page } from "../page-route.ts";
import { routeOf } from "../route-of.ts";
import { definitions, moment, table } from "../table.ts";
import type { Visit } from "../visit.ts";
import { fill, named } from "../words/word-book.ts";
import { aboutService, lawOf, purposesOf } from "./about-service.ts";
import { endpointsOf } from "./endpoint-parts.ts";
import { serviceAddress } from "./search-page.ts";
import { serviceIn } from "./service-in.ts";
import { plainTextIn } from "./text-in.ts";
import { actsOn } from "./version-acts.ts";
import { catalogueWords } from "./words.ts";
import { workWords } from "./work-words.ts";

export const decide = routeOf("POST /catalogue/decisions");
export const publish = routeOf("POST /services");
const requestAgreement = routeOf("POST /agreement-requests");

/** Of a service's version: everything that a developer who would call it wants to know. */
export async function servicePage(visit: Visit): Promise<Content> {
  const service = await serviceIn(visit);
  const words = visit.words(catalogueWords).service;
  const { description } = service;
  const isNewest = service.versions[0]?.version === service.version;
  const parts = [
    ["about", words.about, aboutService(visit, service)],
    ["who", words.who, whoMayAsk(visit, service)],
    ["law", words.law, lawOf(visit, description)],
    ["purposes", words.purposes, purposesOf(visit, description)],
    ["endpoints", words.endpoints, endpointsOf(visit, service)],
    ["versions", words.versions, html`${versions(visit, service)}${history(visit, service)}`],
    ["health", words.health, isNewest ? health(visit, service) : null],
    ["acts", visit.words(workWords).acts.title, await actsOn(visit, service)],
  ] as const;
  const shown = parts.filter(([, , content]) => content !== null);
  return page(
    plainTextIn(visit, service.title) || service.id,
    html`<p><code>${service.id}</code></p>
${links(visit, service)}
${onThisPage(visit, shown)}
${shown.map(
  ([id, title, content]) => html`<h2 id="${id}">${title}</h2>
${content}`,
)}`,
  );
}

function links(visit: Visit, { id, version }: ShownService): Html {
  const words = visit.words(catalogueWords).service;
  const link = (path: string, text: string, isShown: boolean, more: object = {}) =>
    isShown ? html`<a class="button" href="${withQuery(path, { service: id, ...more })}">${text}</a> ` : null;
  return html`<p>${link("/catalogue/try", words.tryIt, visit.may(decide))}
${link("/agreements/request", words.ask, visit.may(requestAgreement))}
${link("/catalogue/publish", words.renew, visit.may(publish))}
<a href="${withQuery("/api/v1/catalogue/openapi", { service: id })}">${words.openapi}</a>
<a href="${withQuery("/api/v1/catalogue/types", { service: id, version })}">${words.types}</a></p>`;
}

function whoMayAsk(visit: Visit, { description: { entitled } }: ShownService): Html {
  if (entitled === undefined || entitled.length === 0)
    return html`<p>${visit.words(catalogueWords).service.anybody}</p>`;
  return html`<ul>${entitled.map((one) => html`<li><code>${one}</code></li>`)}</ul>`;
}

function versions(visit: Visit, { id, version: shown, versions: all }: ShownService): Html {
  const { entry, service: words, states } = visit.words(catalogueWords);
  const rows = all.map(({ sha256, state, version }) => [
    html`<a href="${serviceAddress(id, version)}">${version}</a>`,
    named(states, state),
    html`<code>${sha256}</code>`,
    version === shown
      ? null
      : html`<a href="${withQuery("/catalogue/changes", { service: id, from: version, to: shown })}">${fill(words.since, { version })}</a>`,
  ]);
  return table(visit, words.versions, [entry.version, entry.state, words.digest, words.changes], rows);
}

function history(visit: Visit, { history: { acts: done } }: ShownService): Html | null {
  const { acts: names, entry, service: words } = visit.words(catalogueWords);
  if (done.length === 0) return null;
  const rows = done.map(({ accepted, reason, version, word }): Child[] => {
    return [moment(accepted), named(names, word), version, reason];
  });
  return table(visit, words.history, [words.time, words.act, entry.version, words.reason], rows);
}

function health(visit: Visit, { health: found }: ShownService): Html | null {
  const { healths, service: words } = visit.words(catalogueWords);
  if (found === null) return null;
  const { lastFailure, lastFailureCode, lastSuccess, state } = found;
  const when = (time: number | null) => (time === null ? words.never : moment(time));
  const code = lastFailureCode === null ? null : html` <code>${lastFailureCode}</code>`;
  return definitions([
    [visit.words(catalogueWords).entry.state, named(healths, state)],
    [words.lastSuccess, when(lastSuccess)],
    [words.lastFailure, html`${when(lastFailure)}${code}`],
  ]);
}
