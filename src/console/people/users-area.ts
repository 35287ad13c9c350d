import { type Html, html } from "../../web/html.ts";
import { form } from "../form.ts";
import { type Area, type Content, page, redirect } from "../page-route.ts";
import { routeOf } from "../route-of.ts";
import { table } from "../table.ts";
import type { Visit } from "../visit.ts";
import { layoutWords } from "../words/layout-words.ts";
import { named } from "../words/word-book.ts";
import { peopleWords } from "./words.ts";

const listUsers = routeOf("GET /users");
const makeUser = routeOf("POST /users");
const listMembers = routeOf("GET /members");

/** As the management API shows a user. */
export interface ShownUser {
  readonly id: string;
  readonly name: string;
  readonly place: string;
  readonly enabled: boolean;
  readonly signsIn: boolean;
  readonly roles: readonly { readonly id: string; readonly role: string; readonly place: string }[];
  readonly keys: readonly {
    readonly id: string;
    readonly name: string;
    readonly made: string;
    readonly ends: string;
  }[];
}

export const usersArea: Area = {
  path: "/users",
  title: (visit) => visit.words(peopleWords).users.title,
  needs: [listUsers],
  pages: [
    { method: "GET", path: "/users", run: usersPage },
    {
      ...{ method: "POST", path: "/users", again: usersPage },
      run: async (visit) => {
        await visit.ask<ShownUser>(makeUser, { body: visit.fields("name", "place", "subject") });
        return redirect("/users", "made");
      },
    },
  ],
};

async function usersPage(visit: Visit): Promise<Content> {
  const words = visit.words(peopleWords).users;
  const usual = visit.words(layoutWords);
  const { users } = (await visit.ask<{ readonly users: readonly ShownUser[] }>(listUsers)).body;
  const rows = users.map((user) => [
    user.name,
    user.place === "*" ? usual.server : user.place,
    user.roles.map(({ role }) => named(usual.roles, role)).join(", "),
    user.keys.length,
    user.enabled ? words.enabled : words.disabled,
  ]);
  const heads = [words.name, words.place, words.roles, words.keys, words.state];
  return page(
    words.title,
    html`${table(visit, words.list, heads, rows)}
${visit.may(makeUser) ? await makeForm(visit) : null}`,
  );
}

async function makeForm(visit: Visit): Promise<Html> {
  const words = visit.words(peopleWords).users;
  const shown = form(visit, {
    action: "/users",
    submit: words.make,
    fields: [
      { kind: "text", name: "name", label: words.name },
      { kind: "choice", name: "place", label: words.place, options: await placesOf(visit) },
      { kind: "text", name: "subject", label: words.subject, hint: words.subjectHint, need: "optional" },
    ],
  });
  return html`<h2>${words.make}</h2>${shown}`;
}

/** Places that the visitor may choose: the server where a role is for it, and members. */
export async function placesOf(visit: Visit): Promise<readonly (readonly [string, string])[]> {
  const { members } = (await visit.ask<{ readonly members: readonly { readonly id: string }[] }>(listMembers))
    .body;
  const own = members.map(({ id }): readonly [string, string] => [id, id]);
  const isServers = visit.caller!.assignments.some(({ place }) => place === "*");
  return isServers ? [["*", visit.words(layoutWords).server], ...own] : own;
}
