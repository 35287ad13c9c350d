import { type Html, html } from "../web/html.ts";
import type { Visit } from "./visit.ts";
import { layoutWords } from "./words/layout-words.ts";

/** Of a long page: where its parts begin. */
export function onThisPage(
  visit: Visit,
  parts: readonly (readonly [id: string, title: string, ...unknown[]])[],
): Html {
  const links = parts.map(([id, title]) => html`<a href="${`#${id}`}">${title}</a>`);
  return html`<nav aria-label="${visit.words(layoutWords).onPage}"><p>${links.map((link, i) => [i === 0 ? "" : " · ", link])}</p></nav>`;
}
