import type { ToldRequest } from "../../admin/registration-desk.ts";
import { html } from "../../web/html.ts";
import { form, reasonField } from "../form.ts";
import { type Content, type PageRoute, page } from "../page-route.ts";
import { routeOf } from "../route-of.ts";
import type { Visit } from "../visit.ts";
import { showField } from "./member-pages.ts";
import { isOfficer, passphraseField, passphraseIn } from "./officer-key.ts";
import { requestTable } from "./request-table.ts";
import { registrationWords } from "./words.ts";

const queue = routeOf("POST /registration-queue");

export const queuePages: readonly PageRoute[] = [
  { method: "GET", path: "/registration/queue", run: queuePage },
  { method: "POST", path: "/registration/queue", run: queueShown, again: queuePage },
];

async function queuePage(visit: Visit): Promise<Content> {
  visit.checkMay(queue);
  const words = visit.words(registrationWords);
  const asking = form(visit, {
    action: "/registration/queue",
    submit: words.show,
    fields: [showField(visit), passphraseField(visit), reasonField(visit)],
  });
  return page(
    words.queue.title,
    html`<p><a href="/registration">${words.title}</a></p>
${isOfficer(visit) ? html`<p>${words.queue.about}</p>${asking}` : html`<p>${words.queue.others}</p>`}`,
  );
}

/** Shown once, as the answer to the form: the query is signed with the officer's key. */
async function queueShown(visit: Visit): Promise<Content> {
  const words = visit.words(registrationWords);
  const body = { ...visit.fields("show", "reason"), ...passphraseIn(visit) };
  const { requests } = (await visit.ask<{ readonly requests: readonly ToldRequest[] }>(queue, { body })).body;
  return page(
    words.queue.title,
    html`${requestTable(visit, words.queue.list, requests)}
<p><a href="/registration/queue">${words.queue.again}</a></p>`,
  );
}
