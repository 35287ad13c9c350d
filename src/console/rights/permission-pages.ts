import type { ListedPermission } from "../../admin/permission-desk.ts";
import type { Json } from "../../core/canonical-json.ts";
import { type Html, html } from "../../web/html.ts";
import { type Field, foldedForm, reasonField, searchForm } from "../form.ts";
import { withQuery } from "../link.ts";
import { type Content, type PageAnswer, type PageRoute, page } from "../page-route.ts";
import { routeOf } from "../route-of.ts";
import { moment, table } from "../table.ts";
import type { Visit } from "../visit.ts";
import { fill, named } from "../words/word-book.ts";
import { facts } from "./facts.ts";
import { personFields, personIn } from "./person-fields.ts";
import { rightsWords } from "./words.ts";

export const listPermissions = routeOf("GET /permissions");
const searchPermissions = routeOf("POST /permissions/search");
const showPermission = routeOf("GET /permissions/:permission");
const readRecord = routeOf("GET /permissions/:permission/record");
const declarePermission = routeOf("POST /permissions");
const endPermission = routeOf("POST /permissions/:permission/end");
const erasePermission = routeOf("POST /permissions/:permission/erasure");

export const permissionPages: readonly PageRoute[] = [
  { method: "GET", path: "/permissions", run: listPage },
  { method: "POST", path: "/permissions/search", run: found, again: listPage },
  { method: "POST", path: "/permissions/new", run: declare, again: listPage },
  { method: "GET", path: "/permissions/:permission", run: onePage },
  { method: "POST", path: "/permissions/:permission/record", run: record, again: onePage },
  { method: "POST", path: "/permissions/:permission/end", run: end, again: onePage },
  { method: "POST", path: "/permissions/:permission/erasure", run: erase, again: onePage },
];

interface Found {
  readonly permissions: readonly ListedPermission[];
  readonly more: boolean;
}

/** Nothing is asked until a subsystem is named: the look is recorded. */
async function listPage(visit: Visit): Promise<Content> {
  visit.checkMay(listPermissions);
  const words = visit.words(rightsWords).permissions;
  const query = visit.asked("provider", "consumer", "state", "before");
  const isAsked = visit.method === "GET" && query.provider !== undefined;
  const shown = isAsked ? (await visit.ask<Found>(listPermissions, { query })).body : null;
  return page(
    words.title,
    html`<p>${words.about}</p>${filters(visit)}
${shown === null ? null : list(visit, shown)}
${visit.may(searchPermissions) ? personForm(visit) : null}
${visit.may(declarePermission) ? declareForm(visit) : null}`,
  );
}

function filters(visit: Visit): Html {
  const { permissions: words, states } = visit.words(rightsWords);
  return searchForm(visit, {
    action: "/permissions",
    submit: words.show,
    fields: [
      { kind: "text", name: "provider", label: words.provider },
      { kind: "text", name: "consumer", label: words.consumer, need: "optional" },
      {
        ...{ kind: "choice", name: "state", label: words.state },
        options: [["", words.any], ...Object.entries(states)],
      },
    ],
  });
}

function list(visit: Visit, { more, permissions }: Found): Html {
  const { permissions: words, states } = visit.words(rightsWords);
  const rows = permissions.map(({ consumer, id, purpose, service, state, to }) => [
    html`<a href="${`/permissions/${id}`}">${id}</a>`,
    consumer,
    service,
    purpose,
    named(states, state),
    moment(to),
  ]);
  const heads = [words.id, words.consumer, words.service, words.purpose, words.state, words.until];
  const next = { ...visit.asked("provider", "consumer", "state"), before: permissions.at(-1)?.id };
  return html`${table(visit, words.list, heads, rows)}
${more && visit.method === "GET" ? html`<p><a href="${withQuery("/permissions", next)}" rel="next">${words.next}</a></p>` : null}`;
}

function personForm(visit: Visit): Html {
  const words = visit.words(rightsWords).permissions;
  const provider: Field = { kind: "text", name: "provider", label: words.provider };
  return foldedForm(visit, words.person, null, {
    action: "/permissions/search",
    submit: words.find,
    fields: [provider, ...personFields(visit), reasonField(visit)],
  });
}

async function found(visit: Visit): Promise<Content> {
  const words = visit.words(rightsWords).permissions;
  const body = { ...visit.fields("provider", "reason"), person: personIn(visit) };
  const shown = (await visit.ask<Found>(searchPermissions, { body })).body;
  return page(words.title, html`${list(visit, shown)}<p><a href="/permissions">${words.list}</a></p>`);
}

function declareForm(visit: Visit): Html {
  const words = visit.words(rightsWords).permissions;
  return foldedForm(visit, words.declare, words.declareAbout, {
    action: "/permissions/new",
    submit: words.declare,
    fields: [
      { kind: "text", name: "consumer", label: words.consumer },
      { kind: "text", name: "service", label: words.service },
      { kind: "text", name: "purpose", label: words.purpose },
      ...personFields(visit),
      { kind: "number", name: "days", label: words.days },
      reasonField(visit),
    ],
  });
}

async function declare(visit: Visit): Promise<PageAnswer> {
  const { days, ...said } = visit.fields("consumer", "service", "purpose", "days", "reason");
  const body = { ...said, days: Number(days ?? 0), person: personIn(visit) };
  const { id } = (await visit.ask<{ readonly id: string }>(declarePermission, { body })).body;
  return { kind: "redirect", to: `/permissions/${id}?done=made` };
}

async function onePage(visit: Visit): Promise<Content> {
  const { causes, permissions: words } = visit.words(rightsWords);
  const permission = visit.parameter("permission");
  const params = { permission };
  const told = (await visit.ask<Readonly<Record<string, Json>>>(showPermission, { params })).body;
  const at = `/permissions/${permission}`;
  const reason = reasonField(visit);
  const because: Field = {
    ...{ kind: "choice", name: "because", label: words.because },
    options: [["", words.withdrawn], ...Object.entries(causes)],
  };
  const endForm = { action: `${at}/end`, submit: words.end, fields: [because, reason] };
  const eraseForm = { action: `${at}/erasure`, submit: words.erase, fields: [reason] };
  return page(
    fill(words.one, { id: permission }),
    html`${facts(visit, told)}
${foldedForm(visit, words.record, words.recordAbout, { action: `${at}/record`, submit: words.take, fields: [] })}
${visit.may(endPermission) ? foldedForm(visit, words.end, words.endAbout, endForm) : null}
${visit.may(erasePermission) ? foldedForm(visit, words.erase, words.eraseAbout, eraseForm) : null}`,
  );
}

async function record(visit: Visit): Promise<PageAnswer> {
  const permission = visit.parameter("permission");
  const { body } = await visit.ask(readRecord, { params: { permission } });
  const bytes = Buffer.from(JSON.stringify(body, undefined, 2));
  return { kind: "file", type: "application/json", name: `${permission}.json`, bytes };
}

async function end(visit: Visit): Promise<PageAnswer> {
  const permission = visit.parameter("permission");
  await visit.ask(endPermission, { params: { permission }, body: visit.fields("because", "reason") });
  return { kind: "redirect", to: `/permissions/${permission}?done=ended` };
}

async function erase(visit: Visit): Promise<PageAnswer> {
  const permission = visit.parameter("permission");
  await visit.ask(erasePermission, { params: { permission }, body: visit.fields("reason") });
  return { kind: "redirect", to: `/permissions/${permission}?done=ordered` };
}
