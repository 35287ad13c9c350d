import { roles as allRoles } from "../../admin/roles.ts";
import { type Html, html } from "../../web/html.ts";
import { type Field, form, type Option, reasonField } from "../form.ts";
import { type Content, type PageRoute, page, redirect } from "../page-route.ts";
import { routeOf } from "../route-of.ts";
import { definitions } from "../table.ts";
import type { Visit } from "../visit.ts";
import { fill } from "../words/word-book.ts";
import { keyPages, keySection } from "./key-pages.ts";
import { rolesTable } from "./role-table.ts";
import { placeText, roleText, type ShownRole, type ShownUser } from "./shown-user.ts";
import { peopleWords } from "./words.ts";

const readUser = routeOf("GET /users/:user");
const changeUser = routeOf("PATCH /users/:user");
const giveRole = routeOf("POST /users/:user/roles");
const takeRole = routeOf("DELETE /users/:user/roles/:assignment");

type PlacesOf = (visit: Visit) => Promise<readonly Option[]>;

/** One user, and what is done with it. @param placesOf for which a role may be given */
export function userPages(placesOf: PlacesOf): readonly PageRoute[] {
  const again = (visit: Visit) => userPage(visit, placesOf);
  return [
    { method: "GET", path: "/users/:user", run: again },
    {
      ...{ method: "POST", path: "/users/:user", again },
      run: (visit) => changed(visit, visit.fields("name", "subject", "reason")),
    },
    {
      ...{ method: "POST", path: "/users/:user/disable", again },
      run: (visit) => changed(visit, { enabled: false, ...visit.fields("reason") }),
    },
    {
      ...{ method: "POST", path: "/users/:user/enable", again },
      run: (visit) => changed(visit, { enabled: true, ...visit.fields("reason") }),
    },
    {
      ...{ method: "POST", path: "/users/:user/roles", again },
      run: async (visit) => {
        const body = visit.fields("role", "place", "reason");
        await visit.ask(giveRole, { params: userOf(visit), body, revision: visit.field("revision") });
        return redirect(pathOf(visit), "changed");
      },
    },
    {
      ...{ method: "POST", path: "/users/:user/roles/:assignment/end", again },
      run: async (visit) => {
        const params = { ...userOf(visit), assignment: visit.parameter("assignment") };
        await visit.ask(takeRole, { params, revision: visit.field("revision") });
        return redirect(pathOf(visit), "ended");
      },
    },
    ...keyPages({ at: "/users/:user", api: "/users/:user/keys", again }),
  ];
}

function userOf(visit: Visit) {
  return { user: visit.parameter("user") };
}

function pathOf(visit: Visit): string {
  return `/users/${visit.parameter("user")}`;
}

async function changed(visit: Visit, body: object) {
  await visit.ask(changeUser, { params: userOf(visit), body, revision: visit.field("revision") });
  return redirect(pathOf(visit), "changed");
}

async function userPage(visit: Visit, placesOf: PlacesOf): Promise<Content> {
  const words = visit.words(peopleWords);
  const { body: user, etag } = await visit.ask<ShownUser>(readUser, { params: userOf(visit) });
  const mayChange = visit.may(changeUser);
  const at = { at: "/users/:user", api: "/users/:user/keys" } as const;
  const act = mayChange ? (role: ShownRole) => takeForm(visit, role, etag) : undefined;
  return page(
    user.name,
    html`${definitions([
      [words.users.place, placeText(visit, user.place)],
      [words.users.state, user.enabled ? words.users.enabled : words.users.disabled],
      [words.user.signIn, user.signsIn ? words.user.byProvider : words.user.byKeys],
    ])}
${rolesTable(visit, user.roles, words.roles.none, act)}
${mayChange ? giveForm(visit, await placesOf(visit), etag) : null}
${keySection(visit, at, user.keys, user.roles)}
${mayChange ? changeForms(visit, user, etag) : null}`,
  );
}

function takeForm(visit: Visit, { id, role }: ShownRole, revision: number | undefined): Html {
  const submit = fill(visit.words(peopleWords).roles.take, { role: roleText(visit, role) });
  return form(visit, { action: `${pathOf(visit)}/roles/${id}/end`, submit, fields: [], revision });
}

function giveForm(visit: Visit, places: readonly Option[], revision: number | undefined): Html {
  const words = visit.words(peopleWords).roles;
  const options = allRoles.map((role) => [role, roleText(visit, role)] as const);
  const fields: Field[] = [
    { kind: "choice", name: "role", label: words.role, options },
    { kind: "choice", name: "place", label: words.where, options: places },
    reasonField(visit),
  ];
  const shown = form(visit, { action: `${pathOf(visit)}/roles`, submit: words.give, fields, revision });
  return html`<h3>${words.giveTitle}</h3><p>${words.giveHint}</p>${shown}`;
}

function changeForms(visit: Visit, user: ShownUser, revision: number | undefined): Html {
  const words = visit.words(peopleWords);
  const { provider } = visit.services.admin;
  const subject = { kind: "text", name: "subject", label: words.user.newSubject } as const;
  const change = form(visit, {
    ...{ action: pathOf(visit), submit: words.user.change, revision },
    fields: [
      { kind: "text", name: "name", label: words.users.name, value: user.name },
      ...(provider === undefined ? [] : [{ ...subject, need: "optional" as const }]),
      reasonField(visit),
    ],
  });
  const [act, title, hint] = user.enabled
    ? (["disable", words.user.disableTitle, words.user.disableHint] as const)
    : (["enable", words.user.enableTitle, ""] as const);
  const turn = form(visit, {
    ...{ action: `${pathOf(visit)}/${act}`, submit: words.user[act], fields: [reasonField(visit)], revision },
  });
  return html`<h2>${words.user.changeTitle}</h2>${change}<h2>${title}</h2><p>${hint}</p>${turn}`;
}
