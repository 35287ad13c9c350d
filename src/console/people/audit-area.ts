import { factNames } from "../../admin/administration/entry.ts";
import { type Child, type Html, html } from "../../web/html.ts";
import { type Option, searchForm } from "../form.ts";
import { withQuery } from "../link.ts";
import { type Area, type Content, page } from "../page-route.ts";
import { routeOf } from "../route-of.ts";
import { moment, table } from "../table.ts";
import { dayInUtc } from "../utc.ts";
import type { Visit } from "../visit.ts";
import { layoutWords } from "../words/layout-words.ts";
import { fill, named } from "../words/word-book.ts";
import { roleText } from "./shown-user.ts";
import { peopleWords } from "./words.ts";

const readAudit = routeOf("GET /audit");
const listMembers = routeOf("GET /members");

interface ShownEntry {
  readonly id: string;
  readonly time: string;
  readonly by: string;
  readonly roles: readonly string[];
  readonly route: string;
  readonly member: string | null;
  readonly about: readonly string[];
  readonly reason: string | null;
  readonly fact: { readonly what: string; readonly results?: number };
}

interface Audit {
  readonly entries: readonly ShownEntry[];
  readonly before: string | null;
  readonly names: Readonly<Record<string, string>>;
}

export const auditArea: Area = {
  path: "/audit",
  title: (visit) => visit.words(peopleWords).audit.title,
  needs: [readAudit],
  pages: [{ method: "GET", path: "/audit", run: auditPage }],
};

async function auditPage(visit: Visit): Promise<Content> {
  const words = visit.words(peopleWords).audit;
  const asked = visit.asked("by", "what", "member", "since", "until", "before");
  const { since, until, ...same } = asked;
  const times = {
    ...(since !== undefined && { since: dayInUtc(since, 0) }),
    ...(until !== undefined && { until: dayInUtc(until, 1) }),
  };
  const { entries, before, names } = (await visit.ask<Audit>(readAudit, { query: { ...same, ...times } }))
    .body;
  const heads = [words.time, words.who, words.what, words.about, words.member, words.reason];
  const rows = entries.map((entry): Child[] => [
    ...[moment(entry.time), who(visit, entry, names), what(visit, entry)],
    ...[about(entry, names), entry.member, entry.reason],
  ]);
  return page(
    words.title,
    html`<p>${words.introduction}</p>
${await filters(visit)}
${asked.by === undefined ? null : html`<p><a href="${withQuery("/audit", { ...asked, by: "", before: "" })}">${words.everybody}</a></p>`}
${table(visit, words.list, heads, rows)}
${paging(visit, asked, before)}`,
  );
}

async function filters(visit: Visit): Promise<Html> {
  const words = visit.words(peopleWords).audit;
  const { members } = (await visit.ask<{ readonly members: readonly { readonly id: string }[] }>(listMembers))
    .body;
  const any: Option = ["", words.any];
  const facts = factNames.map((name): Option => [name, named(words.facts, name)]);
  const by = visit.query.get("by") ?? "";
  return searchForm(visit, {
    action: "/audit",
    submit: words.search,
    fields: [
      ...(by === "" ? [] : [{ kind: "hidden" as const, name: "by", value: by }]),
      { kind: "choice", name: "what", label: words.what, options: [any, ...facts] },
      {
        ...{ kind: "choice", name: "member", label: words.member },
        options: [any, ...members.map(({ id }): Option => [id, id])],
      },
      { kind: "date", name: "since", label: words.since, need: "optional" },
      { kind: "date", name: "until", label: words.until, need: "optional" },
    ],
  });
}

function who(visit: Visit, { by, roles }: ShownEntry, names: Audit["names"]): Child {
  const words = visit.words(peopleWords).audit;
  const as = roles.map((role) => roleText(visit, role)).join(", ");
  if (by === "first-code") return words.firstCode;
  const name = names[by] ?? by;
  const only = fill(words.onlyBy, { name });
  return html`<a href="${withQuery("/audit", { by })}" aria-label="${only}">${name}</a><br><small>${as}</small>`;
}

function what(visit: Visit, { fact, route }: ShownEntry): Child {
  const words = visit.words(peopleWords).audit;
  const count = fact.results === undefined ? null : html` (${fill(words.results, { count: fact.results })})`;
  return html`${named(words.facts, fact.what)}${count}<br><small><code>${route}</code></small>`;
}

function about({ about: all }: ShownEntry, names: Audit["names"]): Child {
  const texts = all.map((one) => {
    const name = one.startsWith("user ") ? names[one.slice("user ".length)] : undefined;
    return html`<li>${name ?? one}</li>`;
  });
  return html`<ul class="plain">${texts}</ul>`;
}

function paging(visit: Visit, asked: Partial<Record<string, string>>, before: string | null): Child {
  const words = visit.words(layoutWords).table;
  const first =
    asked.before === undefined
      ? null
      : html`<a href="${withQuery("/audit", { ...asked, before: "" })}">${words.first}</a> `;
  const next =
    before === null ? null : html`<a href="${withQuery("/audit", { ...asked, before })}">${words.next}</a>`;
  return html`<p>${first}${next}</p>`;
}
