import { type Html, html } from "../../web/html.ts";
import { form, searchForm } from "../form.ts";
import { withQuery } from "../link.ts";
import { type Area, type Content, page, redirect } from "../page-route.ts";
import { routeOf } from "../route-of.ts";
import { table } from "../table.ts";
import type { Visit } from "../visit.ts";
import { layoutWords } from "../words/layout-words.ts";
import { keysInForce, placeText, roleText, type ShownUser } from "./shown-user.ts";
import { userPages } from "./user-pages.ts";
import { peopleWords } from "./words.ts";

const listUsers = routeOf("GET /users");
const makeUser = routeOf("POST /users");
const listMembers = routeOf("GET /members");

/** Users on a page. */
const perPage = 200;

export const usersArea: Area = {
  path: "/users",
  title: (visit) => visit.words(peopleWords).users.title,
  needs: [listUsers],
  pages: [
    { method: "GET", path: "/users", run: usersPage },
    {
      ...{ method: "POST", path: "/users", again: usersPage },
      run: async (visit) => {
        const body = visit.fields("name", "place", "subject");
        const { id } = (await visit.ask<ShownUser>(makeUser, { body })).body;
        return redirect(`/users/${id}`, "made");
      },
    },
    ...userPages(placesOf),
  ],
};

async function usersPage(visit: Visit): Promise<Content> {
  const words = visit.words(peopleWords).users;
  const { users } = (await visit.ask<{ readonly users: readonly ShownUser[] }>(listUsers)).body;
  const { name: part, from = "0" } = visit.asked("name", "from");
  const found = users.filter(({ name }) => part === undefined || name.includes(part));
  const first = /^\d{1,6}$/.test(from) ? Number(from) : 0;
  const rows = found
    .slice(first, first + perPage)
    .map((user) => [
      html`<a href="/users/${user.id}">${user.name}</a>`,
      placeText(visit, user.place),
      user.roles.map(({ role }) => roleText(visit, role)).join(", "),
      keysInForce(visit, user.keys).length,
      user.enabled ? words.enabled : html`<span class="mark bad">${words.disabled}</span>`,
    ]);
  const heads = [words.name, words.place, words.roles, words.keys, words.state];
  return page(
    words.title,
    html`${searchForm(visit, {
      ...{ action: "/users", submit: words.find },
      fields: [{ kind: "search", name: "name", label: words.namePart, need: "optional" }],
    })}
${table(visit, words.list, heads, rows)}${moreLinks(visit, part, first, found.length)}
${visit.may(makeUser) ? await makeForm(visit) : null}`,
  );
}

function moreLinks(visit: Visit, name: string | undefined, first: number, all: number): Html {
  const words = visit.words(layoutWords).table;
  const start = first === 0 ? null : html`<a href="${withQuery("/users", { name })}">${words.first}</a> `;
  const from = first + perPage;
  const next =
    from >= all
      ? null
      : html`<a href="${withQuery("/users", { name, from: String(from) })}">${words.next}</a>`;
  return html`<p>${start}${next}</p>`;
}

async function makeForm(visit: Visit): Promise<Html> {
  const words = visit.words(peopleWords).users;
  const subject = { kind: "text", name: "subject", label: words.subject, hint: words.subjectHint } as const;
  const shown = form(visit, {
    action: "/users",
    submit: words.make,
    fields: [
      { kind: "text", name: "name", label: words.name },
      { kind: "choice", name: "place", label: words.place, options: await placesOf(visit) },
      ...(visit.services.admin.provider === undefined ? [] : [{ ...subject, need: "optional" as const }]),
    ],
  });
  return html`<h2>${words.make}</h2>${shown}`;
}

/** Places that the visitor may choose: the server where a role is for it, and members. */
async function placesOf(visit: Visit): Promise<readonly (readonly [string, string])[]> {
  const { members } = (await visit.ask<{ readonly members: readonly { readonly id: string }[] }>(listMembers))
    .body;
  const own = members.map(({ id }): readonly [string, string] => [id, id]);
  const isServers = visit.caller!.assignments.some(({ place }) => place === "*");
  return isServers ? [["*", visit.words(layoutWords).server], ...own] : own;
}
