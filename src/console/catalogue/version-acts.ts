import type { ServiceActOrder } from "../../admin/admin-services.ts";
import type { ShownService } from "../../admin/use-cases/catalogue.ts";
import { type Html, html } from "../../web/html.ts";
import { type Field, foldedForm, reasonField } from "../form.ts";
import { withQuery } from "../link.ts";
import type { PageAnswer } from "../page-route.ts";
import { routeOf } from "../route-of.ts";
import { dayInUtc } from "../utc.ts";
import type { Visit } from "../visit.ts";
import { fill } from "../words/word-book.ts";
import { announceCorrection } from "./correction-page.ts";
import { mayObserve, observeLink } from "./observe-pages.ts";
import { workWords } from "./work-words.ts";

const actOnService = routeOf("POST /service-acts");
const ownServices = routeOf("GET /services");

type Word = ServiceActOrder["word"];

/** What can be done to a version in each state: forms are for these, the authority decides. */
const possible: Readonly<Record<string, readonly Word[]>> = {
  published: ["suspend", "deprecate", "narrow"],
  deprecated: ["suspend", "archive", "narrow"],
  suspended: ["resume", "archive", "narrow"],
};

/** Forms for what becomes of a version of an own service, for whoever may. */
export async function actsOn(visit: Visit, service: ShownService): Promise<Html | null> {
  if (![actOnService, announceCorrection].some((route) => visit.may(route)) && !mayObserve(visit))
    return null;
  const own = (await visit.ask<{ services: { id: string }[] }>(ownServices)).body.services;
  if (!own.some(({ id }) => id === service.id)) return null;
  const words = visit.words(workWords);
  const forms = visit.may(actOnService) ? (possible[service.state] ?? []) : [];
  const announcing = visit.may(announceCorrection)
    ? html`<p><a class="button" href="${withQuery("/catalogue/correction", { service: service.id })}">${words.correction.title}</a></p>`
    : null;
  return html`${forms.map((word) => formFor(visit, word, service))}${mayObserve(visit) ? observeLink(visit, { service: service.id, version: service.version }) : null}${announcing}`;
}

function formFor(visit: Visit, word: Word, { id, version }: ShownService): Html {
  const words = visit.words(workWords).acts;
  const title = fill(words[word], { version });
  return foldedForm(visit, title, words.about[word], {
    action: `/catalogue/acts/${word}`,
    submit: title,
    fields: [
      { kind: "hidden", name: "service", value: id },
      { kind: "hidden", name: "version", value: version },
      ...fieldsOf(visit, word),
      reasonField(visit),
    ],
  });
}

function fieldsOf(visit: Visit, word: Word): readonly Field[] {
  const { fields, fieldsHint, sunset } = visit.words(workWords).acts;
  if (word === "deprecate") return [{ kind: "date", name: "sunset", label: sunset }];
  return word === "narrow"
    ? [{ kind: "area", name: "fields", rows: 3, label: fields, hint: fieldsHint }]
    : [];
}

/** An act on a version, by a form of the page. */
export async function act(visit: Visit): Promise<PageAnswer> {
  const { fields, sunset, ...named } = visit.fields("service", "version", "reason", "sunset", "fields");
  const body = {
    ...{ ...named, act: visit.parameter("word") },
    ...(sunset !== undefined && { sunset: dayInUtc(sunset, 0) }),
    ...(fields !== undefined && { fields: fields.split(/\s+/) }),
  };
  await visit.ask(actOnService, { body });
  const { service, version } = named;
  return { kind: "redirect", to: withQuery("/catalogue/service", { service, version, done: "ordered" }) };
}
