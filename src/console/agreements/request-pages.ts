import type { AskedQuestionnaire } from "../../admin/use-cases/agreement-requests.ts";
import type { ShownService } from "../../admin/use-cases/catalogue.ts";
import { type Html, html } from "../../web/html.ts";
import { clientOptions, clientsOf } from "../catalogue/clients.ts";
import { serviceIn } from "../catalogue/service-in.ts";
import { plainTextIn, textIn } from "../catalogue/text-in.ts";
import { type Field, form, reasonField } from "../form.ts";
import { parseJsonField } from "../json-field.ts";
import { withQuery } from "../link.ts";
import { type Content, type PageAnswer, type PageRoute, page } from "../page-route.ts";
import { routeOf } from "../route-of.ts";
import { dayInUtc } from "../utc.ts";
import type { Visit } from "../visit.ts";
import { fill } from "../words/word-book.ts";
import { agreementIn } from "./agreement-page.ts";
import { agreementAddress } from "./list-page.ts";
import { answersIn, faultsOf, questionFields } from "./questionnaire.ts";
import { agreementsWords } from "./words.ts";

const questionnaire = routeOf("GET /agreement-questionnaire");
const requestAgreement = routeOf("POST /agreement-requests");
const changeAgreement = routeOf("POST /agreement-changes");

export const requestPages: readonly PageRoute[] = [
  { method: "GET", path: "/agreements/request", run: requestPage },
  { method: "POST", path: "/agreements/request", run: request, again: requestPage },
  { method: "GET", path: "/agreements/change", run: changePage },
  { method: "POST", path: "/agreements/change", run: change, again: changePage },
];

async function requestPage(visit: Visit): Promise<Content> {
  visit.checkMay(requestAgreement);
  const words = visit.words(agreementsWords);
  if (visit.method === "GET" && !visit.query.has("service"))
    return page(
      words.list.ask,
      html`<p>${words.request.which}</p><p><a class="button" href="/catalogue">${words.request.toCatalogue}</a></p>`,
    );
  const service = await serviceIn(visit);
  const { body: asked } = await visit.ask<AskedQuestionnaire>(questionnaire);
  return page(
    fill(words.request.title, { service: plainTextIn(visit, service.title) }),
    html`<p>${words.request.about}</p><p>${textIn(visit, service.title)} <code>${service.id}</code></p>
${faultsOf(visit, asked)}
${await requestForm(visit, service, asked)}`,
  );
}

async function requestForm(visit: Visit, service: ShownService, asked: AskedQuestionnaire): Promise<Html> {
  const words = visit.words(agreementsWords).request;
  const asking = await clientsOf(visit);
  if (asking.clients.length === 0) return html`<p>${words.none}</p>`;
  return form(visit, {
    action: "/agreements/request",
    submit: words.send,
    fields: [
      { kind: "hidden", name: "service", value: service.id },
      { kind: "text", name: "id", label: words.id, hint: words.idHint },
      { kind: "choice", name: "client", label: words.client, options: clientOptions(asking) },
      ...termFields(visit, service),
      ...questionFields(visit, asked),
    ],
  });
}

function termFields(visit: Visit, { description }: ShownService): Field[] {
  const words = visit.words(agreementsWords).request;
  const { endpoints, purposes = [] } = description;
  const named = purposes.map(({ id, title }) => [id, `${id}: ${plainTextIn(visit, title)}`] as const);
  const checks: Field = {
    ...{ kind: "checks", name: "endpoint", label: words.endpoints },
    options: endpoints.map(({ method, path }, i) => [String(i), `${method} ${path}`] as const),
  };
  const { fields, fieldsHint, from, more, moreHint, to, versions, versionsHint } = words;
  return [
    checks,
    ...(named.length === 0
      ? []
      : [{ kind: "checks", name: "purpose", label: words.purposes, options: named } as const]),
    { kind: "date", name: "from", label: from },
    { kind: "date", name: "to", label: to },
    { kind: "text", name: "versions", label: versions, hint: versionsHint, need: "optional" },
    { kind: "area", name: "fields", rows: 3, label: fields, hint: fieldsHint, need: "optional" },
    { kind: "json", name: "more", rows: 3, label: more, hint: moreHint, need: "optional" },
  ];
}

async function request(visit: Visit): Promise<PageAnswer> {
  visit.checkMay(requestAgreement);
  const service = await serviceIn(visit);
  const { body: asked } = await visit.ask<AskedQuestionnaire>(questionnaire);
  const body = { terms: termsIn(visit, service), answers: answersIn(visit, asked) };
  const made = (await visit.ask<{ readonly agreement: string }>(requestAgreement, { body })).body;
  return { kind: "redirect", to: `${agreementAddress(made.agreement)}&done=ordered` };
}

/** What was filled in, as terms; whether they are good the server says. @throws PageProblem */
function termsIn(visit: Visit, { description, id: service }: ShownService): object {
  const words = visit.words(agreementsWords).request;
  const { client, fields, from, id, more, to, versions } = visit.fields(
    ...(["id", "client", "from", "to", "versions", "fields", "more"] as const),
  );
  const further = more === undefined ? {} : parseJsonField(more, words.notJson);
  const chosen = new Set(visit.fieldAll("endpoint"));
  const endpoints = description.endpoints.filter((_, i) => chosen.has(String(i)));
  const purposes = visit.fieldAll("purpose").map((purpose) => ({ id: purpose }));
  return {
    ...(further as object),
    ...{ v: 1, id: id ?? "", revision: 1, consumer: client ?? "", service },
    endpoints: endpoints.map(({ method, path }) => ({ method, path })),
    validity: { from: dayInUtc(from ?? "", 0), to: dayInUtc(to ?? "", 1) },
    ...(purposes.length > 0 && { purposes }),
    ...(versions !== undefined && { serviceVersions: versions }),
    ...(fields !== undefined && { fields: fields.split(/\s+/) }),
  };
}

async function changePage(visit: Visit): Promise<Content> {
  visit.checkMay(changeAgreement);
  const words = visit.words(agreementsWords).change;
  const { acts, listed, shown } = await agreementIn(visit);
  const inForce = shown?.terms ?? shown?.proposal?.terms ?? {};
  const terms = visit.method === "POST" ? visit.field("terms") : JSON.stringify(inForce, undefined, 2);
  const { sides } = visit.words(agreementsWords);
  return page(
    fill(words.title, { id: listed.id }),
    html`<p>${words.about}</p><p><a href="${agreementAddress(listed.id)}">${listed.id}</a></p>
${form(visit, {
  action: "/agreements/change",
  submit: words.send,
  fields: [
    { kind: "hidden", name: "agreement", value: listed.id },
    {
      ...{ kind: "choice", name: "as", label: visit.words(agreementsWords).one.yours },
      options: acts.map((side) => [side, sides[side]] as const),
    },
    { kind: "json", name: "terms", rows: 24, label: words.terms, hint: words.termsHint, value: terms },
    reasonField(visit),
  ],
})}`,
  );
}

async function change(visit: Visit): Promise<PageAnswer> {
  visit.checkMay(changeAgreement);
  const { notJson } = visit.words(agreementsWords).request;
  const { terms = "", ...said } = visit.fields("terms", "as", "reason", "agreement");
  const { agreement, ...stated } = said;
  const body = { ...stated, terms: parseJsonField(terms, notJson) };
  await visit.ask(changeAgreement, { body });
  return { kind: "redirect", to: withQuery("/agreements/one", { agreement, done: "ordered" }) };
}
