import { html } from "../../web/html.ts";
import type { Acting } from "../acting/acting.ts";
import type { PowerSources } from "../acting/power-list.ts";
import { type Content, formToken, type Reader } from "./page.ts";

/**
 * *Act for somebody else*: for whom the registers say that the person may.
 * @param powers by what the forms name them
 */
export function actingPage(
  reader: Reader,
  powers: ReadonlyMap<string, Acting>,
  silent: PowerSources,
): Content {
  const { acting } = reader.words;
  const missing =
    silent.length === 0
      ? null
      : html`<div class="notice"><p>${acting.missing}</p><ul>${silent.map(({ service }) => html`<li>${service}</li>`)}</ul></div>`;
  const cards = [...powers].map(
    ([handle, { kind, name, acts }]) => html`<li><h2>${name}</h2>
<p><span class="mark">${acting.kinds[kind]}</span> ${acting.acts(acts.includes("permit"), acts.includes("see"))}</p>
<form method="post" action="/acting">${formToken(reader)}<input type="hidden" name="power" value="${handle}">
<button class="main">${acting.choose(name)}</button></form></li>
`,
  );
  return {
    title: acting.title,
    content: html`<p>${acting.introduction}</p>
${missing}
${powers.size === 0 ? html`<p>${acting.none}</p>` : html`<ul class="cards">${cards}</ul>`}`,
  };
}
