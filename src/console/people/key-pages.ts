import { type Child, type Html, html } from "../../web/html.ts";
import { form } from "../form.ts";
import { type Content, type PageRoute, page, redirect } from "../page-route.ts";
import { routeOf } from "../route-of.ts";
import { moment, table } from "../table.ts";
import type { Visit } from "../visit.ts";
import { fill } from "../words/word-book.ts";
import { keysInForce, placeText, roleText, type ShownKey, type ShownRole } from "./shown-user.ts";
import { peopleWords } from "./words.ts";

/** Whose keys: one's own, or another user's. */
export interface KeysAt {
  /** Path of the page that has them; with `:user` where the API has it. */
  readonly at: string;
  readonly api: "/me/keys" | "/users/:user/keys";
}

interface KeyPages extends KeysAt {
  /** The page that has the forms. */
  readonly again: (visit: Visit) => Promise<Content>;
}

/** What is done with API keys. */
export function keyPages({ at, api, again }: KeyPages): readonly PageRoute[] {
  const { make, rotate, end } = routesOf(api);
  const params = (visit: Visit, more: Readonly<Record<string, string>> = {}) => ({
    ...(api === "/me/keys" ? {} : { user: visit.parameter("user") }),
    ...more,
  });
  const key = (visit: Visit) => params(visit, { key: visit.parameter("key") });
  return [
    {
      ...{ method: "POST", path: `${at}/keys`, again },
      run: async (visit) => {
        const assignments = visit.fieldAll("assignments");
        const body = {
          ...{ name: visit.field("name"), days: Number(visit.field("days")) },
          ...(assignments.length > 0 && { assignments }),
        };
        const made = await visit.ask<{ readonly secret: string }>(make, { params: params(visit), body });
        return secretPage(visit, made.body.secret, placeOf(visit, at));
      },
    },
    {
      ...{ method: "POST", path: `${at}/keys/:key/rotation`, again },
      run: async (visit) => {
        const body = { overlapHours: Number(visit.field("overlapHours")) };
        const made = await visit.ask<{ readonly secret: string }>(rotate, { params: key(visit), body });
        return secretPage(visit, made.body.secret, placeOf(visit, at));
      },
    },
    {
      ...{ method: "POST", path: `${at}/keys/:key/end`, again },
      run: async (visit) => {
        await visit.ask(end, { params: key(visit) });
        return redirect(placeOf(visit, at), "ended");
      },
    },
  ];
}

/** The keys of a page, with what can be done with each. */
export function keySection(
  visit: Visit,
  { at, api }: KeysAt,
  keys: readonly ShownKey[],
  roles: readonly ShownRole[],
): Html {
  const words = visit.words(peopleWords).keys;
  const { make } = routesOf(api);
  const place = placeOf(visit, at);
  const live = keysInForce(visit, keys);
  const isFor = ({ assignments }: ShownKey) =>
    assignments === null ? words.all : fill(words.some, { count: assignments.length });
  const rows = live.map((key): Child[] => [
    ...[key.name, isFor(key), moment(key.made), moment(key.ends)],
    visit.may(make) ? acts(visit, place, key) : null,
  ]);
  const heads = [words.name, words.for, words.made, words.ends, words.act];
  const list = live.length === 0 ? html`<p>${words.none}</p>` : table(visit, words.list, heads, rows);
  return html`<h2>${words.list}</h2>${list}${visit.may(make) ? makeForm(visit, place, roles) : null}`;
}

function acts(visit: Visit, place: string, { id, name }: ShownKey): Html {
  const words = visit.words(peopleWords).keys;
  const rotation = form(visit, {
    ...{ action: `${place}/keys/${id}/rotation`, submit: fill(words.rotate, { name }) },
    fields: [{ kind: "number", name: "overlapHours", label: words.overlap, value: "24" }],
  });
  const end = form(visit, {
    ...{ action: `${place}/keys/${id}/end`, submit: fill(words.end, { name }), fields: [] },
  });
  return html`<details><summary>${words.act}</summary>${rotation}${end}</details>`;
}

function makeForm(visit: Visit, place: string, roles: readonly ShownRole[]): Html {
  const words = visit.words(peopleWords).keys;
  const options = roles.map(
    ({ id, role, place: of }) => [id, `${roleText(visit, role)}: ${placeText(visit, of)}`] as const,
  );
  const shown = form(visit, {
    action: `${place}/keys`,
    submit: words.make,
    fields: [
      { kind: "text", name: "name", label: words.name, hint: words.nameHint },
      { kind: "number", name: "days", label: words.days, value: "90" },
      ...(options.length > 1
        ? [{ kind: "checks" as const, name: "assignments", label: words.assignments, options }]
        : []),
    ],
  });
  return html`<h3>${words.make}</h3>${shown}`;
}

/** A secret is shown in the answer to the form itself: no address has it, and nothing keeps it. */
function secretPage(visit: Visit, secret: string, back: string): Content {
  const words = visit.words(peopleWords).keys;
  return page(
    words.madeTitle,
    html`<p>${words.keep}</p><p class="secret"><code>${secret}</code></p><p><a href="${back}">${words.back}</a></p>`,
  );
}

function placeOf(visit: Visit, at: string): string {
  return at.replace(":user", visit.parameter("user"));
}

function routesOf(api: KeysAt["api"]) {
  return {
    make: routeOf(`POST ${api}`),
    rotate: routeOf(`POST ${api}/:key/rotation`),
    end: routeOf(`DELETE ${api}/:key`),
  };
}
