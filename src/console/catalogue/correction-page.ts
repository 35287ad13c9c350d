import { html } from "../../web/html.ts";
import { form, reasonField } from "../form.ts";
import { type Content, type PageRoute, page } from "../page-route.ts";
import { personFields, personIn } from "../rights/person-fields.ts";
import { routeOf } from "../route-of.ts";
import { dayInUtc } from "../utc.ts";
import type { Visit } from "../visit.ts";
import { fill } from "../words/word-book.ts";
import { serviceAddress } from "./search-page.ts";
import { serviceIn } from "./service-in.ts";
import { plainTextIn } from "./text-in.ts";
import { workWords } from "./work-words.ts";

export const announceCorrection = routeOf("POST /corrections");
const path = "/catalogue/correction";

export const correctionPages: readonly PageRoute[] = [
  { method: "GET", path, run: correctionPage },
  { method: "POST", path, run: announce, again: correctionPage },
];

/** Everybody who got a person's data from a service is told that it was wrong. */
async function correctionPage(visit: Visit): Promise<Content> {
  visit.checkMay(announceCorrection);
  const words = visit.words(workWords).correction;
  const service = await serviceIn(visit);
  return page(
    words.title,
    html`<p><a href="${serviceAddress(service.id)}">${plainTextIn(visit, service.title) || service.id}</a></p>
<p>${words.about}</p>
${form(visit, {
  action: path,
  submit: words.send,
  fields: [
    { kind: "hidden", name: "service", value: service.id },
    ...personFields(visit),
    { kind: "area", name: "elements", rows: 3, label: words.elements, hint: words.elementsHint },
    { kind: "date", name: "asOf", label: words.asOf },
    { kind: "date", name: "from", label: words.from },
    { kind: "date", name: "to", label: words.to },
    { kind: "area", name: "note", rows: 4, label: words.note, need: "optional" },
    reasonField(visit),
  ],
})}`,
  );
}

async function announce(visit: Visit): Promise<Content> {
  const words = visit.words(workWords).correction;
  const {
    asOf = "",
    elements = "",
    from = "",
    note,
    reason,
    service = "",
    to = "",
  } = visit.fields(...(["service", "elements", "asOf", "from", "to", "note", "reason"] as const));
  const body = {
    ...{ service, own: service.split("/").slice(0, -1).join("/"), subject: personIn(visit) },
    elements: elements.split(/\s+/).filter((one) => one !== ""),
    ...{ asOf: dayInUtc(asOf, 0), from: dayInUtc(from, 0), until: dayInUtc(to, 1) },
    ...(note !== undefined && { note }),
    ...(reason !== undefined && { reason }),
  };
  const { id, recipients } = (
    await visit.ask<{ readonly id: string | null; readonly recipients: number }>(announceCorrection, { body })
  ).body;
  const told = id === null ? words.nobody : fill(words.told, { count: recipients });
  return page(
    words.title,
    html`<p class="done" role="status">${told}</p>
${id === null ? null : html`<p><a href="${`/cases/corrections/${id}`}">${words.show}</a></p>`}`,
  );
}
