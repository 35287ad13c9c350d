import { type Html, html } from "../web/html.ts";
import type { Content } from "./page-route.ts";
import { problemRest, problemTitle } from "./problem-text.ts";
import type { Visit } from "./visit.ts";
import { layoutWords } from "./words/layout-words.ts";
import { fill, named } from "./words/word-book.ts";

/** What the layout cannot know of itself. */
export interface Frame {
  /** Address of the style sheet. */
  readonly style: string;
  /** What the navigation shows to this visitor. */
  readonly places: readonly { readonly path: string; readonly title: string }[];
}

/** A whole page. */
export function layout(visit: Visit, { style, places }: Frame, { title, content }: Content): Html {
  const words = visit.words(layoutWords);
  const { problem } = visit;
  const isTold = problem === undefined || title === words.problem.title;
  const shown = isTold ? title : `${words.problem.title}: ${title}`;
  return html`<!doctype html>
<html lang="${visit.language}">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <title>${shown} – ${words.product}</title>
  <link rel="stylesheet" href="${style}">
</head>
<body>
<a class="skip" href="#content">${words.skip}</a>
${visit.services.isDemonstration ? html`<p class="demonstration">${words.demonstration}</p>` : null}
<header>
  <a class="name" href="/">${words.product}</a>
  <div class="person">${person(visit)}</div>
</header>
<div class="body">
${places.length === 0 ? null : navigation(visit, places)}
<main id="content">
<h1>${title}</h1>
${problem === undefined ? doneBand(visit) : problemBand(visit)}
${content}
</main>
</div>
${languages(visit)}
</body>
</html>
`;
}

/** Why what was asked was not done: read out at once, and where the keyboard begins. */
function problemBand(visit: Visit): Html {
  const words = visit.words(layoutWords);
  const problem = visit.problem!;
  const { code } = problem;
  return html`<div class="problem" id="problem" role="alert" tabindex="-1" autofocus>
<p><strong>${words.problem.title}</strong></p>
<p>${problemTitle(visit, problem)}</p>
${problemRest(visit, problem)}
<p><small>${fill(words.problem.code, { code })}</small></p></div>`;
}

function doneBand(visit: Visit): Html | null {
  const { done } = visit.words(layoutWords);
  const said = visit.query.get("done") ?? "";
  return Object.hasOwn(done, said) ? html`<p class="done" role="status">${named(done, said)}</p>` : null;
}

function navigation(visit: Visit, places: Frame["places"]): Html {
  const items = places.map(({ path, title }) => {
    const isHere = path === "/" ? visit.path === "/" : `${visit.path}/`.startsWith(`${path}/`);
    return isHere
      ? html`<li><a href="${path}" aria-current="page">${title}</a></li>`
      : html`<li><a href="${path}">${title}</a></li>`;
  });
  return html`<nav class="places" aria-label="${visit.words(layoutWords).navigation}"><ul>${items}</ul></nav>`;
}

function person(visit: Visit): Html | null {
  const words = visit.words(layoutWords);
  const { caller, formToken } = visit;
  if (caller === undefined || formToken === undefined) return null;
  return html`<a href="/me">${fill(words.signedInAs, { name: caller.user.name })}</a>
<form method="post" action="/leave"><input type="hidden" name="token" value="${formToken}"><button>${words.signOut}</button></form>`;
}

/** To this page in the other languages; to the answer to a form no link leads. */
function languages(visit: Visit): Html | null {
  const { services, language, method, path, query } = visit;
  if (method === "POST") return null;
  const here = ownPath.test(path) ? path : "/";
  const links = services.languages.names().map(([tag, name]) => {
    const asked = new URLSearchParams(query);
    asked.set("language", tag);
    return tag === language
      ? html`<span lang="${tag}">${name}</span> `
      : html`<a href="${here}?${asked.toString()}" lang="${tag}" hreflang="${tag}" rel="nofollow">${name}</a> `;
  });
  const label = visit.words(layoutWords).languages;
  return html`<footer><nav aria-label="${label}">${links}</nav></footer>`;
}

/** Addresses of this site that may stand in a link. */
export const ownPath = /^(?:\/|(?:\/[A-Za-z0-9._~-]{1,100}){1,8})$/;
