import { isAdministered } from "../../admin/administration/state.ts";
import { checkBody } from "../../admin/api/perform.ts";
import { type Html, html } from "../../web/html.ts";
import { form } from "../form.ts";
import { ownPath } from "../layout.ts";
import { type Content, type PageRoute, page, redirect } from "../page-route.ts";
import { openRouteOf, routeOf } from "../route-of.ts";
import type { Visit } from "../visit.ts";
import { fill } from "../words/word-book.ts";
import { startWords } from "./words.ts";

const openSession = openRouteOf("POST /session");
const makeFirst = openRouteOf("POST /first-administrator");
const endSession = routeOf("DELETE /session");

/** Coming and going. */
export const enterPages: readonly PageRoute[] = [
  {
    ...{ method: "GET", path: "/enter", visitors: "anybody" },
    run: async (visit) => (visit.caller === undefined ? enterPage(visit) : redirect("/")),
  },
  {
    ...{ method: "POST", path: "/enter/key", again: enterPage, visitors: "anybody" },
    run: async (visit) => {
      await visit.askOpenly(openSession, checkBody(openSession.body, visit.fields("key")));
      const to = visit.field("to");
      return redirect(ownPath.test(to) ? to : "/");
    },
  },
  {
    ...{ method: "POST", path: "/enter/first", again: enterPage, visitors: "anybody" },
    run: async (visit) => {
      const body = checkBody(makeFirst.body, visit.fields("code", "name"));
      const { secret } = (await visit.askOpenly<{ secret: string }>(makeFirst, body)).body;
      return firstPage(visit, secret);
    },
  },
  {
    ...{ method: "POST", path: "/leave", again: enterPage },
    run: async (visit) => {
      await visit.ask(endSession);
      return redirect("/enter", "out");
    },
  },
];

async function enterPage(visit: Visit): Promise<Content> {
  const words = visit.words(startWords).enter;
  const { admin } = visit.services;
  const isHeld = isAdministered(
    await admin.book.state(),
    admin.clock.now(),
    admin.provider === undefined ? "keys" : "provider",
  );
  const provider =
    admin.provider === undefined
      ? null
      : html`<p><a class="button" href="/sign-in">${words.withProvider}</a></p>`;
  return page(
    words.title,
    html`<p>${fill(words.introduction, { server: admin.owner })}</p>
${provider}
<h2>${words.withKey}</h2>
${keyForm(visit)}
${isHeld ? null : firstForm(visit)}`,
  );
}

function keyForm(visit: Visit): Html {
  const words = visit.words(startWords).enter;
  const to = visit.query.get("to") ?? visit.field("to");
  return form(visit, {
    action: "/enter/key",
    submit: words.withKeySubmit,
    fields: [
      { kind: "hidden", name: "to", value: ownPath.test(to) ? to : "/" },
      { kind: "password", name: "key", label: words.key, hint: words.keyHint },
    ],
  });
}

function firstForm(visit: Visit): Html {
  const words = visit.words(startWords).enter;
  const shown = form(visit, {
    action: "/enter/first",
    submit: words.firstSubmit,
    fields: [
      { kind: "password", name: "code", label: words.code },
      { kind: "text", name: "name", label: words.name },
    ],
  });
  return html`<h2>${words.first}</h2><p>${words.firstHint}</p>${shown}`;
}

function firstPage(visit: Visit, secret: string): Content {
  const words = visit.words(startWords).first;
  return page(
    words.title,
    html`<p>${words.keep}</p><p class="secret"><code>${secret}</code></p><p>${words.ends}</p>
<p><a class="button" href="/enter">${words.goOn}</a></p>`,
  );
}
