import type { Observation } from "../../admin/observation-desk.ts";
import { type Html, html } from "../../web/html.ts";
import { form, reasonField } from "../form.ts";
import { withQuery } from "../link.ts";
import { type Content, type PageAnswer, type PageRoute, page } from "../page-route.ts";
import { isOfficer, passphraseField, passphraseIn } from "../registration/officer-key.ts";
import { routeOf } from "../route-of.ts";
import { definitions, moment } from "../table.ts";
import type { Visit } from "../visit.ts";
import { serviceAddress } from "./search-page.ts";
import { catalogueWords } from "./words.ts";
import { workWords } from "./work-words.ts";

const begin = routeOf("POST /service-observations");
const read = routeOf("GET /service-observation");
const confirm = routeOf("POST /service-observations/confirmation");
const path = "/catalogue/observe";

/** Two officers of the server let a version be observed: the first one's page ends in a link for the second. */
export const observePages: readonly PageRoute[] = [
  { method: "GET", path, run: observePage },
  { method: "POST", path, run: sign, again: observePage },
  { method: "POST", path: `${path}/confirmation`, run: signToo, again: observePage },
];

/** To it, for whoever has an officer's key here. */
export function mayObserve(visit: Visit): boolean {
  return visit.may(begin) && isOfficer(visit);
}

export function observeLink(
  visit: Visit,
  named: { readonly service: string; readonly version: string },
): Html {
  const { title } = visit.words(workWords).observe;
  return html`<p><a class="button" href="${withQuery(path, { ...named })}">${title}</a></p>`;
}

async function observePage(visit: Visit): Promise<Content> {
  visit.checkMay(begin);
  const words = visit.words(workWords).observe;
  const { record, service, version } =
    visit.method === "POST"
      ? visit.fields("record", "service", "version")
      : visit.asked("record", "service", "version");
  if (!isOfficer(visit)) return page(words.title, html`<p>${words.none}</p>`);
  const shown =
    record === undefined ? firstForm(visit, service ?? "", version ?? "") : await secondForm(visit, record);
  return page(words.title, html`<p>${words.about}</p>${shown}`);
}

function firstForm(visit: Visit, service: string, version: string): Html {
  const words = visit.words(workWords).observe;
  return html`<p><a href="${serviceAddress(service, version)}">${service}</a> ${version}</p>
${form(visit, {
  action: path,
  submit: words.sign,
  fields: [
    { kind: "hidden", name: "service", value: service },
    { kind: "hidden", name: "version", value: version },
    { kind: "number", name: "hours", label: words.hours, value: "24" },
    passphraseField(visit),
    reasonField(visit),
  ],
})}`;
}

async function secondForm(visit: Visit, record: string): Promise<Html> {
  const { entry, service: usual } = visit.words(catalogueWords);
  const words = visit.words(workWords).observe;
  const { reason, service, until, version } = await signed(visit, record);
  return html`${definitions([
    [entry.name, html`<a href="${serviceAddress(service, version)}">${service}</a>`],
    [entry.version, version],
    [words.until, moment(until)],
    [usual.reason, reason],
  ])}
${form(visit, {
  action: `${path}/confirmation`,
  submit: words.confirm,
  fields: [{ kind: "hidden", name: "record", value: record }, passphraseField(visit), reasonField(visit)],
})}`;
}

async function signed(visit: Visit, record: string): Promise<Observation> {
  return (await visit.ask<Observation>(read, { query: { record } })).body;
}

async function sign(visit: Visit): Promise<PageAnswer> {
  visit.checkMay(begin);
  const words = visit.words(workWords).observe;
  const { hours, ...said } = visit.fields("service", "version", "reason", "hours");
  const body = { ...said, ...passphraseIn(visit), hours: Number(hours) };
  const { record } = (await visit.ask<{ readonly record: string }>(begin, { body })).body;
  const address = withQuery(path, { record });
  return page(
    words.title,
    html`<p class="done" role="status">${words.signed}</p><p><a href="${address}">${words.link}</a></p>`,
  );
}

async function signToo(visit: Visit): Promise<PageAnswer> {
  visit.checkMay(confirm);
  const body = { ...visit.fields("record", "reason"), ...passphraseIn(visit) };
  const { service, version } = await signed(visit, visit.field("record"));
  await visit.ask(confirm, { body });
  return { kind: "redirect", to: withQuery("/catalogue/service", { service, version, done: "ordered" }) };
}
