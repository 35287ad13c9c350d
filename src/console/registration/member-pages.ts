import type { ToldRequest } from "../../admin/registration-desk.ts";
import { type Html, html } from "../../web/html.ts";
import { type Field, form, type Option, reasonField, searchForm } from "../form.ts";
import { type Content, type PageAnswer, type PageRoute, page, redirect } from "../page-route.ts";
import { routeOf } from "../route-of.ts";
import type { Visit } from "../visit.ts";
import { memberField, ownMembers } from "./own-members.ts";
import { requestTable } from "./request-table.ts";
import { changesIn, fieldsOf, isUsual, usualKinds } from "./usual-changes.ts";
import { registrationWords } from "./words.ts";

export const listRequests = routeOf("GET /registration-requests");
const askFor = routeOf("POST /registration-requests");
const queue = routeOf("POST /registration-queue");

export const memberPages: readonly PageRoute[] = [
  { method: "GET", path: "/registration", run: listPage },
  { method: "GET", path: "/registration/new", run: newPage },
  { method: "POST", path: "/registration/new", run: send, again: newPage },
];

async function listPage(visit: Visit): Promise<Content> {
  visit.checkMay(listRequests);
  const words = visit.words(registrationWords);
  const members = await ownMembers(visit);
  const { member = members[0], show } = visit.asked("member", "show");
  return page(
    words.title,
    html`<p>${words.about}</p>
${visit.may(askFor) ? html`<p><a href="/registration/new">${words.new.title}</a></p>` : null}
${visit.may(queue) ? html`<p><a href="/registration/queue">${words.queue.title}</a></p>` : null}
${member === undefined ? null : await listOf(visit, members, member, show)}`,
  );
}

async function listOf(
  visit: Visit,
  members: readonly string[],
  member: string,
  show: string | undefined,
): Promise<Html> {
  const words = visit.words(registrationWords);
  const query = { member, ...(show !== undefined && { show }) };
  const { requests } = (
    await visit.ask<{ readonly requests: readonly ToldRequest[] }>(listRequests, { query })
  ).body;
  const filters = searchForm(visit, {
    action: "/registration",
    submit: words.show,
    fields: [memberField(visit, members), showField(visit)],
  });
  return html`${filters}${requestTable(visit, words.list, requests)}`;
}

/** Which requests are listed: those that wait, or all. */
export function showField(visit: Visit): Field {
  const { shown, shownOpen, shownAll } = visit.words(registrationWords);
  const options: Option[] = [
    ["open", shownOpen],
    ["all", shownAll],
  ];
  return { kind: "choice", name: "show", label: shown, options };
}

/** First for whom and what, then what it takes. */
async function newPage(visit: Visit): Promise<Content> {
  visit.checkMay(askFor);
  const words = visit.words(registrationWords);
  const { kind, member } =
    visit.method === "POST" ? visit.fields("kind", "member") : visit.asked("kind", "member");
  const members = await ownMembers(visit);
  const options = usualKinds.map((one): Option => [one, words.new.kinds[one]]);
  const choice = searchForm(visit, {
    action: "/registration/new",
    submit: words.new.goOn,
    fields: [memberField(visit, members), { kind: "choice", name: "kind", label: words.new.kind, options }],
  });
  const isChosen = isUsual(kind) && member !== undefined && members.includes(member);
  return page(
    words.new.title,
    html`<p><a href="/registration">${words.title}</a></p><p>${words.new.about}</p>${choice}
${isChosen ? newForm(visit, kind, member) : null}`,
  );
}

function newForm(visit: Visit, kind: (typeof usualKinds)[number], member: string): Html {
  const words = visit.words(registrationWords);
  const shown = form(visit, {
    action: "/registration/new",
    submit: words.new.submit,
    fields: [
      { kind: "hidden", name: "kind", value: kind },
      { kind: "hidden", name: "member", value: member },
      ...fieldsOf(visit, kind, member),
      { kind: "text", name: "note", label: words.note, hint: words.new.noteHint, need: "optional" },
      reasonField(visit),
    ],
  });
  return html`<h2>${words.new.kinds[kind]}</h2>${shown}`;
}

async function send(visit: Visit): Promise<PageAnswer> {
  visit.checkMay(askFor);
  const body = { ...visit.fields("member", "note", "reason"), changes: changesIn(visit) };
  const { id } = (await visit.ask<ToldRequest>(askFor, { body })).body;
  return redirect(`/registration/${id}`, "ordered");
}
